using System.Text.Json.Nodes;
using CsCheck;
using LbSpeaker.Lab.Api.Patching;

namespace LbSpeaker.Lab.Tests.Pure;

public sealed class PatchTests
{
    public static TheoryData<string, int> MergeCases => Cases.Of("merge-patch.json");
    public static TheoryData<string, int> PatchCases => Cases.Of("json-patch.json");
    public static TheoryData<string, int> StrategicCases => Cases.Of("strategic-merge.json", "strategic-recorded.json");

    [Theory]
    [MemberData(nameof(MergeCases))]
    public void A_merge_patch_gives_what_RFC_7396_says(string file, int index)
    {
        var c = Cases.Get(file, index);
        Cases.Equal(c["result"], JsonMergePatch.Apply(c["target"], c["patch"]), c);
    }

    [Theory]
    [MemberData(nameof(PatchCases))]
    public void A_JSON_patch_gives_what_RFC_6902_says(string file, int index)
    {
        var c = Cases.Get(file, index);
        Check(c, () => JsonPatch.Apply(c["target"]!, c["patch"]!.AsArray()));
    }

    [Theory]
    [MemberData(nameof(StrategicCases))]
    public void A_strategic_merge_patch_merges_lists_by_their_key(string file, int index)
    {
        var c = Cases.Get(file, index);
        var schema = MergeSchema.ForBuiltIn((string)c["group"]!, (string)c["kind"]!);
        Check(c, () => StrategicMergePatch.Apply(c["target"]!.AsObject(), c["patch"]!.AsObject(), schema));
    }

    private static void Check(JsonObject c, Func<JsonNode?> patch)
    {
        var before = c["target"]!.ToJsonString();
        if (c["error"] is { } error)
            Assert.Equal((string?)error, Assert.Throws<PatchException>(() => patch()).Message);
        else
            Cases.Equal(c["result"], patch(), c);
        Assert.Equal(before, c["target"]!.ToJsonString());
    }

    private static readonly Gen<string> Text = Gen.OneOf("a", "b", "c", "d", "");

    // Values without null members: those a merge patch can bring about (RFC 7396, section 1).
    private static readonly Gen<JsonNode> Value = Gen.Recursive<JsonNode>((depth, inner) => depth > 3
        ? Text.Select(text => (JsonNode)JsonValue.Create(text))
        : Gen.OneOf(
            Text.Select(text => (JsonNode)JsonValue.Create(text)),
            Gen.Int[-2, 2].Select(number => (JsonNode)JsonValue.Create(number)),
            inner.Array[0, 3].Select(items => (JsonNode)new JsonArray([.. items.Select(item => item.DeepClone())])),
            Gen.Dictionary(Text, inner)[0, 3].Select(members =>
                (JsonNode)new JsonObject(members.Select(member => KeyValuePair.Create(member.Key, (JsonNode?)member.Value.DeepClone()))))));

    private static JsonNode Difference(JsonNode from, JsonNode to)
    {
        if (from is not JsonObject before || to is not JsonObject after)
            return to.DeepClone();
        var patch = new JsonObject();
        foreach (var name in before.Select(member => member.Key).Where(name => !after.ContainsKey(name)))
            patch[name] = null;
        foreach (var (name, value) in after)
        {
            if (!before.TryGetPropertyValue(name, out var old))
                patch[name] = value!.DeepClone();
            else if (!JsonNode.DeepEquals(old, value))
                patch[name] = Difference(old!, value!);
        }
        return patch;
    }

    [Fact]
    public void The_difference_of_two_values_patches_one_into_the_other() =>
        Gen.Select(Value, Value).Sample((from, to) => JsonNode.DeepEquals(JsonMergePatch.Apply(from, Difference(from, to)), to));

    [Fact]
    public void A_merge_patch_applied_again_changes_nothing() => Gen.Select(Value, Value).Sample((target, patch) =>
    {
        var once = JsonMergePatch.Apply(target, patch);
        return JsonNode.DeepEquals(once, JsonMergePatch.Apply(once, patch));
    });
}
