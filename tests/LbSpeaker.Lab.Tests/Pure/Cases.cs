using System.Text.Json.Nodes;

namespace LbSpeaker.Lab.Tests.Pure;

/// <summary>Case tables beside the tests; a table without cases fails.</summary>
internal static class Cases
{
    public static JsonNode Read(string file) =>
        JsonNode.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Pure", "Cases", file)))!;

    public static TheoryData<string, int> Of(params string[] files)
    {
        var data = new TheoryData<string, int>();
        foreach (var file in files)
        {
            var count = Read(file).AsArray().Count;
            Assert.True(count > 0, $"{file} holds no case");
            for (var i = 0; i < count; i++)
                data.Add(file, i);
        }
        return data;
    }

    public static JsonObject Get(string file, int index) => Read(file)[index]!.AsObject();

    public static void Equal(JsonNode? expected, JsonNode? actual, JsonObject @case) => Assert.True(
        JsonNode.DeepEquals(expected, actual),
        $"{@case["name"] ?? @case["rule"]}\nexpected {expected?.ToJsonString()}\nactual   {actual?.ToJsonString()}");
}
