using System.Globalization;
using System.Text.Json;
using LbSpeaker.Testing.Network;

namespace LbSpeaker.Interop.Tests.Bgp.Routers;

/// <summary>ExaBGP 4. It keeps no routes: what its messages come to is reckoned here.</summary>
internal sealed class ExaBgp(Lab lab) : Router(lab)
{
    private RouterSetup current = new();

    public override string WordsForShutdown => "Administrative Shutdown";

    public override bool GivesReasons => false;

    public override bool IsEstablished => Messages().LastOrDefault(m => TypeOf(m) == "state") is { ValueKind: JsonValueKind.Object } last && last.GetProperty("neighbor").GetProperty("state").GetString() == "up";

    public override void Start(RouterSetup setup)
    {
        current = setup;
        File.Delete(PathOf("messages"));
        if (!File.Exists(PathOf("commands"))) Command.Run("mkfifo", PathOf("commands"));
        Write("api.sh", $"#!/bin/sh\nexec 4<&0\ncat <&4 >>{PathOf("messages")} &\nexec cat <>{PathOf("commands")}\n");
        Command.Run("chmod", "755", PathOf("api.sh"));
        string families = string.Concat(setup.IPv4 ? "ipv4 unicast; " : "", setup.IPv6 ? "ipv6 unicast; " : "");
        Write("exabgp.conf", $$"""
            process watch {
              run {{PathOf("api.sh")}};
              encoder json;
            }
            neighbor {{setup.Node}} {
              router-id {{setup.RouterId}};
              local-address {{setup.Local}};
              local-as {{setup.RouterAs}};
              peer-as {{setup.NodeAs}};
              hold-time {{setup.Hold}};
              {{(setup.Dials ? "" : "passive true;")}}
              {{(setup.Password is { } password ? $"md5-password \"{password}\";" : "")}}
              {{(setup.MultiHop ? "outgoing-ttl 4;" : "")}}
              {{(setup.TtlSecurity ? "outgoing-ttl 255; incoming-ttl 255;" : "")}}
              family { {{families}} }
              {{(setup.ExtendedNextHop ? "nexthop { ipv4 unicast ipv6; }" : "")}}
              capability { route-refresh enable; {{(setup.ExtendedNextHop ? "nexthop enable;" : "")}} }
              api { processes [ watch ]; neighbor-changes; receive { parsed; update; } }
              {{(setup.Originates is { } prefix ? $"static {{ route {prefix} next-hop self; }}" : "")}}
            }

            """);
        string[] environment = ["exabgp.api.cli=false", "exabgp.daemon.user=root", "exabgp.daemon.drop=false", "exabgp.log.destination=stdout", .. setup.Dials ? [] : new[] { $"exabgp.tcp.bind={setup.Local}", "exabgp.tcp.port=179" }];
        Run("env", [.. environment, "exabgp", PathOf("exabgp.conf")]);
        WaitFor("ExaBGP runs", () => File.Exists(PathOf("messages")));
    }

    public override IReadOnlyDictionary<string, SeenRoute> Routes()
    {
        Dictionary<string, SeenRoute> routes = [];
        foreach (JsonElement message in Messages())
        {
            JsonElement neighbor = message.TryGetProperty("neighbor", out JsonElement of) ? of : default;
            if (TypeOf(message) == "state" && neighbor.GetProperty("state").GetString() != "up") routes.Clear();
            if (TypeOf(message) != "update" || !neighbor.GetProperty("message").TryGetProperty("update", out JsonElement update)) continue;
            if (update.TryGetProperty("withdraw", out JsonElement withdrawn))
                foreach (JsonElement route in withdrawn.EnumerateObject().SelectMany(family => family.Value.EnumerateArray())) routes.Remove(route.GetProperty("nlri").GetString()!);
            if (update.TryGetProperty("announce", out JsonElement announced))
                foreach (JsonProperty family in announced.EnumerateObject())
                {
                    // The same routes stand under each of their next hops.
                    string hops = string.Join(' ', family.Value.EnumerateObject().Select(h => h.Name));
                    foreach (JsonElement route in family.Value.EnumerateObject().SelectMany(h => h.Value.EnumerateArray())) routes[route.GetProperty("nlri").GetString()!] = Read(hops, update.GetProperty("attribute"));
                }
        }
        return routes;
    }

    public override void Refresh() => Control("announce route-refresh ipv4 unicast");

    public override void Shutdown() => Control($"neighbor {current.Node} teardown 2");

    public override string Describe() => File.Exists(PathOf("messages")) ? File.ReadAllText(PathOf("messages")) : "";

    private static string? TypeOf(JsonElement message) => message.GetProperty("type").GetString();

    private static SeenRoute Read(string hop, JsonElement attributes)
    {
        uint? Number(string name) => attributes.TryGetProperty(name, out JsonElement value) ? value.GetUInt32() : null;
        IEnumerable<string> Lists(string name) => attributes.TryGetProperty(name, out JsonElement value) ? value.EnumerateArray().Select(list => string.Join(':', list.EnumerateArray().Select(n => n.GetUInt32().ToString(CultureInfo.InvariantCulture)))) : [];
        string path = attributes.TryGetProperty("as-path", out JsonElement numbers) ? string.Join(' ', numbers.EnumerateArray().Select(n => n.GetUInt32())) : "";
        return new(hop, path, Number("local-preference"), Number("med"), string.Join(' ', Lists("community").Concat(Lists("large-community"))));
    }

    /// <summary>Whole lines only: the last one may be on its way.</summary>
    private List<JsonElement> Messages() => [.. Describe().Split('\n')[..^1].Where(l => l.StartsWith('{')).Select(l => JsonDocument.Parse(l).RootElement)];

    private void Control(string command) => File.AppendAllText(PathOf("commands"), command + "\n");
}
