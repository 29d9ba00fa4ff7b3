using LbSpeaker.Bfd;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Values;
using LbSpeaker.Heartbeat.Judging;
using LbSpeaker.Heartbeat.Wire;

namespace LbSpeaker.Heartbeat.Tests.Judging;

/// <summary>One speaker, node-a, and what happens to it.</summary>
public sealed class MembershipTests
{
    private static readonly HeartbeatSettings Settings = HeartbeatSettings.Default;
    private static readonly HeartbeatKey Key = new(1, new SecretOctets("a secret of the cluster"u8));
    private MembershipState state = MembershipState.Create(100);
    private TimeSpan now = TimeSpan.FromHours(1);
    private readonly List<Outgoing> outgoing = [];
    private readonly Dictionary<string, IpAddress> addresses = [];

    [Fact]
    public void A_node_that_was_never_heard_is_no_dead_one()
    {
        Plan("node-b");
        Assert.Equal(new(MemberState.Unheard, false), state.ViewOf("node-b"));
        Down("node-b", DownReason.NotYetUp);
        Assert.Equal(new(MemberState.Unheard, false), state.ViewOf("node-b"));
        Assert.Equal("no heartbeat came through yet", Assert.Single(state.Report()).Detail);
    }

    [Theory]
    [InlineData(DownReason.DetectionTimeExpired)]
    [InlineData(DownReason.NeighborDown)]
    public void Of_two_nodes_the_other_is_dead_at_once(DownReason reason)
    {
        Plan("node-b");
        Up("node-b");
        Assert.Equal(MemberState.Alive, state.ViewOf("node-b").State);
        Assert.Equal(new(MemberState.Dead, false), Down("node-b", reason));
        Up("node-b");
        Assert.Equal(MemberState.Alive, state.ViewOf("node-b").State);
    }

    [Fact]
    public void Whoever_could_hear_it_is_asked_and_it_lives_while_one_does()
    {
        Plan("node-b", "node-c", "node-d");
        Up("node-b", "node-c", "node-d");
        Assert.Equal(MemberState.Suspected, Down("node-d", DownReason.DetectionTimeExpired).State);
        ulong inquiry = state.Watched["node-d"].Inquiry!.Number;
        Assert.Equal([new("node-b", new HeartbeatMessage.Ask(inquiry, "node-d")), new("node-c", new HeartbeatMessage.Ask(inquiry, "node-d"))], outgoing);

        Receive("node-b", new HeartbeatMessage.Answer(inquiry, "node-d", false));
        Assert.Equal(MemberState.Suspected, state.ViewOf("node-d").State);
        Receive("node-c", new HeartbeatMessage.Answer(inquiry, "node-d", true));
        Assert.Equal(new(MemberState.Alive, true), state.ViewOf("node-d"));

        // The witness asks us itself: it hears nothing any more. The other one's word is old by now.
        Wait(Settings.WitnessInterval + TimeSpan.FromMilliseconds(1));
        Receive("node-c", new HeartbeatMessage.Ask(5, "node-d"));
        Assert.Equal([new("node-c", new HeartbeatMessage.Answer(5, "node-d", false)), new("node-b", new HeartbeatMessage.Ask(inquiry, "node-d"))], outgoing.Where(o => o.Message is not HeartbeatMessage.Notice));
        Assert.Equal(MemberState.Suspected, state.ViewOf("node-d").State);
        Receive("node-b", new HeartbeatMessage.Answer(inquiry, "node-d", false));
        Assert.Equal(new(MemberState.Dead, false), state.ViewOf("node-d"));
        Rumor told = new("node-d", 2, Standing.Dead);
        Assert.Equal([Notice("node-b", told), Notice("node-c", told)], outgoing.Where(o => o.Message is HeartbeatMessage.Notice n && n.Rumors.Contains(told)).Select(o => o with { Message = new HeartbeatMessage.Notice([told]) }));
    }

    [Fact]
    public void Silence_is_an_answer_after_a_few_asks()
    {
        Plan("node-b", "node-c");
        Up("node-b", "node-c");
        while (state.NextDue < TimeSpan.MaxValue) Expire();
        Down("node-c", DownReason.DetectionTimeExpired);
        TimeSpan waited = TimeSpan.Zero;
        for (int asks = 1; asks < Settings.AskLimit; asks++)
        {
            waited += Expire();
            Assert.IsType<HeartbeatMessage.Ask>(Assert.Single(outgoing).Message);
            Assert.Equal(MemberState.Suspected, state.ViewOf("node-c").State);
        }
        waited += Expire();
        Assert.Equal(MemberState.Dead, state.ViewOf("node-c").State);
        Assert.Equal(Settings.AskInterval * Settings.AskLimit, waited);
    }

    [Fact]
    public void An_answer_to_another_question_is_none()
    {
        Plan("node-b", "node-c", "node-d");
        Up("node-b", "node-c");
        Down("node-c", DownReason.DetectionTimeExpired);
        ulong inquiry = state.Watched["node-c"].Inquiry!.Number;
        Receive("node-b", new HeartbeatMessage.Answer(inquiry - 1, "node-c", true));
        // Nobody asked this one, for it is not heard.
        Receive("node-d", new HeartbeatMessage.Answer(inquiry, "node-c", true));
        Assert.Equal(MemberState.Suspected, state.ViewOf("node-c").State);
    }

    [Fact]
    public void A_witness_is_asked_again_every_so_often_and_counts_while_it_answers()
    {
        Plan("node-b", "node-c");
        Up("node-b", "node-c");
        Down("node-c", DownReason.DetectionTimeExpired);
        ulong inquiry = state.Watched["node-c"].Inquiry!.Number;
        Receive("node-b", new HeartbeatMessage.Answer(inquiry, "node-c", true));
        for (int round = 0; round < 5; round++)
        {
            while (!outgoing.Any(o => o.Message is HeartbeatMessage.Ask)) Assert.True(Expire() <= Settings.WitnessInterval);
            Assert.Equal(new(MemberState.Alive, true), state.ViewOf("node-c"));
            Receive("node-b", new HeartbeatMessage.Answer(inquiry, "node-c", true));
        }
        // The witness itself is lost: nobody is left to be asked.
        Assert.Equal(MemberState.Dead, Down("node-b", DownReason.DetectionTimeExpired).State);
        Assert.Equal(MemberState.Dead, state.ViewOf("node-c").State);
    }

    [Fact]
    public void Who_leaves_stays_so_until_it_is_back()
    {
        Plan("node-b", "node-c");
        Up("node-b", "node-c");
        Assert.Equal(MemberState.Leaving, Down("node-b", DownReason.NeighborAdminDown).State);
        Assert.Contains(Notice("node-c", new("node-b", 2, Standing.Leaving)), outgoing.Select(OnlyOf("node-b")));
        Assert.Equal(MemberState.Leaving, Down("node-b", DownReason.DetectionTimeExpired).State);
        Up("node-b");
        Assert.Equal(MemberState.Alive, state.ViewOf("node-b").State);
    }

    [Fact]
    public void Who_is_told_to_leave_does_so_while_it_is_still_heard()
    {
        Plan("node-b", "node-c");
        Up("node-b", "node-c");
        Receive("node-c", new HeartbeatMessage.Notice([new("node-b", 2, Standing.Leaving)]));
        Assert.Equal(MemberState.Leaving, state.ViewOf("node-b").State);
        Assert.Equal(MemberState.Leaving, Down("node-b", DownReason.DetectionTimeExpired).State);
    }

    [Fact]
    public void This_node_tells_all_that_it_leaves_and_watches_nobody_then()
    {
        Plan("node-b", "node-c");
        Up("node-b", "node-c");
        Step(new MembershipEvent.PlanChanged(At, state.Roster.Plan with { Leaving = true }));
        Assert.Equal(["node-b", "node-c"], outgoing.Where(o => o.Message is HeartbeatMessage.Notice n && n.Rumors.Contains(new("node-a", 1, Standing.Leaving))).Select(o => o.To));
        Assert.All(state.Report(), m => Assert.Equal(MemberState.Unheard, m.State));
        Step(new MembershipEvent.Received(At, "node-b", new HeartbeatMessage.Ask(1, "node-c")));
        Assert.Equal([new("node-b", new HeartbeatMessage.Answer(1, "node-c", false))], outgoing);
    }

    [Fact]
    public void Who_is_said_to_be_dead_and_is_heard_is_spoken_for_after_an_interval()
    {
        Plan("node-b", "node-c");
        Up("node-b", "node-c");
        while (state.NextDue < TimeSpan.MaxValue) Expire();
        Receive("node-b", new HeartbeatMessage.Notice([new("node-c", 7, Standing.Dead)]));
        Assert.Equal(new(MemberState.Alive, false), state.ViewOf("node-c"));
        TimeSpan waited = default;
        while (!outgoing.Any(o => OnlyOf("node-c")(o) == Notice("node-b", new("node-c", 8, Standing.Alive)))) waited += Expire();
        Assert.True(waited >= Settings.Interval.ToTimeSpan());
    }

    [Fact]
    public void Who_was_never_heard_is_as_others_tell_and_unknown_when_none_is_left_to_tell()
    {
        Plan("node-b", "node-c");
        Up("node-b");
        Receive("node-b", new HeartbeatMessage.Notice([new("node-c", 1, Standing.Alive)]));
        Assert.Equal(new(MemberState.Alive, true), state.ViewOf("node-c"));
        // Whoever says so may not have reached those who hear it.
        Receive("node-b", new HeartbeatMessage.Notice([new("node-c", 2, Standing.Dead)]));
        Assert.Equal(MemberState.Suspected, state.ViewOf("node-c").State);
        Receive("node-b", new HeartbeatMessage.Answer(state.Watched["node-c"].Inquiry!.Number, "node-c", false));
        Assert.Equal(MemberState.Dead, state.ViewOf("node-c").State);
        Receive("node-b", new HeartbeatMessage.Notice([new("node-c", 3, Standing.Alive)]));
        // An earlier one comes late.
        Receive("node-b", new HeartbeatMessage.Notice([new("node-c", 2, Standing.Dead)]));
        Assert.Equal(new(MemberState.Alive, true), state.ViewOf("node-c"));
        Down("node-b", DownReason.DetectionTimeExpired);
        Assert.Equal(MemberState.Unheard, state.ViewOf("node-c").State);
    }

    [Fact]
    public void News_is_passed_on_once()
    {
        Plan("node-b", "node-c");
        Up("node-b", "node-c");
        while (state.NextDue < TimeSpan.MaxValue) Expire();
        HeartbeatMessage notice = new HeartbeatMessage.Notice([new("node-z", 3, Standing.Dead)]);
        Receive("node-b", notice);
        Assert.Equal([new("node-b", notice), new("node-c", notice)], outgoing);
        Receive("node-c", notice);
        Receive("node-b", notice);
        Assert.Empty(outgoing);
        Assert.Equal(TimeSpan.MaxValue, state.NextDue);
    }

    [Fact]
    public void A_plan_that_says_the_same_of_a_node_leaves_it_as_it_is()
    {
        Plan("node-b", "node-c");
        Up("node-b", "node-c");
        Plan("node-c", "node-d");
        Assert.Equal(["node-c Alive", "node-d Unheard"], state.Report().Select(m => $"{m.Node} {m.State}"));
        HeartbeatPlan moved = state.Roster.Plan with { Members = [new("node-c", IpAddress.Parse("192.0.2.99")), new("node-d", AddressOf("node-d"))] };
        Step(new MembershipEvent.PlanChanged(At, moved));
        Assert.Equal(PathState.Silent, state.Watched["node-c"].Path);
        Step(new MembershipEvent.PlanChanged(At, moved with { Keys = [] }));
        Assert.Equal(["node-c Unheard", "node-d Unheard"], state.Report().Select(m => $"{m.Node} {m.State}"));
    }

    /// <summary>Sixty nodes, of which this one watches sixteen.</summary>
    [Fact]
    public void A_new_neighbor_is_told_all_that_is_known_though_the_plan_changes_meanwhile()
    {
        string[] peers = [.. Enumerable.Range(0, 60).Select(i => $"peer-{i}")];
        Plan(peers);
        string neighbor = state.Roster.Watched[0];
        foreach (string peer in peers) Receive(state.Roster.Watched[1], new HeartbeatMessage.Notice([new(peer, 3, Standing.Alive)]));
        while (state.NextDue < TimeSpan.MaxValue) Expire();
        Up(neighbor);
        HashSet<string> told = [];
        void Hear() => told.UnionWith(outgoing.Where(o => o.To == neighbor).Select(o => o.Message).OfType<HeartbeatMessage.Notice>().SelectMany(n => n.Rumors).Select(r => r.Subject));
        Hear();
        Assert.True(told.Count < peers.Length);
        Step(new MembershipEvent.PlanChanged(At, state.Roster.Plan with { Members = state.Roster.Plan.Members.Append(new("one-more", AddressOf("one-more"))).ToValueArray() }));
        Assert.Contains(neighbor, state.Roster.Watched);
        while (state.NextDue < TimeSpan.MaxValue)
        {
            Expire();
            Hear();
        }
        Assert.Superset(peers.ToHashSet(), told);
    }

    [Fact]
    public void This_node_denies_that_it_leaves_where_it_does_not()
    {
        Plan("node-b", "node-c");
        Up("node-b", "node-c");
        Receive("node-b", new HeartbeatMessage.Notice([new("node-a", 4, Standing.Leaving)]));
        Assert.Contains(Notice("node-c", new("node-a", 5, Standing.Alive)), outgoing.Select(OnlyOf("node-a")));
    }

    [Fact]
    public void A_member_is_unheard_since_it_is_one()
    {
        Plan([.. Enumerable.Range(0, 60).Select(i => $"peer-{i}")]);
        DateTimeOffset first = At.WallClock;
        now += TimeSpan.FromMinutes(1);
        Plan([.. Enumerable.Range(0, 61).Select(i => $"peer-{i}")]);
        Assert.All(state.Report().Where(m => m.Node != "peer-60" && state.Watched.GetValueOrDefault(m.Node) is null), m => Assert.Equal(first, m.Since));
        Assert.Equal(At.WallClock, state.Report().Single(m => m.Node == "peer-60").Since);
    }

    [Fact]
    public void What_keeps_heartbeats_away_stands_in_the_detail()
    {
        Plan("node-b");
        Step(new MembershipEvent.FaultChanged(At, "node-b", BfdFault.PortInUse));
        Assert.Equal("no heartbeat came through yet; heartbeats cannot be sent or heard: PortInUse", Assert.Single(state.Report()).Detail);
    }

    [Fact]
    public void Where_heartbeats_come_through_and_nothing_else_the_detail_says_so()
    {
        Plan("node-b");
        Up("node-b");
        Assert.Equal("heartbeats alone have come from it so far, and no datagram", Assert.Single(state.Report()).Detail);
        Receive("node-b", new HeartbeatMessage.Notice([new("node-b", 1, Standing.Alive)]));
        Assert.Equal("", Assert.Single(state.Report()).Detail);
    }

    [Fact]
    public void On_a_ring_who_closes_a_session_and_is_heard_elsewhere_has_not_left()
    {
        Plan([.. Enumerable.Range(0, 60).Select(i => $"peer-{i}")]);
        string[] watched = [.. state.Roster.Watched];
        Assert.Equal(16, watched.Length);
        Up(watched);
        Down(watched[0], DownReason.NeighborAdminDown);
        string witness = outgoing.First(o => o.Message is HeartbeatMessage.Ask).To;
        Receive(witness, new HeartbeatMessage.Answer(state.Watched[watched[0]].Inquiry!.Number, watched[0], true));
        Assert.Equal(MemberState.Alive, state.ViewOf(watched[0]).State);

        Down(watched[1], DownReason.NeighborAdminDown);
        while (state.Watched[watched[1]].Inquiry is not null) Expire();
        Assert.Equal(MemberState.Leaving, state.ViewOf(watched[1]).State);
    }

    private Moment At => new(now, DateTimeOffset.UnixEpoch + now);

    private void Plan(params string[] others) =>
        Step(new MembershipEvent.PlanChanged(At, new("node-a", IpAddress.Parse("192.0.2.1"), others.Select(o => new HeartbeatMember(o, AddressOf(o))).ToValueArray(), [Key], false)));

    private IpAddress AddressOf(string node) => addresses.TryGetValue(node, out IpAddress known) ? known : addresses[node] = IpAddress.FromIPv4(0xC6120000 + (uint)addresses.Count + 1);

    private void Up(params string[] others)
    {
        foreach (string node in others) Step(new MembershipEvent.PathChanged(At, node, true, DownReason.None));
    }

    private MemberView Down(string node, DownReason reason)
    {
        Step(new MembershipEvent.PathChanged(At, node, false, reason));
        return state.ViewOf(node);
    }

    private void Receive(string from, HeartbeatMessage message) => Step(new MembershipEvent.Received(At, from, message));

    /// <summary>The time goes on to the next timer; returns how long that took.</summary>
    private TimeSpan Expire()
    {
        TimeSpan waited = state.NextDue > now ? state.NextDue - now : TimeSpan.Zero;
        now += waited;
        Step(new MembershipEvent.TimerExpired(At));
        return waited;
    }

    private void Wait(TimeSpan time)
    {
        for (TimeSpan end = now + time; ; Expire())
            if (state.NextDue > end)
            {
                now = end;
                return;
            }
    }

    private static Outgoing Notice(string to, Rumor rumor) => new(to, new HeartbeatMessage.Notice([rumor]));

    /// <summary>A notice, with what it says of one node alone.</summary>
    private static Func<Outgoing, Outgoing> OnlyOf(string subject) =>
        o => o.Message is HeartbeatMessage.Notice n ? o with { Message = new HeartbeatMessage.Notice(n.Rumors.Where(r => r.Subject == subject).ToValueArray()) } : o;

    private void Step(MembershipEvent happened)
    {
        (state, MembershipEffects effects) = Membership.Step(state, happened, Settings);
        outgoing.Clear();
        outgoing.AddRange(effects.Outgoing);
    }
}
