using LbSpeaker.Bgp.Session;
using LbSpeaker.Bgp.Wire;
using LbSpeaker.Bgp.Wire.Attributes;
using LbSpeaker.Bgp.Wire.Capabilities;
using LbSpeaker.Core.Announcement.Bgp;
using LbSpeaker.Core.Net;

namespace LbSpeaker.Bgp.Tests.Peering;

/// <summary>What routers do when they do not do what they should.</summary>
public sealed class RouterFaultTests
{
    [Fact]
    public async Task A_router_that_does_not_answer_is_given_up_after_ten_seconds_and_tried_again()
    {
        await using Bench bench = new Bench().Start();
        Attempt first = await bench.Network.NextAttempt();
        bench.Time.Advance(TimeSpan.FromSeconds(10));
        await bench.UntilPeer("given up", r => r is { State: BgpState.Idle, LastEnd.Reason: SessionEndReason.ConnectTimedOut });
        Assert.Contains("ebgpMultiHop is off", bench.Report.LastEnd!.Text, StringComparison.Ordinal);
        bench.Time.Advance(TimeSpan.FromSeconds(1));
        await bench.Network.NextAttempt();
        // An answer to the first one comes too late.
        ScriptedRouter late = first.Accept();
        Assert.Equal(BgpState.Connect, bench.Report.State);
        Assert.False(late.Wire.IsAborted);
    }

    [Fact]
    public async Task A_router_that_refuses_is_tried_again_after_a_second_and_not_before_three_quarters_of_it()
    {
        await using Bench bench = new Bench().Start();
        (await bench.Network.NextAttempt()).Refuse();
        await bench.UntilPeer("refused", r => r.LastEnd?.Reason == SessionEndReason.ConnectRefused);
        bench.Time.Advance(TimeSpan.FromSeconds(0.7));
        // By the time that new routes are reported, an alarm before them would have been heard.
        bench.Announcer.SetDesired(Bench.Plan(Bench.Routes(3), Bench.Peer));
        await bench.UntilPeer("3 routes", r => r.Desired == 3);
        Assert.False(bench.Network.HasAttempt);
        bench.Time.Advance(TimeSpan.FromSeconds(0.3));
        await bench.Network.NextAttempt();
    }

    [Fact]
    public async Task A_router_that_accepts_and_says_nothing_is_left_after_four_minutes()
    {
        await using Bench bench = new Bench().Start();
        ScriptedRouter router = (await bench.Network.NextAttempt()).Accept();
        Assert.IsType<OpenMessage>(await router.Receive());
        bench.Time.Advance(BgpPeerReport.PatienceWithOpen);
        await bench.UntilPeer("told of", r => r is { State: BgpState.OpenSent, Trouble: "the router accepts the connection and sends no OPEN" });
        bench.Time.Advance(TimeSpan.FromMinutes(4));
        Assert.Equal(NotificationError.HoldTimerExpired, Assert.IsType<NotificationMessage>(await router.Receive()).Error);
        Assert.Null(await router.Receive());
        await bench.UntilPeer("ended", r => r.LastEnd?.Reason == SessionEndReason.HoldTimerExpired);
    }

    [Fact]
    public async Task A_router_that_falls_silent_is_left_after_the_hold_time_and_one_that_speaks_is_not()
    {
        await using Bench bench = new Bench().Start();
        ScriptedRouter router = await bench.Establish();
        for (int i = 1; i <= 5; i++)
        {
            bench.Time.Advance(TimeSpan.FromSeconds(60));
            long before = bench.Report.Counters.KeepalivesReceived;
            await router.Send(KeepaliveMessage.Instance);
            while (bench.Report.Counters.KeepalivesReceived == before) await Task.Yield();
        }
        Assert.True(bench.Report.IsUp);
        bench.Time.Advance(TimeSpan.FromSeconds(90));
        Assert.Equal(NotificationError.HoldTimerExpired, (await router.Receive<NotificationMessage>()).Error);
    }

    [Fact]
    public async Task Each_end_is_counted_by_its_reason_and_is_the_trouble_until_a_session_is_up()
    {
        await using Bench bench = new Bench().Start();
        for (int i = 1; i <= 3; i++)
        {
            (await bench.Network.NextAttempt()).Refuse();
            await bench.UntilPeer("refused", r => r.Counters.Ends.SequenceEqual([new SessionEndCount(SessionEndReason.ConnectRefused, i)]));
            Assert.Equal("refused", bench.Report.Trouble);
            bench.Time.Advance(TimeSpan.FromSeconds(4));
        }
        await bench.Establish();
        Assert.Null(bench.Report.Trouble);
    }

    [Theory]
    [InlineData(+400)]
    [InlineData(-400)]
    public async Task A_clock_that_is_set_changes_nothing(int days)
    {
        await using Bench bench = new Bench().Start(routes: Bench.Routes(3));
        ScriptedRouter router = await bench.Establish();
        await router.ReceiveRoutes(3);
        bench.SetClock(TimeSpan.FromDays(days));
        bench.Time.Advance(TimeSpan.FromSeconds(60));
        await router.Receive<KeepaliveMessage>();
        await router.Send(KeepaliveMessage.Instance);
        bench.Announcer.SetDesired(Bench.Plan(Bench.Routes(4), Bench.Peer));
        await router.ReceiveRoutes(4);
        Assert.Equal((1, null), (bench.Report.Counters.Established, bench.Report.LastEnd));
    }

    [Fact]
    public async Task After_hours_asleep_one_session_ends_and_one_attempt_follows()
    {
        await using Bench bench = new Bench().Start();
        ScriptedRouter router = await bench.Establish();
        bench.Time.Advance(TimeSpan.FromHours(8));
        Assert.Equal(NotificationError.HoldTimerExpired, (await router.Receive<NotificationMessage>()).Error);
        router.Hangup();
        await bench.UntilPeer("ended", r => r.LastEnd?.Reason == SessionEndReason.HoldTimerExpired);
        bench.Time.Advance(TimeSpan.FromSeconds(1));
        await bench.Establish();
        Assert.Equal(2, bench.Network.Attempts);
    }

    [Fact]
    public async Task A_broken_MP_attribute_disables_its_family_for_this_session_and_costs_none_of_our_routes()
    {
        await using Bench bench = new Bench().Start(Bench.Peer with { BothFamilies = true }, Bench.Routes(3));
        ScriptedRouter router = await bench.Establish(new(65001, 90, FakeWire.Router, [new MultiprotocolCapability(AddressFamily.IPv4Unicast), new MultiprotocolCapability(AddressFamily.IPv6Unicast)]));
        await router.ReceiveRoutes(3);
        // MP_REACH_NLRI of IPv6 unicast with a next hop of five octets.
        byte[] broken = [0x80, 14, 15, 0, 2, 1, 5, 1, 2, 3, 4, 5, 0, 32, 0x20, 0x01, 0x0D, 0xB8];
        byte[] update = [.. Enumerable.Repeat((byte)0xFF, 16), 0, (byte)(23 + broken.Length), 2, 0, 0, 0, (byte)broken.Length, .. broken];
        await router.SendOctets(update);
        UpdateMessage fine = new([], [MpReachAttribute.Create(IpFamily.IPv6, new(IpAddress.Parse("2001:db8::2")), [IpPrefix.Parse("2001:db8:9::/48")]), new OriginAttribute(Origin.Igp), new AsPathAttribute(AsPath.Sequence(65001))], []);
        await router.Send(fine);
        await router.Send(KeepaliveMessage.Instance);
        while (bench.Report.Counters.KeepalivesReceived < 2) await Task.Yield();
        // MP_REACH_NLRI, and ORIGIN and AS_PATH that are not there; then routes of a family that is no longer in use.
        Assert.Equal((4, 0, true), (bench.Report.Counters.UpdateFaults, bench.Report.Counters.ReceivedPrefixes, bench.Report.IsUp));
        bench.Announcer.SetDesired(Bench.Plan(BgpRouteSet.Of([new(IpPrefix.Parse("2001:db8:1::1/128"), BgpRouteAttributes.Plain)]), Bench.Peer with { BothFamilies = true }));
        await router.ReceiveRoutes(1);
    }

    [Fact]
    public async Task A_router_that_takes_nothing_costs_no_memory_and_gets_the_last_state_when_it_reads_again()
    {
        await using Bench bench = new Bench().Start(routes: Bench.Routes(50_000));
        ScriptedRouter router = await bench.Establish(capacity: 1);
        for (int i = 1; i <= 1000; i++) bench.Announcer.SetDesired(Bench.Plan(Bench.Routes(50).With([new(IpPrefix.Parse("203.0.113.1/32"), new() { Med = (uint)i })]), Bench.Peer));
        await bench.UntilPeer("51 desired", r => r.Desired == 51);
        await router.ReceiveRoutes(51);
        // What fits into a few buffers was on its way; the rest was never made. 50,000 prefixes are 62 messages.
        Assert.InRange(router.Updates, 1, 70);
        await bench.UntilPeer("all sent", r => r is { Pending: 0, OnWire.Count: 51 });
        Assert.Equal(1, bench.Report.Counters.Established);
    }

    [Fact]
    public async Task A_router_that_takes_nothing_for_eight_minutes_is_left_although_it_speaks()
    {
        await using Bench bench = new Bench().Start(routes: Bench.Routes(100_000));
        ScriptedRouter router = await bench.Establish(capacity: 1);
        for (int i = 0; i < 8; i++)
        {
            long before = bench.Report.Counters.KeepalivesReceived;
            await router.Send(KeepaliveMessage.Instance);
            while (bench.Report.Counters.KeepalivesReceived == before) await Task.Yield();
            bench.Time.Advance(TimeSpan.FromSeconds(60));
        }
        await bench.UntilPeer("ended", r => r.LastEnd?.Reason == SessionEndReason.SendHoldTimerExpired);
        Assert.InRange(bench.Report.Counters.KeepalivesSent, 1, 3);
        bench.Time.Advance(TimeSpan.FromSeconds(1));
        while (!router.Wire.IsDisposed) await Task.Yield();
        Assert.True(router.Wire.IsAborted);
    }

    [Fact]
    public async Task A_reset_after_OPEN_leads_to_another_attempt()
    {
        await using Bench bench = new Bench().Start();
        ScriptedRouter router = (await bench.Network.NextAttempt()).Accept();
        Assert.IsType<OpenMessage>(await router.Receive());
        router.Reset();
        await bench.UntilPeer("active", r => r is { State: BgpState.Active, LastEnd.Reason: SessionEndReason.ConnectionLost });
        bench.Time.Advance(TimeSpan.FromSeconds(1));
        await bench.Establish();
    }

    [Theory]
    [InlineData(65099, "192.0.2.2", NotificationError.BadPeerAs, SessionEndReason.WrongPeerAs, "the router is of AS 65099; expected is 65001")]
    [InlineData(65000, "192.0.2.2", NotificationError.BadPeerAs, SessionEndReason.WrongPeerAs, "the router is of AS 65000; expected is 65001")]
    public async Task An_OPEN_that_does_not_fit_is_answered_and_said_in_words(uint asNumber, string identifier, NotificationError answer, SessionEndReason reason, string words)
    {
        await using Bench bench = new Bench().Start();
        ScriptedRouter router = (await bench.Network.NextAttempt()).Accept();
        await router.Receive();
        await router.Send(ScriptedRouter.Open(asNumber, identifier: identifier));
        Assert.Equal(answer, (await router.Receive<NotificationMessage>()).Error);
        await bench.UntilPeer("ended", r => r.LastEnd == new SessionEnd(reason, words));
    }

    [Fact]
    public async Task A_router_of_our_AS_with_our_identifier_is_refused()
    {
        await using Bench bench = new Bench().Start(Bench.Peer with { PeerAs = new(PeerAsKind.Internal, 0) });
        ScriptedRouter router = (await bench.Network.NextAttempt()).Accept();
        await router.Receive();
        await router.Send(ScriptedRouter.Open(65000, identifier: "192.0.2.1"));
        Assert.Equal(NotificationError.BadBgpIdentifier, (await router.Receive<NotificationMessage>()).Error);
        await bench.UntilPeer("ended", r => r.LastEnd?.Reason == SessionEndReason.DuplicateIdentifier);
    }

    [Fact]
    public async Task Octets_that_are_no_message_end_the_session_at_the_first_wrong_one()
    {
        await using Bench bench = new Bench().Start();
        ScriptedRouter router = await bench.Establish();
        await router.SendOctets("HTTP/1.1 400 Bad Request"u8.ToArray());
        Assert.Equal(NotificationError.ConnectionNotSynchronized, (await router.Receive<NotificationMessage>()).Error);
        await bench.UntilPeer("ended", r => r.LastEnd?.Reason == SessionEndReason.MalformedMessage);
    }

    [Fact]
    public async Task An_UPDATE_with_a_fault_that_RFC_7606_forgives_is_counted_and_the_session_stays()
    {
        await using Bench bench = new Bench().Start();
        ScriptedRouter router = await bench.Establish();
        // 203.0.113.0/24 with ORIGIN 7.
        byte[] update = new byte[BgpMessage.MaxLength];
        int length = new UpdateMessage([], [new OriginAttribute(Origin.Incomplete), new AsPathAttribute(AsPath.Sequence(65001)), new NextHopAttribute(FakeWire.Router)], [IpPrefix.Parse("203.0.113.0/24")])
            .Encode(update, CodecOptions.Default with { External = true, FourOctetAs = true });
        int origin = update.AsSpan(0, length).IndexOf((ReadOnlySpan<byte>)[0x40, 0x01, 0x01, 0x02]);
        update[origin + 3] = 7;
        await router.SendOctets(update.AsMemory(0, length));
        await router.Send(KeepaliveMessage.Instance);
        while (bench.Report.Counters.KeepalivesReceived < 2) await Task.Yield();
        Assert.Equal((1, 0, 1, true), (bench.Report.Counters.UpdateFaults, bench.Report.Counters.ReceivedPrefixes, bench.Report.Counters.WithdrawnPrefixes, bench.Report.IsUp));
    }

    [Fact]
    public async Task What_a_router_announces_is_counted_and_nothing_else()
    {
        await using Bench bench = new Bench().Start();
        ScriptedRouter router = await bench.Establish();
        await router.Send(new UpdateMessage([], [new OriginAttribute(Origin.Igp), new AsPathAttribute(AsPath.Sequence(65001)), new NextHopAttribute(FakeWire.Router)], [IpPrefix.Parse("203.0.113.0/24"), IpPrefix.Parse("198.51.100.0/24")]));
        await router.Send(new UpdateMessage([IpPrefix.Parse("203.0.113.0/24")], [], []));
        while (bench.Report.Counters.UpdatesReceived < 2) await Task.Yield();
        await router.Send(KeepaliveMessage.Instance);
        while (bench.Report.Counters.KeepalivesReceived < 2) await Task.Yield();
        Assert.Equal((2, 1, 0), (bench.Report.Counters.ReceivedPrefixes, bench.Report.Counters.WithdrawnPrefixes, bench.Report.Counters.UpdateFaults));
    }

    [Fact]
    public async Task The_routers_words_are_in_the_report()
    {
        await using Bench bench = new Bench().Start();
        ScriptedRouter router = await bench.Establish();
        await router.Send(NotificationMessage.WithCommunication(NotificationError.AdministrativeShutdown, "maintenance, ticket 7"));
        await bench.UntilPeer("ended", r => r.LastEnd?.Reason == SessionEndReason.NotificationReceived);
        Assert.Equal("the router ended it: NOTIFICATION 6/2 AdministrativeShutdown \"maintenance, ticket 7\"", bench.Report.LastEnd!.Text);
    }

    [Fact]
    public async Task A_dead_router_holds_up_no_other()
    {
        await using Bench bench = new();
        BgpPeerSettings dead = Bench.Peer with { Name = "dead", Address = IpAddress.Parse("192.0.2.66") };
        bench.Announcer.SetDesired(Bench.Plan(Bench.Routes(10), dead, Bench.Peer));
        bench.Start(routes: null, peer: null);
        bench.Announcer.SetDesired(Bench.Plan(Bench.Routes(10), dead, Bench.Peer));
        ScriptedRouter? router = null;
        for (int i = 0; i < 2 && router is null; i++)
            if (await bench.Network.NextAttempt() is { Peer.Name: "tor" } attempt) router = await attempt.Accept().Establish();
        await router!.ReceiveRoutes(10);
        bench.Announcer.SetDesired(Bench.Plan(Bench.Routes(5), dead, Bench.Peer));
        await router.ReceiveRoutes(5);
        Assert.Equal(BgpState.Connect, bench.Announcer.Report.Peers["dead"].State);
    }
}
