using System.Text.Json.Nodes;

namespace LbSpeaker.Lab.Api.Tables;

/// <summary>A column of the Table answer; the cell is made from the object as stored.</summary>
internal sealed record Column(string Name, string Type, Func<JsonObject, DateTimeOffset, JsonNode?> Cell)
{
    public string Format { get; init; } = "";
    public string Description { get; init; } = "";

    /// <summary>Above 0: shown by <c>-o wide</c> only.</summary>
    public int Priority { get; init; }

    public JsonObject Definition() => new()
    {
        ["name"] = Name,
        ["type"] = Type,
        ["format"] = Format,
        ["description"] = Description,
        ["priority"] = Priority,
    };
}
