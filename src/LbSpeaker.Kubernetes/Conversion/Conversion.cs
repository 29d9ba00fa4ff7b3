using System.Text.Json;
using System.Text.Json.Nodes;
using LbSpeaker.Core.Values;
using LbSpeaker.Kubernetes.Directory;
using LbSpeaker.Kubernetes.Resources;

namespace LbSpeaker.Kubernetes.Conversion;

/// <summary>Configuration of another load balancer as objects of ours.</summary>
/// <param name="Objects">In the order in which they came up.</param>
/// <param name="Messages">What was left out or means something else here, each with file and line.</param>
public sealed record Converted(IReadOnlyList<JsonElement> Objects, ValueArray<string> Messages)
{
    /// <param name="sources">Names, for messages, and texts.</param>
    /// <param name="ns">Where the objects are to live.</param>
    /// <exception cref="UnreadableInputException">A text is not YAML, or has nothing that can be converted.</exception>
    public static Converted Of(IEnumerable<(string Name, string Text)> sources, string ns)
    {
        List<string> messages = [];
        Made made = new(ns);
        foreach ((string name, string text) in sources)
        {
            OldText file = new(name, 0, messages);
            bool isKnown = false;
            foreach (YamlNode document in file.Read(text)) isKnown |= Convert(document, file, made);
            if (!isKnown) throw new UnreadableInputException(name, null, "a MetalLB configuration (a ConfigMap, or what stands in one), the ConfigMap kubevip, or ServiceGroups and LBNodeAgents of PureLB");
        }
        PureLb.Finish(made);
        return new(made.ToElements(), messages.ToValueArray());
    }

    /// <returns>False for what is none of these configurations.</returns>
    private static bool Convert(YamlNode document, OldText file, Made made)
    {
        if (document is not YamlMapping root) return false;
        OldMapping whole = new(root, file, "");
        string kind = Scalar(root, "kind"), version = Scalar(root, "apiVersion");
        if (kind == "List" && root.Find("items") is YamlSequence items) return items.Items.Aggregate(false, (known, item) => Convert(item, file, made) | known);
        if (kind == "ConfigMap" && whole.Mapping("data") is { } data)
        {
            if (data.Node.Find("config") is YamlScalar config)
            {
                OldText inside = file.Inside(config);
                foreach (YamlNode inner in inside.Read(config.Text))
                    if (inner is YamlMapping old) MetalLbConfigMap.Convert(new(old, inside, ""), made);
                return true;
            }
            if (!KubeVip.IsSome(data)) return false;
            KubeVip.Convert(data, made);
            return true;
        }
        if (version.StartsWith("purelb.io/", StringComparison.Ordinal) && kind is "ServiceGroup" or "LBNodeAgent")
        {
            PureLb.Convert(kind, whole, made);
            return true;
        }
        if (kind.Length > 0 || !MetalLbConfigMap.IsSome(root)) return false;
        MetalLbConfigMap.Convert(whole, made);
        return true;
    }

    internal static string Scalar(YamlMapping mapping, string key) => (mapping.Find(key) as YamlScalar)?.Text ?? "";
}

/// <summary>The objects made so far.</summary>
internal sealed class Made(string ns)
{
    private readonly List<JsonObject> objects = [];

    /// <summary>The interfaces by which addresses of the nodes' own network are announced; empty for all.</summary>
    public List<string> Interfaces { get; } = [];

    /// <summary>The pools whose addresses are of the nodes' own network.</summary>
    public List<string> LocalGroups { get; } = [];

    /// <param name="spec">Fields without a value are left out.</param>
    public void Add(string kind, string name, JsonObject spec)
    {
        foreach (string empty in spec.Where(f => f.Value is null).Select(f => f.Key).ToList()) spec.Remove(empty);
        objects.Add(new JsonObject
        {
            ["apiVersion"] = kind == nameof(ClusterKind.BGPPeer) ? ApiNames.GroupVersionOf(ClusterKind.BGPPeer) : ApiNames.GroupVersion,
            ["kind"] = kind,
            ["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = ns },
            ["spec"] = spec,
        });
    }

    public static JsonArray Array(IEnumerable<string> items) => [.. items.Select(i => (JsonNode)i)];

    public IReadOnlyList<JsonElement> ToElements() =>
        [.. objects.Select(o =>
        {
            using JsonDocument json = JsonDocument.Parse(o.ToJsonString());
            return json.RootElement.Clone();
        })];
}
