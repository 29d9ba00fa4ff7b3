using System.Text.Json;

namespace LbSpeaker.Interop.Tests.Bgp.Routers;

/// <summary>GoBGP 3.</summary>
internal sealed class GoBgp(Lab lab) : Router(lab)
{
    private RouterSetup current = new();

    public override string WordsForShutdown => "code 6(cease) subcode 2(administrative shutdown)";

    public override bool IsEstablished => Describe().Contains("BGP state = ESTABLISHED", StringComparison.Ordinal);

    public override void Start(RouterSetup setup)
    {
        current = setup;
        string families = string.Concat(new[] { ("ipv4-unicast", setup.IPv4), ("ipv6-unicast", setup.IPv6) }.Where(f => f.Item2).Select(f => $"""
              [[neighbors.afi-safis]]
                [neighbors.afi-safis.config]
                  afi-safi-name = "{f.Item1}"
                [neighbors.afi-safis.mp-graceful-restart.config]
                  enabled = {Flag(setup.GracefulRestart)}

            """));
        Write("gobgpd.toml", $"""
            [global.config]
              as = {setup.RouterAs}
              router-id = "{setup.RouterId}"
            [[neighbors]]
              [neighbors.config]
                neighbor-address = "{setup.Node}"
                peer-as = {setup.NodeAs}
                auth-password = "{setup.Password}"
              [neighbors.timers.config]
                hold-time = {setup.Hold}
                keepalive-interval = {Math.Max(1, setup.Hold / 3)}
                connect-retry = 1
                idle-hold-time-after-reset = 1
              [neighbors.transport.config]
                passive-mode = {Flag(!setup.Dials)}
                local-address = "{setup.Local}"
              [neighbors.ebgp-multihop.config]
                enabled = {Flag(setup.MultiHop)}
                multihop-ttl = 4
              [neighbors.ttl-security.config]
                enabled = {Flag(setup.TtlSecurity)}
                ttl-min = 255
              [neighbors.graceful-restart.config]
                enabled = {Flag(setup.GracefulRestart)}
                restart-time = 120
            {families}
            """);
        Run("gobgpd", "-t", "toml", "-f", PathOf("gobgpd.toml"), "-p");
        WaitFor("GoBGP answers", () => Describe().Contains("BGP neighbor is", StringComparison.Ordinal));
        if (setup.Originates is { } prefix) Control($"global rib add {prefix}");
    }

    public override IReadOnlyDictionary<string, SeenRoute> Routes()
    {
        Dictionary<string, SeenRoute> routes = [];
        foreach (string family in (string[])["ipv4", "ipv6"])
        {
            string text = Control($"neighbor {current.Node} adj-in -a {family} -j");
            if (!text.StartsWith('{')) continue;
            // Of a session that is down it says an error, in JSON too.
            foreach (JsonProperty prefix in JsonDocument.Parse(text).RootElement.EnumerateObject().Where(p => p.Value.ValueKind == JsonValueKind.Array)) routes[prefix.Name] = Read(prefix.Value[0].GetProperty("attrs"));
        }
        return routes;
    }

    public override void Refresh() => Control($"neighbor {current.Node} softresetin");

    public override void Shutdown() => Control($"neighbor {current.Node} shutdown --reason maintenance");

    /// <summary>NOTIFICATIONs are in the log alone.</summary>
    public override string Describe() => Control($"neighbor {current.Node}") + File.ReadAllText(PathOf("gobgpd.log"));

    private static string Flag(bool on) => on ? "true" : "false";

    /// <summary>Attributes by their type codes.</summary>
    private static SeenRoute Read(JsonElement attributes)
    {
        JsonElement? Of(int type) => attributes.EnumerateArray().Where(a => a.GetProperty("type").GetInt32() == type).Select(a => (JsonElement?)a).FirstOrDefault();
        string hop = (Of(3) ?? Of(14))?.GetProperty("nexthop").GetString() ?? "";
        string path = string.Join(' ', Of(2)?.GetProperty("as_paths").EnumerateArray().SelectMany(s => s.GetProperty("asns").EnumerateArray()).Select(n => n.GetUInt32()) ?? []);
        IEnumerable<string> communities = Of(8)?.GetProperty("communities").EnumerateArray().Select(c => c.GetUInt32()).Select(c => $"{c >> 16}:{c & 0xFFFF}") ?? [];
        IEnumerable<string> large = Of(32)?.GetProperty("value").EnumerateArray().Select(c => $"{c.GetProperty("ASN")}:{c.GetProperty("LocalData1")}:{c.GetProperty("LocalData2")}") ?? [];
        return new(hop, path, Of(5)?.GetProperty("value").GetUInt32(), Of(4)?.GetProperty("metric").GetUInt32(), string.Join(' ', communities.Concat(large)));
    }

    private string Control(string command) => Ask("gobgp", command.Split(' '));
}
