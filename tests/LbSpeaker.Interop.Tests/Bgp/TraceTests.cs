using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using LbSpeaker.Interop.Tests.Bgp.Routers;
using LbSpeaker.Testing.Network;

namespace LbSpeaker.Interop.Tests.Bgp;

/// <summary>What <c>lbspeaker trace</c> tells of a session with BFD from its first word to its last, by the processes that people run; and what Wireshark reads in its file.</summary>
public sealed partial class TraceTests
{
    private const string One = "203.0.113.1", Two = "203.0.113.2", Six = "2001:db8:1::1", Theirs = "198.51.100.0/24", Password = "open-sesame";

    private static readonly string[] Families = ["ipv4-unicast", "ipv6-unicast"], Messages = ["", "OPEN", "UPDATE", "NOTIFICATION", "KEEPALIVE", "ROUTE-REFRESH"], States = ["AdminDown", "Down", "Init", "Up"];

    [NetworkFact("bird", "birdc", "tshark")]
    public void A_session_with_BIRD_is_told_as_it_was() => IsTold(lab => new Bird(lab));

    [NetworkFact("vtysh", "tshark")]
    public void A_session_with_FRR_is_told_as_it_was() => IsTold(lab => new Frr(lab));

    private static void IsTold(Func<Lab, Router> daemon)
    {
        using Lab lab = new();
        using Router router = daemon(lab);
        router.Start(new() { IPv6 = true, Bfd = BfdUse.Plain, Password = Password, Originates = Theirs });
        using SpeakerProcess speaker = new(lab, $"dualStackAddressFamily: true, password: {Password}, bfdProfile: calm", One, Two, Six);
        router.WaitRoutes($"{One}/32", $"{Two}/32", $"{Six}/128");
        router.WaitFor("BFD is up", () => router.IsBfdUp);
        foreach (string family in Families)
            Eventually.True($"the router has said all it has for {family}", Speaker.Patience, () => Told(speaker, Lab.RouterIPv4).Any(t => t.Direction == "In" && t.Text.EndsWith($"UPDATE End-of-RIB {family}", StringComparison.Ordinal)));
        speaker.Delete(One);
        speaker.Delete(Six);
        router.WaitRoutes($"{Two}/32");
        router.Shutdown();
        Eventually.True("the end of the session is told", Speaker.Patience, () => Told(speaker, Lab.RouterIPv4).Any(t => t is { Direction: "In", Says: "NOTIFICATION" }));
        // FRR's BFD goes on without a session.
        router.Kill();
        Eventually.True("the end of the path is told", Speaker.Patience, () => Told(speaker, Lab.RouterIPv4).Any(t => t.Says == "Down" && t.Text.Contains("ControlDetectionTimeExpired", StringComparison.Ordinal)));

        string file = Path.Combine(lab.Folder, "trace.pcapng");
        speaker.Trace(Lab.RouterIPv4, "-w", file);
        Packet[] told = Told(speaker, Lab.RouterIPv4);
        AssertBgp(told);
        AssertBfd(told);
        AssertFilter(speaker, told);
        AssertDissected(file, told);
        Assert.DoesNotContain(Password, speaker.Trace(Lab.RouterIPv4), StringComparison.Ordinal);
        Assert.DoesNotContain(Convert.ToHexStringLower(Encoding.ASCII.GetBytes(Password)), string.Concat(told.Select(t => t.Octets)), StringComparison.Ordinal);
    }

    /// <summary>Of the connection that the routes went over; one before it may have failed, since BFD begins by itself.</summary>
    private static void AssertBgp(Packet[] told)
    {
        Packet[] session = [.. told.Where(t => t.Kind == "Bgp").SkipWhile(t => t.Says != "OPEN")];
        Assert.All(session, t => Assert.Equal(t.Direction == "In" ? ("Taken", "") : ("Sent", ""), (t.Outcome, t.Reason)));
        Assert.All(session, t => Assert.StartsWith(t.Direction == "In" ? $"BGP from {Lab.RouterIPv4} to {Lab.NodeIPv4}: " : $"BGP from {Lab.NodeIPv4} to {Lab.RouterIPv4}: ", t.Text, StringComparison.Ordinal));
        string[] sent = [.. session.Where(t => t.Direction == "Out").Select(t => t.Text.Split(": ", 2)[1])], heard = [.. session.Where(t => t.Direction == "In").Select(t => t.Text.Split(": ", 2)[1])];
        AssertInOrder(sent, "OPEN as 65000 hold 90 id 192.0.2.1 [", "KEEPALIVE", $"{Two}/32", "UPDATE End-of-RIB ipv4-unicast", $"UPDATE withdrawn [{One}/32]");
        AssertInOrder(sent, "OPEN", $"{Six}/128", "UPDATE End-of-RIB ipv6-unicast", $"MP_UNREACH_NLRI ipv6-unicast [{Six}/128]");
        AssertInOrder(heard, "OPEN as 65001 hold 90 id 192.0.2.2 [", "KEEPALIVE", $"nlri [{Theirs}]", "NOTIFICATION 6/2 AdministrativeShutdown \"maintenance at midnight\"");
    }

    private static void AssertBfd(Packet[] told)
    {
        Packet[] packets = [.. told.Where(t => t.Kind == "Bfd")];
        Assert.Equal(("Out", "Down", "Sent"), (packets[0].Direction, packets[0].Says, packets[0].Outcome));
        // What came and changed the state is followed by what was said from then on.
        Assert.Contains(packets.Zip(packets.Skip(1)), p => p.First is { Direction: "In", Outcome: "Taken", Reason: "Up" } && p.Second is { Direction: "Out", Says: "Up" or "Up Final", Outcome: "Sent" });
        // Both sides go from a second to 200 ms once they are up, and ask whether that was heard.
        foreach ((string asks, string answers) in ((string, string)[])[("In", "Out"), ("Out", "In")])
            Assert.Contains(packets.Zip(packets.Skip(1)), p => p.First.Direction == asks && p.First.Says == "Up Poll" && p.Second.Direction == answers && p.Second.Says == "Up Final");
    }

    private static void AssertFilter(SpeakerProcess speaker, Packet[] told)
    {
        Packet[] updates = [.. told.Where(t => t.Says == "UPDATE")];
        foreach (string address in (string[])[One, Two, Six, "198.51.100.7"])
        {
            string route = address == "198.51.100.7" ? Theirs : $"{address}/{(address == Six ? 128 : 32)}";
            Packet[] about = [.. updates.Where(t => t.Routes.Contains(route))];
            Assert.NotEmpty(about);
            Assert.Equal(about, Told(speaker, address));
        }
        Assert.Empty(Told(speaker, "203.0.113.3"));
        // This node's is one end of all; the first packets of BFD go before it is known.
        Packet[] known = [.. told.Where(t => !t.Text.StartsWith("BFD from 0.0.0.0", StringComparison.Ordinal))];
        Assert.Equal(known, Told(speaker, Lab.NodeIPv4).Take(known.Length));
    }

    /// <param name="told">What was told later: there may be more of it.</param>
    private static void AssertDissected(string file, Packet[] told)
    {
        string[] prefixes = ["bgp.nlri_prefix", "bgp.withdrawn_prefix", "bgp.mp_reach_nlri_ipv4_prefix", "bgp.mp_reach_nlri_ipv6_prefix", "bgp.mp_unreach_nlri_ipv4_prefix", "bgp.mp_unreach_nlri_ipv6_prefix"];
        string[] fields = ["frame.packet_flags_direction", "bgp.type", "bfd.sta", "bfd.flags.p", "bfd.flags.f", .. prefixes];
        string output = Command.Run("tshark", ["-r", file, "-T", "fields", "-E", "separator=|", .. fields.SelectMany(f => (string[])["-e", f])]);
        string[] read = [.. output.Split('\n').Where(l => l.StartsWith("0x", StringComparison.Ordinal)).Select(l => Line(l.Split('|')))];
        Assert.NotEmpty(read);
        Assert.Equal(told.Take(read.Length).Select(t => $"{t.Direction} {t.Says} {string.Join(' ', t.Routes.Select(r => r.Split('/')[0]).Order(StringComparer.Ordinal))}"), read);
        string faults = Command.Run("tshark", "-r", file, "-Y", "_ws.malformed || _ws.expert.severity >= warning || !(bgp || bfd)");
        Assert.False(faults.Split('\n').Any(l => l.Contains('→', StringComparison.Ordinal)), faults);

        static string Line(string[] fields)
        {
            string says = fields[1].Length > 0 ? string.Join(' ', fields[1].Split(',').Select(t => Messages[int.Parse(t, CultureInfo.InvariantCulture)]))
                : $"{States[Convert.ToInt32(fields[2], 16)]}{(fields[3] == "1" ? " Poll" : "")}{(fields[4] == "1" ? " Final" : "")}";
            return $"{(fields[0] == "0x00000001" ? "In" : "Out")} {says} {string.Join(' ', fields[5..].SelectMany(f => f.Split(',', StringSplitOptions.RemoveEmptyEntries)).Order(StringComparer.Ordinal))}";
        }
    }

    private static void AssertInOrder(string[] lines, params ReadOnlySpan<string> parts)
    {
        int at = 0;
        foreach (string part in parts)
        {
            int found = Array.FindIndex(lines, at, l => l.Contains(part, StringComparison.Ordinal));
            Assert.True(found >= 0, $"\"{part}\" is not behind line {at} of\n{string.Join('\n', lines)}");
            at = found + 1;
        }
    }

    private static Packet[] Told(SpeakerProcess speaker, string address) => [.. speaker.Trace(address, "-o", "json").Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Packet.Read)];

    private sealed partial record Packet(long Number, string Kind, string Direction, string Outcome, string Reason, string Text, string Octets)
    {
        /// <summary>The type of a message; the state, Poll and Final of a control packet.</summary>
        public string Says => Kind == "Bgp" ? Text.Split(": ", 2)[1].Split(' ')[0] : StatePattern().Match(Text) is var m ? $"{m.Groups[1].Value}{(m.Groups[2].Success ? " Poll" : "")}{(m.Groups[3].Success ? " Final" : "")}" : "";

        /// <summary>In the order in which they stand there.</summary>
        public IEnumerable<string> Routes => Kind == "Bgp" ? RoutePattern().Matches(Text).Select(m => m.Value) : [];

        public static Packet Read(string line)
        {
            using JsonDocument json = JsonDocument.Parse(line);
            string Of(string name) => json.RootElement.GetProperty(name).GetString()!;
            return new(json.RootElement.GetProperty("number").GetInt64(), Of("kind"), Of("direction"), Of("outcome"), Of("reason"), Of("text"), Of("octets"));
        }

        [GeneratedRegex(@": (\w+), \w+(, Poll)?(, Final)?,")]
        private static partial Regex StatePattern();

        [GeneratedRegex(@"[0-9a-f:]+[.:][0-9a-f.:]*/\d+")]
        private static partial Regex RoutePattern();
    }
}
