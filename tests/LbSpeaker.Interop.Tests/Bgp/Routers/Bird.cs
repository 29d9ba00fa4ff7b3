using System.Globalization;
using System.Text.RegularExpressions;

namespace LbSpeaker.Interop.Tests.Bgp.Routers;

/// <summary>BIRD 2.</summary>
internal sealed partial class Bird(Lab lab) : Router(lab)
{
    public override bool IsEstablished => Control("show protocols node").Contains("Established", StringComparison.Ordinal);

    public override bool IsBfdUp => Control("show bfd sessions").Contains(" Up ", StringComparison.Ordinal);

    public override string WordsForShutdown => "Administrative shutdown";

    public override void Start(RouterSetup setup)
    {
        string channels = (setup.IPv4 ? $"ipv4 {{ import all; export {Exported(setup)}; {(setup.ExtendedNextHop ? "extended next hop on; " : "")}}};\n" : "")
            + (setup.IPv6 ? "ipv6 { import all; export none; };\n" : "");
        Write("bird.conf", $$"""
            router id {{setup.RouterId}};
            protocol device { scan time 1; }
            protocol kernel { ipv4 { export where source = RTS_BGP; }; }
            {{(setup.Bfd == BfdUse.None ? "" : "protocol bfd { interface \"eth0\" { min rx interval 200 ms; min tx interval 200 ms; multiplier 15; }; }")}}
            {{(setup.Originates is { } prefix ? $"protocol static {{ ipv4; route {prefix} blackhole; }}" : "")}}
            protocol bgp node {
              local {{setup.Local}} as {{setup.RouterAs}};
              neighbor {{setup.Node}} as {{setup.NodeAs}};
              hold time {{setup.Hold}};
              connect retry time 1;
              connect delay time 1;
              error wait time 1, 2;
              {{(setup.Dials ? "" : "passive on;")}}
              {{(setup.MultiHop ? "multihop 4;" : "direct;")}}
              {{(setup.Password is { } password ? $"password \"{password}\";" : "")}}
              {{(setup.TtlSecurity ? "ttl security on;" : "")}}
              {{setup.Bfd switch { BfdUse.None => "", BfdUse.Plain => "bfd on;", _ => "bfd graceful;" }}}
              graceful restart {{(setup.GracefulRestart ? "on" : "aware")}};
              {{channels}}
            }
            """);
        Run("bird", "-f", "-c", PathOf("bird.conf"), "-s", PathOf("bird.ctl"), "-P", PathOf("bird.pid"));
        WaitFor("BIRD answers", () => Control("show status").Contains("Daemon is up", StringComparison.Ordinal));
    }

    public override IReadOnlyDictionary<string, SeenRoute> Routes()
    {
        Dictionary<string, SeenRoute> routes = [];
        // "192.0.2.10/32  unicast [node 12:00:00.000] * (100) [AS65000i]", then tab-indented lines.
        foreach (Match match in RoutePattern().Matches(Control("show route protocol node all")))
        {
            string text = match.Groups[2].Value;
            string Of(string attribute) => Regex.Match(text, $@"BGP\.{attribute}: (.*)") is { Success: true } found ? found.Groups[1].Value.Trim() : "";
            string communities = string.Join(' ', Pairs(Of("community")).Concat(Pairs(Of("large_community"))));
            routes[match.Groups[1].Value] = new(Of("next_hop"), Of("as_path"), Number(Of("local_pref")), Number(Of("med")), communities);
        }
        return routes;
    }

    public override void Refresh() => Control("reload in node");

    public override void Shutdown() => Control("disable node \"maintenance at midnight\"");

    public override string Describe() => Control("show protocols all node");

    private static string Exported(RouterSetup setup) => setup.Originates is null ? "none" : "where source = RTS_STATIC";

    private static uint? Number(string text) => uint.TryParse(text, CultureInfo.InvariantCulture, out uint number) ? number : null;

    /// <summary>"(65000,1) (65000,2)".</summary>
    private static IEnumerable<string> Pairs(string text) => CommunityPattern().Matches(text).Select(m => m.Groups[1].Value.Replace(", ", ":", StringComparison.Ordinal).Replace(",", ":", StringComparison.Ordinal));

    private string Control(string command) => Ask("birdc", "-s", PathOf("bird.ctl"), command);

    [GeneratedRegex(@"^(\S+/\d+)\s+(?:unicast|unreachable).*\n((?:\s.*\n?)*)", RegexOptions.Multiline)]
    private static partial Regex RoutePattern();

    [GeneratedRegex(@"\(([0-9, ]+)\)")]
    private static partial Regex CommunityPattern();
}
