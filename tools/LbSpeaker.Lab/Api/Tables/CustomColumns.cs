using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace LbSpeaker.Lab.Api.Tables;

/// <summary>The additionalPrinterColumns of a CustomResourceDefinition.</summary>
internal static class CustomColumns
{
    public static IReadOnlyList<Column> Of(JsonObject version)
    {
        var columns = new List<Column> { BuiltInColumns.Name };
        foreach (var column in version.Objects("additionalPrinterColumns"))
        {
            var path = Split(column.Text("jsonPath") ?? "");
            var type = column.Text("type") ?? "string";
            columns.Add(new Column(column.Text("name") ?? "", type, (o, now) => Cell(Find(o, path), type, now))
            {
                Format = column.Text("format") ?? "",
                Priority = (int)(column.Number("priority") ?? 0),
                Description = column.Text("description") is { Length: > 0 } text ? text
                    : $"Custom resource definition column (in JSONPath format): {column.Text("jsonPath")}",
            });
        }
        if (columns.Count == 1) columns.Add(BuiltInColumns.Age with { Type = "date" });
        return columns;
    }

    private static JsonNode? Cell(JsonNode? value, string type, DateTimeOffset now)
    {
        if (value is null) return null;
        switch (type)
        {
            case "date":
                return value.GetValueKind() == JsonValueKind.String ? Timestamps.Age(value.GetValue<string>(), now) : null;
            case "integer":
                return Json.Number(value) is { } number ? number : null;
            case "number":
                return value.GetValueKind() == JsonValueKind.Number ? value.DeepClone() : null;
            case "boolean":
                return value.GetValueKind() is JsonValueKind.True or JsonValueKind.False ? value.DeepClone() : null;
            default:
                return value.GetValueKind() == JsonValueKind.String ? value.DeepClone() : Json.Text(value);
        }
    }

    /// <summary>A step is a field, an index, <c>*</c>, or a comparison <c>field==value</c> of list items.</summary>
    private static List<string> Split(string path)
    {
        var steps = new List<string>();
        var i = 0;
        while (i < path.Length)
        {
            if (path[i] == '.') { i++; continue; }
            if (path[i] == '[')
            {
                var end = path.IndexOf(']', i);
                if (end < 0) end = path.Length;
                var inner = path[(i + 1)..end].Trim();
                steps.Add(inner.StartsWith("?(@.", StringComparison.Ordinal) ? "[" + inner[4..].TrimEnd(')') : inner.StartsWith('\'') || inner.StartsWith('"') ? inner.Trim('\'', '"') : "[" + inner);
                i = end + 1;
                if (path.AsSpan(i).StartsWith(")]")) i += 2;
                continue;
            }
            var start = i;
            while (i < path.Length && path[i] is not ('.' or '['))
            {
                if (path[i] == '\\' && i + 1 < path.Length) i++;
                i++;
            }
            steps.Add(path[start..i].Replace("\\", "", StringComparison.Ordinal));
        }
        return steps;
    }

    private static JsonNode? Find(JsonNode? node, List<string> path)
    {
        var several = false;
        var found = new List<JsonNode?> { node };
        foreach (var step in path)
        {
            several |= step is "[*" || step.Contains("==", StringComparison.Ordinal);
            found = [.. found.SelectMany(n => Step(n, step))];
        }
        // A wildcard or filter shows its first match, as the real server's column reader does.
        return several ? found.FirstOrDefault(f => f is not null) : found.Count == 1 ? found[0] : null;
    }

    private static IEnumerable<JsonNode?> Step(JsonNode? node, string step)
    {
        if (!step.StartsWith('[')) return node is JsonObject o ? [o[step]] : [];
        if (node is not JsonArray array) return [];
        var inner = step[1..];
        if (inner == "*") return array;
        if (int.TryParse(inner, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var index))
            return index < 0 ? array.Count + index >= 0 ? [array[array.Count + index]] : [] : index < array.Count ? [array[index]] : [];
        var parts = inner.Split("==", 2);
        return parts.Length == 2
            ? array.OfType<JsonObject>().Where(o => Json.PathText(o, parts[0].Trim()) == parts[1].Trim().Trim('"', '\''))
            : [];
    }
}
