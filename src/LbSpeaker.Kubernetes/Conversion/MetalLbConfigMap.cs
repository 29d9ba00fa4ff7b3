using System.Globalization;
using System.Text.Json.Nodes;
using LbSpeaker.Kubernetes.Directory;

namespace LbSpeaker.Kubernetes.Conversion;

/// <summary>The configuration of MetalLB up to 0.12, which stood in a ConfigMap. Its objects had no names: those that are made count on, as <c>peer1</c>.</summary>
internal static class MetalLbConfigMap
{
    private const string CommunityObject = "communities";

    private static readonly (string Old, string New)[] PeerFields =
    [
        ("my-asn", "myASN"), ("peer-asn", "peerASN"), ("peer-address", "peerAddress"), ("peer-port", "peerPort"), ("source-address", "sourceAddress"), ("hold-time", "holdTime"),
        ("keepalive-time", "keepaliveTime"), ("router-id", "routerID"), ("bfd-profile", "bfdProfile"), ("ebgp-multihop", "ebgpMultiHop"), ("password", "password"),
    ];

    private static readonly (string Old, string New)[] ProfileFields =
    [
        ("receive-interval", "receiveInterval"), ("transmit-interval", "transmitInterval"), ("detect-multiplier", "detectMultiplier"), ("echo-interval", "echoInterval"),
        ("echo-mode", "echoMode"), ("passive-mode", "passiveMode"), ("minimum-ttl", "minimumTtl"),
    ];

    public static bool IsSome(YamlMapping root) => root.Find("address-pools") is not null || root.Find("peers") is not null;

    public static void Convert(OldMapping config, Made made)
    {
        Pools(config, made);
        int peer = 0;
        foreach (OldMapping old in config.Mappings("peers"))
        {
            JsonObject spec = Renamed(old, PeerFields);
            if (old.Node.Find("node-selectors") is not null) spec["nodeSelectors"] = new JsonArray([.. old.Mappings("node-selectors").Select(Selector)]);
            old.FinishWith();
            made.Add("BGPPeer", $"peer{++peer}", spec);
        }
        if (config.Mapping("bgp-communities") is { } aliases)
            made.Add("Community", CommunityObject, new()
            {
                ["communities"] = new JsonArray([.. aliases.Node.Entries.Select(e => (JsonNode)new JsonObject { ["name"] = e.Key, ["value"] = (e.Value as YamlScalar)?.Text ?? "" })]),
            });
        foreach (OldMapping old in config.Mappings("bfd-profiles"))
        {
            string name = old.Text("name") ?? "";
            JsonObject spec = Renamed(old, ProfileFields);
            old.FinishWith();
            made.Add("BFDProfile", name, spec);
        }
        config.FinishWith();
    }

    private static void Pools(OldMapping config, Made made)
    {
        int layer2 = 0, bgp = 0;
        foreach (OldMapping old in config.Mappings("address-pools"))
        {
            string name = old.Text("name") ?? "", protocol = old.Text("protocol") ?? "";
            made.Add("IPAddressPool", name, new() { ["addresses"] = old.Value("addresses"), ["autoAssign"] = old.Value("auto-assign"), ["avoidBuggyIPs"] = old.Value("avoid-buggy-ips") });
            OldMapping[] advertisements = [.. old.Mappings("bgp-advertisements")];
            switch (protocol)
            {
                case "layer2":
                    if (advertisements.Length > 0) old.Say("bgp-advertisements", "is left out: the pool's protocol is layer2");
                    made.Add("L2Advertisement", Numbered("l2advertisement", ++layer2), new() { ["ipAddressPools"] = Made.Array([name]) });
                    break;
                case "bgp":
                    // Without any the addresses were announced as they are.
                    if (advertisements.Length == 0) made.Add("BGPAdvertisement", Numbered("bgpadvertisement", ++bgp), new() { ["ipAddressPools"] = Made.Array([name]) });
                    foreach (OldMapping advertisement in advertisements)
                    {
                        JsonObject spec = Renamed(advertisement, [("aggregation-length", "aggregationLength"), ("aggregation-length-v6", "aggregationLengthV6"), ("localpref", "localPref"), ("communities", "communities")]);
                        spec["ipAddressPools"] = Made.Array([name]);
                        advertisement.FinishWith();
                        made.Add("BGPAdvertisement", Numbered("bgpadvertisement", ++bgp), spec);
                    }
                    break;
                default:
                    old.Say("protocol", $"is \"{protocol}\", neither layer2 nor bgp: the pool is not announced");
                    break;
            }
            old.FinishWith();
        }
    }

    private static string Numbered(string name, int number) => string.Create(CultureInfo.InvariantCulture, $"{name}{number}");

    private static JsonObject Renamed(OldMapping old, (string Old, string New)[] fields)
    {
        JsonObject spec = [];
        foreach ((string was, string now) in fields) spec[now] = old.Value(was);
        return spec;
    }

    private static JsonNode Selector(OldMapping old)
    {
        JsonObject selector = [];
        if (old.Value("match-labels") is { } labels) selector["matchLabels"] = labels;
        if (old.Value("match-expressions") is { } expressions) selector["matchExpressions"] = expressions;
        old.FinishWith();
        return selector;
    }
}
