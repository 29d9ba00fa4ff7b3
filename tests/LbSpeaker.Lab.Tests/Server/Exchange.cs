using System.Text.Json.Nodes;

namespace LbSpeaker.Lab.Tests.Server;

/// <summary>One recorded request with the answer of a real API server, or a step of a setup (without an answer).</summary>
/// <param name="Mark">A recorded revision that is the server's newest one after this step.</param>
/// <param name="Before">The step comes before this exchange of the file; null: before all.</param>
/// <param name="Only">The step is for this file alone, not for those after it.</param>
internal sealed record Exchange(string Id, string Method, string Path, string? Accept, string? ContentType, string? Auth, JsonNode? Body, JsonObject? Response, JsonNode? Events, string? Mark, int? Before, bool Only)
{
    public bool IsWatch => Events is not null;

    public static IReadOnlyList<Exchange> Load(string file)
    {
        var node = JsonNode.Parse(File.ReadAllText(file))!;
        var list = node as JsonArray ?? [node.DeepClone()];
        return [.. list.Select((entry, i) => Read($"{System.IO.Path.GetFileName(file)}[{i}]", entry!.AsObject()))];
    }

    private static Exchange Read(string id, JsonObject entry)
    {
        var request = entry["request"] as JsonObject ?? entry;
        var headers = request["headers"] as JsonObject;
        return new Exchange(id, Text(request["method"])!, Text(request["path"])!, Text(headers?[nameof(Accept)]), Text(headers?["Content-Type"]) ?? Text(request["type"]),
            Text(request["auth"]), request["body"], entry["response"] as JsonObject, entry["events"], Text(entry["mark"]), entry["before"]?.GetValue<int>(), entry["only"]?.GetValue<bool>() == true);
    }

    private static string? Text(JsonNode? node) => node?.GetValue<string>();
}
