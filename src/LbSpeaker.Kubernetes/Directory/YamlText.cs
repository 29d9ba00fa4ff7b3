using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace LbSpeaker.Kubernetes.Directory;

/// <summary>JSON as YAML that a person likes to read: block style, and quotes only where a plain word would mean something else.</summary>
public static partial class YamlText
{
    /// <returns>One document, ending in a line break and without separators.</returns>
    public static string Of(JsonElement json)
    {
        StringBuilder text = new();
        if (IsBlock(json)) Write(json, 0, text); else text.Append(Flow(json)).Append('\n');
        return text.ToString();
    }

    private static bool IsBlock(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Object => json.EnumerateObject().MoveNext(),
        JsonValueKind.Array => json.GetArrayLength() > 0,
        _ => false,
    };

    /// <param name="indent">Of every line but the first, whose indent stands already.</param>
    private static void Write(JsonElement json, int indent, StringBuilder text)
    {
        bool isFirst = true;
        if (json.ValueKind == JsonValueKind.Array)
            foreach (JsonElement item in json.EnumerateArray())
            {
                Begin("-");
                if (IsBlock(item)) Write(item, indent + 2, text.Append(' ')); else text.Append(' ').Append(Flow(item)).Append('\n');
            }
        else
            foreach (JsonProperty property in json.EnumerateObject())
            {
                Begin(Scalar(property.Name) + ":");
                if (!IsBlock(property.Value)) text.Append(' ').Append(Flow(property.Value)).Append('\n');
                // A list stands at the indent of its key, as in the manifests that kubectl prints.
                else Write(property.Value, Nested(property.Value), text.Append('\n').Append(' ', Nested(property.Value)));
            }

        void Begin(string mark)
        {
            if (!isFirst) text.Append(' ', indent);
            isFirst = false;
            text.Append(mark);
        }

        int Nested(JsonElement value) => value.ValueKind == JsonValueKind.Array ? indent : indent + 2;
    }

    private static string Flow(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Object => "{}",
        JsonValueKind.Array => "[]",
        JsonValueKind.String => Scalar(json.GetString()!),
        _ => json.GetRawText(),
    };

    /// <summary>A string of JSON is one of YAML too.</summary>
    private static string Scalar(string text) =>
        Plain().IsMatch(text) && PlainScalar.IsText(text) ? text : $"\"{JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(text)}\"";

    /// <summary>What nobody can take for a mark of YAML; narrower than the grammar.</summary>
    [GeneratedRegex(@"^[A-Za-z0-9/.][A-Za-z0-9_/.\-+=@]*( [A-Za-z0-9_/.(+=@][A-Za-z0-9_/.\-+=@(),;]*)*\z")]
    private static partial Regex Plain();
}
