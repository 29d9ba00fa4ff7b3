using System.Globalization;
using System.Text.Json;
using LbSpeaker.Testing.Network;

namespace LbSpeaker.Interop.Tests.Bgp.Routers;

/// <summary>FRR: zebra and bgpd.</summary>
internal sealed class Frr(Lab lab) : Router(lab)
{
    private RouterSetup current = new();

    public override string WordsForShutdown => "Cease/Administrative Shutdown";

    public override bool IsEstablished => Describe().Contains("BGP state = Established", StringComparison.Ordinal);

    public override bool IsBfdUp => Control("show bfd peers").Contains("Status: up", StringComparison.Ordinal);

    private string Neighbor => current.Unnumbered ?? current.Node;

    public override void Start(RouterSetup setup)
    {
        current = setup;
        string peer = setup.Unnumbered is { } link ? $"{link} interface" : setup.Node;
        string options = string.Concat(
            setup.Unnumbered is null ? "" : $" neighbor {setup.Unnumbered} timers connect 1\n",
            setup.Dials || setup.Unnumbered is not null ? "" : $" neighbor {setup.Node} passive\n",
            setup.MultiHop ? $" neighbor {setup.Node} ebgp-multihop 4\n" : "",
            setup.TtlSecurity ? $" neighbor {setup.Node} ttl-security hops 1\n" : "",
            setup.ExtendedNextHop ? $" neighbor {Neighbor} capability extended-nexthop\n" : "",
            setup.GracefulRestart ? $" neighbor {Neighbor} graceful-restart\n" : "",
            setup.Bfd == BfdUse.None ? "" : $" neighbor {Neighbor} bfd\n neighbor {Neighbor} bfd profile calm\n",
            setup.Bfd == BfdUse.Graceful ? $" neighbor {Neighbor} bfd check-control-plane-failure\n" : "",
            setup.Password is { } password ? $" neighbor {setup.Node} password {password}\n" : "",
            setup.Originates is { } prefix ? $" no bgp network import-check\n address-family ipv4 unicast\n  network {prefix}\n exit-address-family\n" : "");
        string families = string.Concat(new[] { ("ipv4", setup.IPv4), ("ipv6", setup.IPv6) }.Where(f => f.Item2).Select(f => $" address-family {f.Item1} unicast\n  neighbor {Neighbor} activate\n exit-address-family\n"));
        Write("zebra.conf", "hostname router\n");
        Write("bfdd.conf", "bfd\n profile calm\n  transmit-interval 200\n  receive-interval 200\n  detect-multiplier 15\n exit\nexit\n");
        Write("bgpd.conf", $"""
            hostname router
            router bgp {setup.RouterAs}
             bgp router-id {setup.RouterId}
             no bgp ebgp-requires-policy
             no bgp default ipv4-unicast
             neighbor {peer} remote-as {setup.NodeAs}
             neighbor {Neighbor} timers {Math.Max(1, setup.Hold / 3)} {setup.Hold}
             neighbor {Neighbor} timers connect 1
            {options}{families}

            """);
        Command.Run("chown", "-R", "frr:frrvty", Folder);
        Launch("zebra");
        WaitFor("zebra has seen the link", () => Control("show interface eth0 json").Contains("eth0", StringComparison.Ordinal));
        if (setup.Bfd != BfdUse.None) Launch("bfdd", "--bfdctl", PathOf("bfdd.sock"));
        Launch("bgpd");
        // A route with a link-local next hop is worth nothing to a bgpd that has not been told of the links.
        WaitFor("FRR answers", () => Control("show bgp summary json").Contains(Neighbor, StringComparison.Ordinal) && Control("show zebra client summary").Contains("bgp", StringComparison.Ordinal));
    }

    public override IReadOnlyDictionary<string, SeenRoute> Routes()
    {
        Dictionary<string, SeenRoute> routes = [];
        foreach (string family in (string[])["ipv4", "ipv6"])
        {
            if (Parse(Control($"show bgp {family} unicast json")) is not { } table || !table.TryGetProperty("routes", out JsonElement all)) continue;
            foreach (JsonProperty prefix in all.EnumerateObject())
                if (Parse(Control($"show bgp {family} unicast {prefix.Name} json")) is { } detail && detail.TryGetProperty("paths", out JsonElement paths) && paths.EnumerateArray().FirstOrDefault(p => !IsOwn(p)) is { ValueKind: JsonValueKind.Object } path)
                    routes[prefix.Name] = Read(path);
        }
        return routes;
    }

    public override void Refresh() => Control($"clear bgp ipv4 unicast {Neighbor} soft in");

    public override void Shutdown() => Ask("vtysh", "--vty_socket", Folder, "-c", "configure terminal", "-c", $"router bgp {current.RouterAs}", "-c", $"neighbor {Neighbor} shutdown message maintenance at midnight");

    public override string Describe() => Control($"show bgp neighbors {Neighbor}");

    private void Launch(string daemon, params string[] options) =>
        Run($"/usr/lib/frr/{daemon}", ["-u", "frr", "-g", "frr", "-f", PathOf($"{daemon}.conf"), "-i", PathOf($"{daemon}.pid"), "-z", PathOf("zserv.sock"), "--vty_socket", Folder, "--log", "stdout", .. options]);

    private static bool IsOwn(JsonElement path) => path.TryGetProperty("sourced", out _) || path.TryGetProperty("local", out _);

    private static SeenRoute Read(JsonElement path)
    {
        string Text(string name) => path.TryGetProperty(name, out JsonElement value) && value.TryGetProperty("string", out JsonElement text) ? text.GetString()! : "";
        uint? Number(string name) => path.TryGetProperty(name, out JsonElement value) ? value.GetUInt32() : null;
        string hops = string.Join(' ', path.GetProperty("nexthops").EnumerateArray().Select(h => h.GetProperty("ip").GetString()));
        string asPath = Text("aspath");
        return new(hops, asPath == "Local" ? "" : asPath, Number("locPrf"), Number("metric"), string.Join(' ', new[] { Text("community"), Text("largeCommunity") }.Where(t => t.Length > 0)));
    }

    private static JsonElement? Parse(string text)
    {
        int start = text.IndexOf('{', StringComparison.Ordinal);
        return start < 0 ? null : JsonDocument.Parse(text[start..]).RootElement;
    }

    private string Control(string command) => Ask("vtysh", "--vty_socket", Folder, "-c", command);
}
