using System.Text.Json;
using LbSpeaker.Testing.Network;

namespace LbSpeaker.Interop.Tests.Bgp.Routers;

/// <summary>OpenBGPD, the portable one.</summary>
internal sealed class OpenBgpd(Lab lab) : Router(lab)
{
    private RouterSetup current = new();

    public override string WordsForShutdown => "administratively down";

    public override bool IsEstablished => Describe().Contains("BGP state = Established", StringComparison.Ordinal);

    public override void Start(RouterSetup setup)
    {
        current = setup;
        Write("bgpd.conf", $$"""
            AS {{setup.RouterAs}}
            router-id {{setup.RouterId}}
            listen on {{setup.Local}}
            socket "{{PathOf("bgpd.sock")}}"
            fib-update no
            connect-retry 1
            {{(setup.Originates is { } prefix ? $"network {prefix}" : "")}}
            neighbor {{setup.Node}} {
              remote-as {{setup.NodeAs}}
              local-address {{setup.Local}}
              holdtime {{setup.Hold}}
              holdtime min 3
              {{(setup.Dials ? "" : "passive")}}
              {{(setup.MultiHop ? "multihop 4" : "")}}
              {{(setup.TtlSecurity ? "ttl-security yes" : "")}}
              {{(setup.Password is { } password ? $"tcp md5sig password {password}" : "")}}
              announce IPv4 {{(setup.IPv4 ? "unicast" : "none")}}
              announce IPv6 {{(setup.IPv6 ? "unicast" : "none")}}
              announce enhanced refresh yes
            }
            allow from any
            allow to any

            """);
        Command.Run("chmod", "600", PathOf("bgpd.conf"));
        // Where it changes its root to. Debian's package makes it when it is installed, and systemd at boot; a container has it no more after a restart.
        Directory.CreateDirectory("/run/openbgpd");
        Run("/usr/sbin/bgpd", "-d", "-f", PathOf("bgpd.conf"));
        WaitFor("OpenBGPD answers", () => Describe().Contains("BGP neighbor is", StringComparison.Ordinal));
    }

    public override IReadOnlyDictionary<string, SeenRoute> Routes()
    {
        Dictionary<string, SeenRoute> routes = [];
        string text = Control("-j", "show", "rib", "detail", "in");
        if (!text.StartsWith('{') || !JsonDocument.Parse(text).RootElement.TryGetProperty("rib", out JsonElement rib)) return routes;
        foreach (JsonElement route in rib.EnumerateArray()) routes[route.GetProperty("prefix").GetString()!] = Read(route);
        return routes;
    }

    public override void Refresh() => Control("neighbor", current.Node, "refresh");

    public override void Shutdown() => Control("neighbor", current.Node, "down", "maintenance at midnight");

    public override string Describe() => Control("show", "neighbor", current.Node);

    private static SeenRoute Read(JsonElement route)
    {
        string Text(string name) => route.TryGetProperty(name, out JsonElement value) ? value.GetString()! : "";
        uint? Number(string name) => route.TryGetProperty(name, out JsonElement value) ? value.GetUInt32() : null;
        string Joined(string name) => route.TryGetProperty(name, out JsonElement value) ? string.Join(' ', value.EnumerateArray().Select(v => v.GetString())) : "";
        return new(Text("exit_nexthop"), Text("aspath"), Number("localpref"), Number("metric"), string.Join(' ', new[] { Joined("communities"), Joined("large_communities") }.Where(t => t.Length > 0)));
    }

    private string Control(params string[] command) => Ask("bgpctl", ["-s", PathOf("bgpd.sock"), .. command]);
}
