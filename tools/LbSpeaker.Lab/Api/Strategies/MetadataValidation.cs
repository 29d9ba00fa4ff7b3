using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using LbSpeaker.Lab.Api.Schema;

namespace LbSpeaker.Lab.Api.Strategies;

/// <summary>The rules for names, labels, finalizers and owners that hold for every kind.</summary>
internal static partial class MetadataValidation
{
    [GeneratedRegex("^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")]
    private static partial Regex Label();

    [GeneratedRegex(@"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$")]
    private static partial Regex Subdomain();

    [GeneratedRegex("^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$")]
    private static partial Regex LabelValue();

    [GeneratedRegex("^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$")]
    private static partial Regex NamePart();

    public static void Name(NameForm form, string name, List<FieldError> errors)
    {
        switch (form)
        {
            case NameForm.Label when !Label().IsMatch(name):
                errors.Add(Errors.Invalid("metadata.name", name, "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"));
                break;
            case NameForm.Label when name.Length > 63:
                errors.Add(Errors.Invalid("metadata.name", name, "must be no more than 63 characters"));
                break;
            case NameForm.Subdomain when !Subdomain().IsMatch(name):
                errors.Add(Errors.Invalid("metadata.name", name, "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"));
                break;
            case NameForm.Subdomain when name.Length > 253:
                errors.Add(Errors.Invalid("metadata.name", name, "must be no more than 253 characters"));
                break;
            case NameForm.PathSegment when name is "." or ".." || name.AsSpan().IndexOfAny('/', '%') >= 0:
                errors.Add(Errors.Invalid("metadata.name", name, "may not contain '/' or '%'"));
                break;
        }
    }

    public static void Validate(JsonObject metadata, JsonObject? liveMetadata, List<FieldError> errors)
    {
        foreach (var (key, value) in metadata.StringMap("labels").OrderBy(l => l.Key, StringComparer.Ordinal))
        {
            QualifiedName("metadata.labels", key, errors);
            if (value.Length > 63) errors.Add(Errors.Invalid("metadata.labels", value, "must be no more than 63 characters"));
            else if (!LabelValue().IsMatch(value))
                errors.Add(Errors.Invalid("metadata.labels", value, "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"));
        }
        foreach (var key in metadata.StringMap("annotations").Keys.Order(StringComparer.Ordinal)) QualifiedName("metadata.annotations", key.ToLowerInvariant(), errors);
        foreach (var owner in metadata.Objects("ownerReferences"))
            foreach (var field in (string[])["apiVersion", "kind", "name", "uid"])
                if (owner.Text(field) is null or "") errors.Add(Errors.Invalid("metadata.ownerReferences." + field, "", "must not be empty"));
        if (liveMetadata?["deletionTimestamp"] is null) return;
        var added = metadata.Strings("finalizers").Except(liveMetadata.Strings("finalizers")).ToArray();
        if (added.Length > 0)
            errors.Add(Errors.Forbidden("metadata.finalizers", $"no new finalizers can be added if the object is being deleted, found new finalizers []string{{{string.Join(", ", added.Select(f => $"\"{f}\""))}}}"));
    }

    /// <summary>An optional DNS prefix, a slash and a name.</summary>
    public static void QualifiedName(string field, string text, List<FieldError> errors)
    {
        var slash = text.IndexOf('/');
        var name = text[(slash + 1)..];
        if (slash >= 0 && (slash == 0 || slash > 253 || !Subdomain().IsMatch(text[..slash])))
            errors.Add(Errors.Invalid(field, text, "prefix part a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"));
        if (name.Length is 0 or > 63 || !NamePart().IsMatch(name))
            errors.Add(Errors.Invalid(field, text, "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"));
    }
}
