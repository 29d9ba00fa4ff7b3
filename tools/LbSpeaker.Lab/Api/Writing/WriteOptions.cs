using LbSpeaker.Lab.Api.Schema;

namespace LbSpeaker.Lab.Api.Writing;

/// <summary>What the query of a create, update or patch says.</summary>
/// <param name="Manager">Who owns the fields that are written.</param>
/// <param name="FieldValidation">Strict, Warn or Ignore.</param>
/// <param name="Warnings">Collects what goes into Warning headers.</param>
internal sealed record WriteOptions(string Manager, bool DryRun, string FieldValidation, List<string> Warnings)
{
    public static WriteOptions Internal { get; } = new("lbspeaker-lab", false, "Ignore", []);

    /// <summary>Reads the query; <paramref name="kind"/> (CreateOptions, …) is what a refusal names.</summary>
    public static WriteOptions Read(IQueryCollection query, string kind, string userAgent)
    {
        var dryRun = query["dryRun"].Where(v => !string.IsNullOrEmpty(v)).ToArray();
        if (dryRun.Any(v => v != "All"))
            throw ApiException.InvalidOptions(kind, new FieldError("FieldValueNotSupported", "dryRun",
                $"Unsupported value: {Json.Text(Json.Array(dryRun!))}: supported values: \"All\""));
        var validation = query["fieldValidation"].FirstOrDefault() ?? "";
        if (validation is not ("" or "Strict" or "Warn" or "Ignore"))
            throw ApiException.InvalidOptions(kind, Errors.NotSupported("fieldValidation", validation, "", "Ignore", "Strict", "Warn"));
        var manager = query["fieldManager"].FirstOrDefault() ?? "";
        if (manager.Length > 128)
            throw ApiException.InvalidOptions(kind, new FieldError("FieldValueTooLong", "fieldManager", "Too long: may not be more than 128 bytes"));
        if (manager.Length == 0)
        {
            var agent = userAgent.Split('/')[0];
            manager = agent.Length == 0 ? "unknown" : agent[..Math.Min(agent.Length, 128)];
        }
        return new WriteOptions(manager, dryRun.Length > 0, validation.Length == 0 ? "Warn" : validation, []);
    }
}
