using System.Globalization;
using LbSpeaker.Core.Announcement;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Reports;
using LbSpeaker.Core.Values;
using LbSpeaker.Layer2.Answering;
using LbSpeaker.Layer2.Capture;
using LbSpeaker.Layer2.Claiming;

namespace LbSpeaker.Layer2.Tests.Claiming;

/// <summary>
/// The files below Cases/Claims: what happens to one address, each with its time in milliseconds, and indented below it what comes of that.
/// </summary>
public sealed class ClaimScenarioTests
{
    private const string Node = "node";

    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Cases", "Claims");
    private static readonly Dictionary<string, MacAddress> Hosts = new(StringComparer.Ordinal)
    {
        ["before"] = Segment.Mac("02:00:00:00:00:f1"),
        ["after"] = Segment.Mac("02:00:00:00:00:f2"),
        ["stranger"] = Segment.Client,
    };

    private readonly Claims claims = new(new ClaimOptions(), TimeSpan.FromMilliseconds(20), new Middle());
    private readonly List<string> lines = [];
    private Layer2Plan plan = Layer2Plan.Empty;
    private int reach = 1;
    private string state = "silent";
    private TimeSpan now;

    public static TheoryData<string> Scenarios() => [.. Directory.GetFiles(Folder, "*.txt").Select(f => Path.GetFileNameWithoutExtension(f)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Scenarios))]
    public void What_happens_to_an_address_has_exactly_this_course(string name)
    {
        string[] expected = File.ReadAllLines(Path.Combine(Folder, name + ".txt"));
        foreach (string line in expected)
            if (line.StartsWith('#')) lines.Add(line);
            else if (line.Length > 0 && line[0] != ' ') Happen(line);
        Assert.Equal(string.Join('\n', expected), string.Join('\n', lines));
    }

    /// <summary>So that no scenario is written with a stage left out.</summary>
    [Fact]
    public void The_scenarios_show_every_conflict_and_every_reason_for_silence()
    {
        string all = string.Concat(Directory.GetFiles(Folder, "*.txt").Select(File.ReadAllText));
        foreach (string word in Enum.GetNames<ConflictOutcome>().Concat([nameof(UnreachableReason.InUse), nameof(UnreachableReason.Yielded), nameof(UnreachableReason.Probing), "handed over"]))
            Assert.Contains(word, all, StringComparison.Ordinal);
    }

    /// <summary>"TIME event".</summary>
    private void Happen(string line)
    {
        string[] words = line.Split(' ');
        TimeSpan until = TimeSpan.FromMilliseconds(int.Parse(words[0], CultureInfo.InvariantCulture));
        while (claims.NextDue <= until)
        {
            if (claims.NextDue > now) now = claims.NextDue.Value;
            Advance();
        }
        now = until;
        lines.Add(line);
        switch (words[1..])
        {
            case ["plan", "none"]:
                Follow(plan with { Addresses = plan.Addresses.Clear() });
                break;
            case ["plan", string role, "from", string who]:
                Plan(new Layer2Duty([], Enum.Parse<Layer2Role>(role), Ranked(who)));
                break;
            case ["plan", string role, .. string[] interfaces]:
                Plan(new Layer2Duty(interfaces.ToValueArray(), Enum.Parse<Layer2Role>(role)));
                break;
            case ["interfaces", string count]:
                reach = int.Parse(count, CultureInfo.InvariantCulture);
                Follow(plan);
                break;
            case ["hears", "others", "again"]:
                Follow(plan with { IsCutOff = false });
                break;
            case ["hears", string how, string who]:
                MacAddress mac = Hosts.TryGetValue(who, out MacAddress known) ? known : Segment.Mac(who);
                (bool announce, ConflictOutcome? conflict) = claims.Hear(new(new Sighting(Segment.IPv4, mac, Enum.Parse<HeardBy>(how)), "eth0"), now, DateTimeOffset.UnixEpoch + now);
                if (announce) Tell("announces");
                if (conflict is { } outcome) Tell($"counts {outcome}");
                Look();
                break;
            case ["stood", "still"]:
                claims.StoodStill(now);
                Look();
                break;
            case ["cut", "off"]:
                Follow(plan with { IsCutOff = true });
                break;
            case ["end"]:
                break;
            default:
                throw new FormatException(line);
        }
        while (claims.NextDue <= now) Advance();
    }

    /// <summary>The node of "before" or "after".</summary>
    private static string Ranked(string who) => Enumerable.Range(0, 100).Select(i => $"node-{i}").First(n => OwnerElection.Outranks(n, Node, Segment.IPv4) == (who == "before"));

    private void Plan(Layer2Duty duty) => Follow(new(
        plan.Addresses.SetItem(Segment.IPv4, duty), plan.Fellows.SetItem(Hosts["before"], Ranked("before")).SetItem(Hosts["after"], Ranked("after")), Node) { IsCutOff = plan.IsCutOff });

    private void Follow(Layer2Plan next)
    {
        plan = next;
        claims.Follow(plan, (_, _) => reach, now);
        Look();
    }

    private void Advance()
    {
        foreach (IpAddress asked in claims.Advance(now)) Tell($"asks for {asked}");
        Look();
    }

    /// <summary>Tells what can be seen from outside, where it is not as before.</summary>
    private void Look()
    {
        string seen = !plan.Addresses.ContainsKey(Segment.IPv4) ? "silent" : claims.IsHandedOver(Segment.IPv4) ? "handed over" : claims.IsAnnounced(Segment.IPv4) ? "answered and announced"
            : claims.IsAnswered(Segment.IPv4) ? "answered" : claims.WhySilent(Segment.IPv4) is { } why ? $"silent: {why}" : "silent";
        foreach (AddressConflict c in claims.Conflicts)
            seen += $", {c.Outcome} {Hosts.FirstOrDefault(h => h.Value == c.Mac).Key ?? c.Mac.ToString()} since {(c.Since - DateTimeOffset.UnixEpoch).TotalMilliseconds}";
        bool changed = claims.TakeChange();
        if (seen == state) return;
        Assert.True(changed);
        state = seen;
        Tell(seen);
    }

    private void Tell(string what) => lines.Add(string.Create(CultureInfo.InvariantCulture, $"    {now.TotalMilliseconds} {what}"));

    /// <summary>Varies nothing.</summary>
    private sealed class Middle : Random
    {
        public override double NextDouble() => 0.5;
    }
}
