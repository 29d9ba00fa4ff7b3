using System.Text.Json.Nodes;
using CsCheck;
using LbSpeaker.Lab.Api.Patching;
using LbSpeaker.Lab.Api.Schema;

namespace LbSpeaker.Lab.Tests.Pure;

public sealed class ServerSideApplyTests
{
    // The time all recordings were set to, so that a result can equal them.
    private static readonly DateTimeOffset Recorded = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static TheoryData<string, int> Applies => Cases.Of("apply-service.json", "apply-pool.json");
    public static TheoryData<string, int> Updates => Cases.Of("create.json", "update-service.json", "update-service-status.json", "update-pool.json");

    private static ApplySchema SchemaOf(JsonObject c) => (string)c["kind"]! == "IPAddressPool"
        ? ApplySchema.From(StructuralSchema.Parse(Cases.Read("pool-schema.json").AsObject()))
        : ApplySchema.ForBuiltIn((string)c["group"]!, (string)c["kind"]!);

    private static ApplyResult Apply(JsonObject c, DateTimeOffset now) => ServerSideApply.Apply(
        c["live"]?.AsObject(), c["applied"]!.AsObject(), (string)c["manager"]!, (bool)c["force"]!, SchemaOf(c),
        (string)c["applied"]!["apiVersion"]!, (string?)c["subresource"], now);

    [Theory]
    [MemberData(nameof(Applies))]
    public void An_apply_leaves_what_a_real_server_recorded(string file, int index)
    {
        var c = Cases.Get(file, index);
        var (merged, conflicts) = Apply(c, Recorded);
        if (c["causes"] is JsonArray causes)
        {
            Cases.Equal(c["message"], ApplyConflict.Summary(conflicts), c);
            Cases.Equal(causes, new JsonArray([.. conflicts.Select(conflict => new JsonObject
            {
                ["reason"] = ApplyConflict.Reason, ["message"] = conflict.Message, ["field"] = conflict.Field,
            })]), c);
            return;
        }
        Assert.Empty(conflicts);
        var result = c["result"]!.AsObject();
        Cases.Equal(ByManager(result["metadata"]!["managedFields"]!), ByManager(merged["metadata"]!["managedFields"]!), c);
        Cases.Equal(result["metadata"]!["labels"], merged["metadata"]!["labels"], c);
        // What the server defaults and allocates comes later; all else has to be there.
        Cases.Equal(result["spec"], Filled(merged["spec"], result["spec"]), c);
        if (file == "apply-pool.json")
        {
            Cases.Equal(result["spec"], WithDefaults(merged)["spec"], c);
            Cases.Equal(result["status"], merged["status"], c);
        }
    }

    /// <summary>The value with what only the other has, item by item in lists.</summary>
    private static JsonNode? Filled(JsonNode? value, JsonNode? other)
    {
        switch (value, other)
        {
            case (JsonObject map, JsonObject fuller):
                return new JsonObject(fuller.Select(member => KeyValuePair.Create(member.Key, map.ContainsKey(member.Key)
                    ? Filled(map[member.Key], member.Value) : member.Value?.DeepClone()))
                    .Concat(map.Where(member => !fuller.ContainsKey(member.Key)).Select(member => KeyValuePair.Create(member.Key, member.Value?.DeepClone()))));
            case (JsonArray list, JsonArray fuller) when list.Count == fuller.Count:
                return new JsonArray([.. list.Zip(fuller, Filled)]);
            default:
                return value?.DeepClone();
        }
    }

    private static JsonObject WithDefaults(JsonObject value)
    {
        StructuralSchema.Parse(Cases.Read("pool-schema.json").AsObject()).ApplyDefaults(value);
        return value;
    }

    [Theory]
    [MemberData(nameof(Applies))]
    public void Applying_the_same_again_changes_nothing_and_keeps_the_times(string file, int index)
    {
        var c = Cases.Get(file, index);
        if (c["causes"] is not null)
            c["force"] = true;
        var once = Apply(c, Recorded).Merged;
        c["live"] = once.DeepClone();
        Cases.Equal(once, Apply(c, Recorded.AddHours(1)).Merged, c);
    }

    [Theory]
    [MemberData(nameof(Updates))]
    public void An_update_leaves_the_owners_a_real_server_recorded(string file, int index)
    {
        var c = Cases.Get(file, index);
        var updated = ManagedFields.AfterUpdate(
            c["live"]?.AsObject(), c["updated"]!.AsObject(), (string)c["manager"]!, (string)c["updated"]!["apiVersion"]!,
            (string?)c["subresource"], Recorded, SchemaOf(c));
        Cases.Equal(ByManager(c["managedFields"]!), ByManager(updated["metadata"]!["managedFields"] ?? new JsonArray()), c);
    }

    // The recordings come from several seconds, all written as one: the order cannot be compared there.
    private static JsonArray ByManager(JsonNode entries) =>
        new([.. entries.AsArray().Select(entry => entry!.DeepClone()).OrderBy(entry => $"{entry["manager"]}/{entry["operation"]}/{entry["subresource"]}", StringComparer.Ordinal)]);

    [Fact]
    public void A_create_owns_what_it_sent_and_its_containers()
    {
        var pool = new JsonObject { ["metadata"] = new JsonObject { ["name"] = "p", ["labels"] = new JsonObject { ["a"] = "b" } }, ["spec"] = new JsonObject { ["addresses"] = new JsonArray("192.0.2.0/28") } };
        var schema = ApplySchema.From(StructuralSchema.Parse(Cases.Read("pool-schema.json").AsObject()));
        var created = ManagedFields.AfterUpdate(null, pool, "m", "metallb.io/v1beta1", null, Recorded, schema);
        Assert.Equal(
            """{"f:metadata":{"f:labels":{".":{},"f:a":{}}},"f:spec":{".":{},"f:addresses":{}}}""",
            created["metadata"]!["managedFields"]![0]!["fieldsV1"]!.ToJsonString());
    }

    [Fact]
    public void One_empty_entry_resets_the_owners()
    {
        var live = Cases.Get("apply-pool.json", 1)["live"]!.AsObject();
        var updated = live.DeepClone().AsObject();
        updated["metadata"]!["managedFields"] = new JsonArray(new JsonObject());
        var schema = ApplySchema.From(StructuralSchema.Parse(Cases.Read("pool-schema.json").AsObject()));
        Assert.Null(ManagedFields.AfterUpdate(live, updated, "m", "metallb.io/v1beta1", null, Recorded, schema)["metadata"]!["managedFields"]);
    }

    [Fact]
    public void A_conflict_with_a_plain_update_names_its_version()
    {
        var c = Cases.Get("apply-pool.json", 0);
        var pool = c["applied"]!.AsObject();
        var schema = SchemaOf(c);
        var live = ManagedFields.AfterUpdate(null, pool, "editor", "metallb.io/v1beta1", null, Recorded, schema);
        pool["spec"]!["priority"] = 9;
        var conflict = Assert.Single(ServerSideApply.Apply(live, pool, "one", false, schema, "metallb.io/v1beta1", null, Recorded).Conflicts);
        Assert.Equal(new ApplyConflict("\"editor\" using metallb.io/v1beta1", ".spec.priority"), conflict);
    }

    [Fact]
    public void Owners_are_listed_by_operation_then_time_then_name()
    {
        var schema = ApplySchema.ForBuiltIn("", "ConfigMap");
        JsonObject Data(string key) => new() { ["data"] = new JsonObject { [key] = "v" } };
        var live = ManagedFields.AfterUpdate(null, Data("u"), "a-updater", "v1", null, Recorded, schema);
        foreach (var (manager, seconds) in new[] { ("z", 1), ("c", 2), ("b", 2) })
            live = ServerSideApply.Apply(live, Data(manager), manager, false, schema, "v1", null, Recorded.AddSeconds(seconds)).Merged;
        Assert.Equal(["z", "b", "c", "a-updater"], live["metadata"]!["managedFields"]!.AsArray().Select(entry => (string)entry!["manager"]!));
    }

    [Fact]
    public void An_update_with_a_list_item_without_keys_leaves_ownership_as_it_was()
    {
        var live = Cases.Get("apply-pool.json", 4)["live"]!.AsObject();
        var updated = live.DeepClone().AsObject();
        updated["status"]!["conditions"]![0]!.AsObject().Remove("type");
        var schema = ApplySchema.From(StructuralSchema.Parse(Cases.Read("pool-schema.json").AsObject()));
        var result = ManagedFields.AfterUpdate(live, updated, "m", "metallb.io/v1beta1", "status", Recorded, schema);
        Assert.True(JsonNode.DeepEquals(ByManager(live["metadata"]!["managedFields"]!), ByManager(result["metadata"]!["managedFields"]!)));
    }

    [Fact]
    public void A_list_item_named_twice_is_refused()
    {
        var applied = JsonNode.Parse("""{"spec":{"ports":[{"port":80},{"port":80,"protocol":"TCP"}]}}""")!.AsObject();
        var error = Assert.Throws<PatchException>(() =>
            ServerSideApply.Apply(null, applied, "m", false, ApplySchema.ForBuiltIn("", "Service"), "v1", null, Recorded));
        Assert.Equal(""".spec.ports: duplicate entries for key [port=80,protocol="TCP"]""", error.Message);
    }

    [Fact]
    public void A_plain_update_that_changes_nothing_keeps_the_times()
    {
        var live = Cases.Get("apply-pool.json", 1)["live"]!.AsObject();
        var updated = live.DeepClone().AsObject();
        updated["metadata"]!["managedFields"]![0]!["time"] = "2026-02-02T00:00:00Z";
        ManagedFields.KeepTimesOfUnchanged(live, updated);
        Assert.True(JsonNode.DeepEquals(live, updated));
        updated["spec"]!["priority"] = 99;
        updated["metadata"]!["managedFields"]![0]!["time"] = "2026-02-02T00:00:00Z";
        ManagedFields.KeepTimesOfUnchanged(live, updated);
        Assert.False(JsonNode.DeepEquals(live, updated));
    }

    private static readonly Gen<JsonObject> Service = Gen.Select(
        Gen.Dictionary(Gen.OneOf("a", "b", "c"), Gen.OneOf("1", "2"))[0, 3],
        Gen.Int[80, 84].Array[0, 4],
        Gen.Bool,
        (labels, ports, named) =>
        {
            var spec = new JsonObject();
            if (ports.Length > 0)
            {
                spec["ports"] = new JsonArray([.. ports.Distinct().Select(port =>
                {
                    var item = new JsonObject { ["port"] = port };
                    if (named)
                        item["name"] = $"n{port}";
                    return (JsonNode?)item;
                })]);
            }
            var value = new JsonObject { ["metadata"] = new JsonObject { ["name"] = "x" }, ["spec"] = spec };
            if (labels.Count > 0)
                value["metadata"]!["labels"] = new JsonObject(labels.Select(label => KeyValuePair.Create(label.Key, (JsonNode?)label.Value)));
            return value;
        });

    [Fact]
    public void Whatever_two_managers_apply_in_turn_each_finds_its_fields_and_the_last_removals_are_clean() =>
        Gen.Select(Service, Service, Service).Sample((first, other, last) =>
        {
            var schema = ApplySchema.ForBuiltIn("", "Service");
            JsonObject Step(JsonObject? live, JsonObject applied, string manager) =>
                ServerSideApply.Apply(live, applied, manager, true, schema, "v1", null, Recorded).Merged;

            var shared = Step(Step(Step(null, first, "one"), other, "two"), last, "one");
            var again = Step(shared, last, "one");
            // With the other gone, only what the one applied last is left.
            var alone = Step(shared, new JsonObject { ["metadata"] = new JsonObject { ["name"] = "x" } }, "two");
            alone["metadata"]!.AsObject().Remove("managedFields");
            if (alone["spec"] is null)
                alone["spec"] = new JsonObject();
            return JsonNode.DeepEquals(shared, again)
                && FieldWalk.Compare(schema, alone, last) is { Added.IsEmpty: true, Modified.IsEmpty: true, Removed.IsEmpty: true };
        });
}
