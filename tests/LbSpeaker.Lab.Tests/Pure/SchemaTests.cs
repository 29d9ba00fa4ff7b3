using System.Text.Json.Nodes;
using LbSpeaker.Lab.Api.Schema;

namespace LbSpeaker.Lab.Tests.Pure;

public sealed class SchemaTests
{
    public static TheoryData<string, int> Recorded => Cases.Of("pool-validation.json");
    public static TheoryData<string, int> Table => Cases.Of("schema.json");
    public static TheoryData<string, int> Refused => Cases.Of("schema-refused.json");

    [Theory]
    [MemberData(nameof(Recorded))]
    public void A_pool_is_defaulted_pruned_and_judged_as_a_real_server_did(string file, int index)
    {
        var c = Cases.Get(file, index);
        var schema = StructuralSchema.Parse(Cases.Read("pool-schema.json").AsObject());
        var pool = c["value"]!.AsObject();
        var unknown = schema.Prune(pool);
        schema.ApplyDefaults(pool);
        Cases.Equal(c["causes"], Causes(schema.Validate(pool, null)), c);
        if (c["unknown"] is { } expected)
            Cases.Equal(expected, Strings(unknown), c);
        if (c["spec"] is { } spec)
            Cases.Equal(spec, pool["spec"], c);
    }

    [Theory]
    [MemberData(nameof(Table))]
    public void A_schema_judges_a_value(string file, int index)
    {
        var c = Cases.Get(file, index);
        var schema = StructuralSchema.Parse(new JsonObject
        {
            ["type"] = "object",
            ["properties"] = new JsonObject { ["spec"] = c["schema"]!.DeepClone() },
        });
        var value = new JsonObject { ["spec"] = c["value"]?.DeepClone() };
        var old = c.ContainsKey("old") ? new JsonObject { ["spec"] = c["old"]?.DeepClone() } : null;
        Cases.Equal(c["unknown"] ?? new JsonArray(), Strings(schema.Prune(value)), c);
        schema.ApplyDefaults(value);
        if (c["result"] is { } result)
            Cases.Equal(result, value["spec"], c);
        var errors = schema.Validate(value, old).Select(error => $"{error.Reason} {error.Field}: {error.Message}");
        Cases.Equal(c["errors"] ?? new JsonArray(), Strings(errors), c);
    }

    [Theory]
    [MemberData(nameof(Refused))]
    public void A_schema_that_cannot_be_honoured_is_refused(string file, int index)
    {
        var c = Cases.Get(file, index);
        var error = Assert.Throws<SchemaException>(() => StructuralSchema.Parse(c["schema"]!.AsObject()));
        Assert.Equal((string?)c["error"], error.Message);
    }

    [Fact]
    public void A_version_that_preserves_unknown_fields_prunes_nothing_at_its_root()
    {
        var value = JsonNode.Parse("""{"spec":{"a":1,"b":2},"other":{"x":1}}""")!.AsObject();
        var schema = JsonNode.Parse("""{"type":"object","properties":{"spec":{"type":"object","properties":{"a":{"type":"integer"}}}}}""")!.AsObject();
        Assert.Equal(["spec.b"], StructuralSchema.Parse(schema, preserveUnknown: true).Prune(value));
        Assert.Equal(1, (int)value["other"]!["x"]!);
    }

    private static JsonArray Strings(IEnumerable<string> values) => new([.. values.Select(value => (JsonNode?)value)]);

    private static JsonArray Causes(IEnumerable<FieldError> errors) => new([.. errors.Select(error => (JsonNode?)new JsonObject
    {
        ["reason"] = error.Reason, ["message"] = error.Message, ["field"] = error.Field,
    })]);
}
