using System.Text.Json.Nodes;
using LbSpeaker.Core.Net;
using LbSpeaker.Heartbeat;
using LbSpeaker.Lab.Api;
using LbSpeaker.Testing.Observability;
using LbSpeaker.Tests.Lab;

namespace LbSpeaker.Tests.Speaker;

/// <summary>Who owns an address when speakers come, go, are heard and are not, and when somebody moves it. Whole daemons against the embedded API server.</summary>
public sealed class OwnershipTests : IAsyncLifetime
{
    private static readonly string[] Nodes = ["n1", "n2", "n3"];

    private LabCluster lab = null!;

    public async Task InitializeAsync()
    {
        lab = await LabCluster.StartAsync();
        await lab.ApplyAsync(
            Objects.Pool("lan", "192.0.2.10-192.0.2.99"), Objects.Advertisement("all"), Objects.Service("web"), Objects.Slice("web", Nodes),
            Objects.Node("n1", "203.0.113.1"), Objects.Node("n2", "203.0.113.2"), Objects.Node("n3", "203.0.113.3"));
        lab.StartController("controller");
    }

    public async Task DisposeAsync() => await lab.DisposeAsync();

    /// <summary>The Lease of the dead one is fresh all the time: it is renewed as before.</summary>
    [Fact]
    public async Task Who_is_heard_no_more_loses_its_addresses_at_once_and_gets_none_back_when_it_is_heard_again()
    {
        LabSpeaker[] speakers = await StartAsync(Nodes);
        LabSpeaker owner = await OwnerAsync(speakers);
        LabSpeaker[] others = [.. speakers.Where(s => s != owner)];
        foreach (LabSpeaker other in others) other.Heartbeat.Say(owner.Name, MemberState.Dead);
        LabSpeaker next = await OwnerAsync(others);
        await lab.UntilAsync("the old one to be silent", () => owner.Answers.Count == 0);

        foreach (LabSpeaker other in others) other.Heartbeat.Say(owner.Name, MemberState.Alive);
        await lab.PassAsync(TimeSpan.FromSeconds(10));
        Assert.Equal([next.Name], Owners(speakers));
    }

    [Fact]
    public async Task Who_is_heard_keeps_its_addresses_although_it_cannot_renew_its_Lease()
    {
        LabSpeaker[] speakers = await StartAsync(Nodes);
        LabSpeaker owner = await OwnerAsync(speakers);
        lab.Faults.FailNext(int.MaxValue, 403, new RequestMatch("PATCH", "leases", Name: $"lbspeaker-speaker-{owner.Name}"));
        await lab.PassAsync(TimeSpan.FromSeconds(10));
        Assert.Equal([owner.Name], Owners(speakers));
    }

    /// <summary>Two nodes that do not hear each other and both reach the API server: what one writes of its own is not cleared away by the other again and again.</summary>
    [Fact]
    public async Task What_a_node_says_that_one_other_takes_for_dead_stays()
    {
        LabSpeaker[] speakers = await StartAsync("n1", "n2");
        // Not before: what n2 says while n1 knows of no speaker there is the word of one that is taken for dead.
        await lab.ApplyAsync(Objects.Service("web", spec: "externalTrafficPolicy: Local"), Objects.Slice("web", "n2"));
        await lab.UntilAsync("n2 to own it", () => StatusNodes.GetValueOrDefault("web") == "n2");
        await lab.QuietAsync(TimeSpan.FromSeconds(2));
        int before = Writes();
        speakers[0].Heartbeat.Say("n2", MemberState.Dead);
        await lab.UntilAsync("it to be cleared away, and written again", () => Writes() >= before + 2 && StatusNodes.GetValueOrDefault("web") == "n2");
        await lab.PassAsync(TimeSpan.FromSeconds(20));
        Assert.Equal(["n2"], Owners(speakers));
        Assert.InRange(Writes() - before, 2, 4);

        int Writes() => lab.Writes.Count(w => w.Path.Contains("servicel2statuses", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_node_that_joins_moves_nothing_until_it_is_asked_to()
    {
        LabSpeaker[] speakers = await StartAsync("n1", "n2");
        for (int i = 0; i < 9; i++) await lab.ApplyAsync(Objects.Service($"s{i}"), Objects.Slice($"s{i}", Nodes));
        await lab.UntilAsync("all to be owned and recorded", () => speakers.Sum(s => s.Answers.Count) == 10 && StatusNodes.Count == 10);
        SortedDictionary<string, string> before = StatusNodes;

        LabSpeaker third = lab.StartSpeaker("n3");
        await lab.UntilAsync("it to be ready", () => third.Work.NotReady is null);
        await lab.PassAsync(TimeSpan.FromSeconds(10));
        Assert.Equal(before, StatusNodes);
        Assert.Empty(third.Answers);

        // What comes now goes where there is room: of sixteen no node owns more than seven, and the first two had ten.
        for (int i = 0; i < 6; i++) await lab.ApplyAsync(Objects.Service($"new{i}"), Objects.Slice($"new{i}", Nodes));
        await lab.UntilAsync("the third to own some", () => StatusNodes.Count == 16 && third.Answers.Count >= 2 && speakers.All(s => s.Answers.Count <= 7));
    }

    [Fact]
    public async Task Where_the_advertisement_wants_it_the_nodes_come_to_own_evenly_by_themselves()
    {
        LabSpeaker[] speakers = await StartAsync("n1");
        for (int i = 0; i < 3; i++) await lab.ApplyAsync(Objects.Service($"s{i}"), Objects.Slice($"s{i}", Nodes));
        await lab.UntilAsync("all to be owned and recorded", () => speakers[0].Answers.Count == 4 && StatusNodes.Count == 4);
        LabSpeaker second = lab.StartSpeaker("n2");
        await lab.UntilAsync("it to be ready", () => second.Work.NotReady is null);
        await lab.ApplyAsync(Objects.Advertisement("all", "{rebalance: true}"));
        await lab.UntilAsync("both to own two", () => speakers[0].Answers.Count == 2 && second.Answers.Count == 2);
        await lab.UntilAsync("no annotation to be left", () => !lab.All("", "services").Any(s => s["metadata"]!["annotations"]?["lbspeaker.io/move-to"] is not null));
    }

    [Fact]
    public async Task A_move_that_is_asked_for_is_made_and_the_annotation_goes()
    {
        LabSpeaker[] speakers = await StartAsync(Nodes);
        LabSpeaker owner = await OwnerAsync(speakers);
        foreach (LabSpeaker to in speakers.Where(s => s != owner))
        {
            await MoveAsync(to.Name);
            await lab.UntilAsync($"{to.Name} to own it", () => Owners(speakers).SequenceEqual([to.Name]) && StatusNodes["web"] == to.Name);
            await lab.UntilAsync("the annotation to go", () => MoveTo is null);
        }
        await lab.UntilConditionAsync("web", "Announced", "True Announced: layer2 from node");
        Assert.DoesNotContain(lab.EventsOf("web"), e => e.Contains("MoveRefused", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Who_takes_addresses_over_counts_them_with_the_cause_and_nobody_else_does()
    {
        // It comes when all know of each other: of speakers that start beside it two may have it for a moment, and one takes it over.
        await lab.DeleteServiceAsync("web");
        LabSpeaker[] speakers = await StartAsync(Nodes);
        await lab.ApplyAsync(Objects.Service("web"));
        LabSpeaker first = await OwnerAsync(speakers);
        Assert.All(speakers, s => Assert.Equal("", Takeovers(s)));

        LabSpeaker second = speakers.First(s => s != first);
        await MoveAsync(second.Name);
        await lab.UntilAsync("the second to own it", () => StatusNodes.GetValueOrDefault("web") == second.Name && MoveTo is null);
        await lab.QuietAsync(TimeSpan.FromSeconds(2));
        second.Announcer.SetInterfaces();
        await lab.UntilAsync("another to own it", () => StatusNodes.GetValueOrDefault("web") is { } now && now != second.Name);
        LabSpeaker unfit = speakers.Single(s => s.Name == StatusNodes["web"]);
        await UntilAsync(second, "Moved 1");
        await UntilAsync(unfit, "OwnerUnfit 1");

        second.Announcer.SetInterfaces("eth0");
        await lab.QuietAsync(TimeSpan.FromSeconds(2));
        LabSpeaker[] rest = [.. speakers.Where(s => s != unfit)];
        await unfit.StopAsync();
        LabSpeaker heir = await OwnerAsync(rest);
        await UntilAsync(heir, heir == second ? "OwnerLeft 1; Moved 1" : "OwnerLeft 1");

        await lab.QuietAsync(TimeSpan.FromSeconds(2));
        LabSpeaker last = rest.Single(s => s != heir);
        last.Heartbeat.Say(heir.Name, MemberState.Dead);
        await OwnerAsync([last]);
        await UntilAsync(last, last == second ? "OwnerDead 1; Moved 1" : "OwnerDead 1");

        Task UntilAsync(LabSpeaker who, string counted) => lab.UntilAsync(() => Takeovers(who) == counted, () => $"{who.Name} counts \"{Takeovers(who)}\", expected \"{counted}\"");

        static string Takeovers(LabSpeaker of) => string.Join("; ", RecordedMetrics.Read(of.Metrics.Meter)
            .Where(m => m.Key.StartsWith("lbspeaker_speaker_takeovers_total", StringComparison.Ordinal) && m.Value > 0).Select(m => $"{m.Key.Split("cause=")[1].TrimEnd('}')} {m.Value}"));
    }

    [Fact]
    public async Task A_move_that_cannot_be_is_refused_with_the_reason()
    {
        LabSpeaker[] speakers = await StartAsync("n1", "n2");
        LabSpeaker owner = await OwnerAsync(speakers);
        foreach ((string node, string why) in ((string, string)[])[("n3", "NoLiveSpeaker"), ("n9", "no L2Advertisement lets it announce the Service, or there is no such node")])
        {
            await MoveAsync(node);
            await lab.UntilAsync("the annotation to go", () => MoveTo is null);
            await lab.UntilAsync("the event", () => lab.EventsOf("web").Contains($"Warning MoveRefused: the addresses do not move to node {node}: {why}"));
        }
        Assert.Equal([owner.Name], Owners(speakers));
    }

    [Fact]
    public async Task An_address_that_somebody_else_has_is_told_and_not_claimed_and_the_Service_gets_another_one()
    {
        await lab.DeleteServiceAsync("web");
        LabSpeaker speaker = (await StartAsync("n1"))[0];
        speaker.Announcer.SetForeign(IpAddress.Parse("192.0.2.10"));
        await lab.ApplyAsync(Objects.Service("web"));
        await lab.UntilAddressesAsync("web", "192.0.2.11");
        await lab.UntilConditionAsync("web", "Announced", "True");
        string[] expected = ["Warning AddressConflict: a host with the hardware address 02:00:00:00:00:99 on eth0 has 192.0.2.10 too; node n1 does not claim it", "Normal ClearAssignment: Given up 192.0.2.10: AddressQuarantined"];
        await lab.UntilAsync(() => expected.All(lab.EventsOf("web").Contains), () => $"the events are \"{string.Join("\", \"", lab.EventsOf("web"))}\"");

        // The next one is not sent after it; who asks for it keeps it, and is told.
        await lab.ApplyAsync(Objects.Service("next"), Objects.Slice("next", Nodes));
        await lab.UntilAddressesAsync("next", "192.0.2.12");
    }

    [Fact]
    public async Task Who_asked_for_an_address_that_somebody_else_has_keeps_it_and_has_it_when_that_one_is_gone()
    {
        await lab.DeleteServiceAsync("web");
        LabSpeaker speaker = (await StartAsync("n1"))[0];
        speaker.Announcer.SetForeign(IpAddress.Parse("192.0.2.10"));
        await lab.ApplyAsync(Objects.Service("web", spec: "loadBalancerIP: 192.0.2.10"));
        await lab.UntilConditionAsync("web", "Announced", "False AddressInUse: node n1 is to announce and does not: 192.0.2.10: a host with the hardware address 02:00:00:00:00:99 on eth0 has the address");
        Assert.Equal("192.0.2.10", lab.AddressesOf("web"));
        speaker.Announcer.SetForeign(null);
        await lab.UntilConditionAsync("web", "Announced", "True");
        Assert.Equal("192.0.2.10", lab.AddressesOf("web"));
    }

    [Fact]
    public async Task The_controller_makes_a_key_and_speakers_watch_each_other_with_it()
    {
        LabSpeaker[] speakers = await StartAsync(Nodes);
        await lab.UntilAsync("all to watch", () => speakers.All(s => s.Heartbeat.Plan is { Keys.Count: 1, Members.Count: 2 }));
        Assert.Single(speakers.Select(s => s.Heartbeat.Plan!.Keys[0]).Distinct());
        Assert.Equal([new("n2", IpAddress.Parse("203.0.113.2")), new("n3", IpAddress.Parse("203.0.113.3"))], speakers[0].Heartbeat.Plan!.Members);
        await lab.UntilAsync("the condition", () => Heartbeats("n1") == "True Heard: the speakers hear each other");

        // Without it the last one serves; a new one is accepted first, and signs when everybody has it.
        HeartbeatKey first = speakers[0].Heartbeat.Plan!.Keys[0];
        await lab.DeleteAsync("api/v1/namespaces/lbspeaker-system/secrets/lbspeaker-heartbeat");
        await lab.UntilAsync("that to be told", () => Heartbeats("n1").StartsWith("False NoHeartbeatKey", StringComparison.Ordinal));
        Assert.All(speakers, s => Assert.Equal([first], s.Heartbeat.Plan!.Keys));
        await lab.UntilAsync("a new key to be accepted", () => speakers.All(s => s.Heartbeat.Plan!.Keys is [var signs, _] && signs == first));
        await lab.UntilAsync("it to sign", () => speakers.All(s => s.Heartbeat.Plan!.Keys is [_, var accepted] && accepted == first));
        await lab.UntilAsync("the condition", () => Heartbeats("n1").StartsWith("True", StringComparison.Ordinal));
    }

    [Fact]
    public async Task That_no_heartbeat_comes_through_is_told()
    {
        LabSpeaker[] speakers = await StartAsync(Nodes);
        speakers[0].Heartbeat.Say("n2", MemberState.Unheard);
        await lab.UntilAsync("the condition", () => Heartbeats("n1").StartsWith("False NotHeard: no heartbeat comes through from n2;", StringComparison.Ordinal));
        speakers[0].Heartbeat.Say("n2", MemberState.Alive);
        await lab.UntilAsync("the condition", () => Heartbeats("n1").StartsWith("True", StringComparison.Ordinal));
    }

    private SortedDictionary<string, string> StatusNodes => new(
        lab.All("metallb.io", "servicel2statuses").Where(s => s["status"]?["node"] is not null).ToDictionary(s => s["status"]!["serviceName"]!.GetValue<string>(), s => s["status"]!["node"]!.GetValue<string>()), StringComparer.Ordinal);

    private string? MoveTo => lab.Service("web")["metadata"]!["annotations"]?["lbspeaker.io/move-to"]?.GetValue<string>();

    private string Heartbeats(string node) => lab.Find("lbspeaker.io", "nodestates", "lbspeaker-system", node) is { } state ? LabCluster.Condition(state, "Heartbeats") : "";

    private static IEnumerable<string> Owners(LabSpeaker[] speakers) => speakers.Where(s => s.Answers.Count > 0).Select(s => s.Name);

    private Task MoveAsync(string node) => lab.PatchServiceAsync("web", new JsonObject { ["metadata"] = new JsonObject { ["annotations"] = new JsonObject { ["lbspeaker.io/move-to"] = node } } }.ToJsonString());

    /// <summary>Speakers that are ready and hear each other.</summary>
    private async Task<LabSpeaker[]> StartAsync(params string[] nodes)
    {
        LabSpeaker[] speakers = [.. nodes.Select(n => lab.StartSpeaker(n))];
        await lab.UntilAsync("all to be ready", () => speakers.All(s => s.Work.NotReady is null));
        string all = $"Info live speakers: {string.Join(", ", nodes)}";
        await lab.UntilAsync("all to know each other", () => speakers.All(s => lab.Log.Lines.Any(l => l.EndsWith($" {s.Name}: {all}", StringComparison.Ordinal))));
        foreach (LabSpeaker speaker in speakers)
            foreach (LabSpeaker other in speakers)
                if (other != speaker) speaker.Heartbeat.Say(other.Name, MemberState.Alive);
        return speakers;
    }

    private async Task<LabSpeaker> OwnerAsync(LabSpeaker[] speakers)
    {
        await lab.UntilAsync("one alone to answer, and that to be recorded", () => Owners(speakers).Count() == 1 && StatusNodes.GetValueOrDefault("web") == Owners(speakers).Single());
        return speakers.Single(s => s.Answers.Count > 0);
    }
}
