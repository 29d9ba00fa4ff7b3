using System.Text.Json;
using System.Text.Json.Nodes;

namespace LbSpeaker.Lab.Api.Patching;

/// <summary>
/// Kubernetes' strategic merge patch: a merge patch whose lists merge by key, with the directives $patch,
/// $retainKeys, $setElementOrder/… and $deleteFromPrimitiveList/….
/// </summary>
public static class StrategicMergePatch
{
    private const string Directive = "$patch";
    private const string RetainKeys = "$retainKeys";
    private const string OrderPrefix = "$setElementOrder/";
    private const string DeletePrefix = "$deleteFromPrimitiveList/";

    /// <summary>The patched object as a new tree; neither argument is changed.</summary>
    /// <exception cref="PatchException">A directive is unknown or a list item lacks its merge key.</exception>
    public static JsonObject Apply(JsonObject target, JsonObject patch, MergeSchema schema) =>
        MergeObject(target, patch, schema, "");

    private static JsonObject MergeObject(JsonObject? target, JsonObject patch, MergeSchema schema, string path)
    {
        switch (Text(patch, Directive))
        {
            case null or "merge":
                break;
            case "replace":
                return WithoutDirectives(patch, schema, path);
            case "delete":
                return [];
            case var other:
                throw new PatchException($"unknown patch type \"{other}\" found in: {Where(path)}");
        }

        var result = target?.DeepClone().AsObject() ?? [];
        Retain(result, patch, path);
        foreach (var (name, value) in patch)
        {
            if (name.StartsWith(DeletePrefix, StringComparison.Ordinal))
                DeletePrimitives(result, name[DeletePrefix.Length..], value);
        }
        foreach (var (name, value) in patch)
        {
            if (!IsDirective(name))
                MergeMember(result, name, value, schema, Join(path, name));
        }
        foreach (var (name, value) in patch)
        {
            if (name.StartsWith(OrderPrefix, StringComparison.Ordinal))
                Reorder(result, patch, name[OrderPrefix.Length..], value, target?[name[OrderPrefix.Length..]] as JsonArray, schema, path);
        }
        return result;
    }

    private static void MergeMember(JsonObject result, string name, JsonNode? value, MergeSchema schema, string path)
    {
        switch (value)
        {
            case null:
                result.Remove(name);
                break;
            case JsonObject { } change when Text(change, Directive) == "delete":
                result.Remove(name);
                break;
            case JsonObject change:
                result[name] = MergeObject(result[name] as JsonObject, change, schema, path);
                break;
            case JsonArray items:
                result[name] = MergeList(result[name] as JsonArray, items, schema, path);
                break;
            default:
                result[name] = value.DeepClone();
                break;
        }
    }

    private static JsonArray MergeList(JsonArray? target, JsonArray patch, MergeSchema schema, string path)
    {
        var key = schema.MergeKey(path);
        if (patch.OfType<JsonObject>().Any(item => IsListReplacement(item, key)))
            return WithoutDirectives(patch, schema, path);
        if (key is null)
            return WithoutDirectives(patch, schema, path);
        if (key.Length == 0)
            return InOrder(MergePrimitives(target, patch), patch, target, key);

        var result = target?.DeepClone().AsArray() ?? [];
        foreach (var node in patch)
        {
            var item = node as JsonObject ?? throw new PatchException($"an item of {Where(path)} is no object");
            if (!item.TryGetPropertyValue(key, out var id) || id is null)
                throw new PatchException($"map: {item.ToJsonString()} does not contain declared merge key: {key}");
            var at = RankIn(result, item, key);
            switch (Text(item, Directive))
            {
                case "delete":
                    for (; at >= 0; at = RankIn(result, item, key))
                        result.RemoveAt(at);
                    break;
                case null or "merge" or "replace" when at >= 0:
                    result[at] = MergeObject(result[at] as JsonObject, item, schema, path + "[]");
                    break;
                default:
                    result.Add(MergeObject(null, item, schema, path + "[]"));
                    break;
            }
        }
        return InOrder(result, patch, target, key);
    }

    // {"$patch": "replace"} alone is a marker beside the items of the new list; with a key it replaces that item.
    private static bool IsListReplacement(JsonObject item, string? key) =>
        Text(item, Directive) == "replace" && (string.IsNullOrEmpty(key) || !item.ContainsKey(key));

    private static JsonArray MergePrimitives(JsonArray? target, JsonArray patch)
    {
        var result = target?.DeepClone().AsArray() ?? [];
        foreach (var item in patch)
        {
            if (!result.Any(existing => JsonNode.DeepEquals(existing, item)))
                result.Add(item?.DeepClone());
        }
        return result;
    }

    private static void DeletePrimitives(JsonObject result, string name, JsonNode? values)
    {
        if (values is not JsonArray unwanted)
            throw new PatchException($"{DeletePrefix}{name} must be a list");
        if (result[name] is not JsonArray list)
            return;
        for (var i = list.Count - 1; i >= 0; i--)
        {
            if (unwanted.Any(value => JsonNode.DeepEquals(value, list[i])))
                list.RemoveAt(i);
        }
    }

    private static void Retain(JsonObject result, JsonObject patch, string path)
    {
        if (!patch.TryGetPropertyValue(RetainKeys, out var node))
            return;
        if (node is not JsonArray keys)
            throw new PatchException($"{RetainKeys} of {Where(path)} must be a list");
        var retained = keys.Select(key => key!.GetValue<string>()).ToHashSet(StringComparer.Ordinal);
        foreach (var name in patch.Where(member => member.Value is not null && !IsDirective(member.Key)).Select(member => member.Key))
        {
            if (!retained.Contains(name))
                throw new PatchException($"{RetainKeys} of {Where(path)} lacks \"{name}\", which the patch sets");
        }
        foreach (var name in result.Select(member => member.Key).Where(name => !retained.Contains(name)).ToList())
            result.Remove(name);
    }

    private static void Reorder(
        JsonObject result, JsonObject patch, string name, JsonNode? order, JsonArray? target, MergeSchema schema, string path)
    {
        if (order is not JsonArray wanted)
            throw new PatchException($"{OrderPrefix}{name} must be a list");
        var key = schema.MergeKey(Join(path, name))
            ?? throw new PatchException($"{OrderPrefix}{name}: {Where(Join(path, name))} has no merge key");
        if (result[name] is not JsonArray list)
            return;
        foreach (var item in (patch[name] as JsonArray ?? []).Where(item => (item as JsonObject)?[Directive] is null))
        {
            if (RankIn(wanted, item, key) < 0)
                throw new PatchException($"the order in patch list {OrderPrefix}{name} lacks {Id(item, key)?.ToJsonString()}");
        }
        result[name] = InOrder(list, wanted, target, key);
    }

    /// <summary>
    /// The merged list as the API server orders it: what the client named in the client's order, the rest in the
    /// server's; of one of each, the server's goes first only if the server knew both and had it first.
    /// </summary>
    private static JsonArray InOrder(JsonArray merged, JsonArray wanted, JsonArray? server, string key)
    {
        var known = server ?? [];
        var named = new Queue<JsonNode?>(merged.Where(item => RankIn(wanted, item, key) >= 0).OrderBy(item => RankIn(wanted, item, key)));
        var others = new Queue<JsonNode?>(merged.Where(item => RankIn(wanted, item, key) < 0).OrderBy(item => RankIn(known, item, key)));
        var result = new JsonArray();
        while (named.Count + others.Count > 0)
        {
            var othersFirst = named.Count == 0 || (others.Count > 0 && RankIn(known, named.Peek(), key) is >= 0 and var rank
                && RankIn(known, others.Peek(), key) < rank);
            result.Add((othersFirst ? others : named).Dequeue()?.DeepClone());
        }
        return result;
    }

    private static JsonNode? Id(JsonNode? item, string key) => key.Length == 0 ? item : (item as JsonObject)?[key];

    private static int RankIn(JsonArray list, JsonNode? item, string key)
    {
        for (var i = 0; i < list.Count; i++)
        {
            if (JsonNode.DeepEquals(Id(list[i], key), Id(item, key)))
                return i;
        }
        return -1;
    }

    private static JsonObject WithoutDirectives(JsonObject patch, MergeSchema schema, string path)
    {
        var result = new JsonObject();
        foreach (var (name, value) in patch)
        {
            if (!IsDirective(name) && value is not null)
                MergeMember(result, name, value, schema, Join(path, name));
        }
        return result;
    }

    private static JsonArray WithoutDirectives(JsonArray patch, MergeSchema schema, string path)
    {
        var result = new JsonArray();
        foreach (var item in patch)
        {
            if (item is not JsonObject value)
                result.Add(item?.DeepClone());
            else if (Text(value, Directive) is not ("replace" or "delete") || (Text(value, Directive) == "replace" && value.Count > 1))
                result.Add(WithoutDirectives(value, schema, path + "[]"));
        }
        return result;
    }

    private static bool IsDirective(string name) =>
        name is Directive or RetainKeys
        || name.StartsWith(OrderPrefix, StringComparison.Ordinal)
        || name.StartsWith(DeletePrefix, StringComparison.Ordinal);

    private static string? Text(JsonObject item, string name) =>
        item[name] is JsonValue value && value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : null;

    private static string Join(string path, string name) => path.Length == 0 ? name : path + "." + name;

    private static string Where(string path) => path.Length == 0 ? "the object" : path;
}
