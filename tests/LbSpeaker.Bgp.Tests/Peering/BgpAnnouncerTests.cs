using System.Diagnostics.Metrics;
using LbSpeaker.Bgp.Peering;
using LbSpeaker.Bgp.Session;
using LbSpeaker.Bgp.Wire;
using LbSpeaker.Bgp.Wire.Capabilities;
using LbSpeaker.Core.Announcement.Bgp;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Bgp.Tests.Peering;

public sealed class BgpAnnouncerTests
{
    [Fact]
    public async Task Ten_thousand_changes_of_routes_reset_nothing()
    {
        await using Bench bench = new Bench().Start();
        ScriptedRouter router = await bench.Establish();
        for (int i = 1; i <= 10_000; i++) bench.Announcer.SetDesired(Bench.Plan(Bench.Routes(i % 100), Bench.Peer with { }));
        bench.Announcer.SetDesired(Bench.Plan(Bench.Routes(101), Bench.Peer));
        await router.ReceiveRoutes(101);
        await bench.UntilPeer("sent", r => r.OnWire.Count == 101);
        Assert.Equal((1, 0), (bench.Report.Counters.Established, bench.Report.Counters.NotificationsSent));
        Assert.False(bench.Network.HasAttempt);
        Assert.Equal(1, bench.Network.Attempts);
    }

    [Fact]
    public async Task Other_settings_replace_the_session_after_its_last_words_and_equal_ones_do_not()
    {
        await using Bench bench = new Bench().Start();
        ScriptedRouter router = await bench.Establish();
        bench.Announcer.SetDesired(Bench.Plan(Bench.Routes(1), Bench.Peer with { Port = 179 }));
        await router.ReceiveRoutes(1);
        bench.Announcer.SetDesired(Bench.Plan(Bench.Routes(1), Bench.Peer with { HoldTime = TimeSpan.FromSeconds(30) }));
        Assert.Equal(NotificationError.OtherConfigurationChange, (await router.Receive<NotificationMessage>()).Error);
        Assert.False(bench.Network.HasAttempt);
        router.Hangup();
        ScriptedRouter next = await bench.Establish();
        await next.ReceiveRoutes(1);
        Assert.Equal(30, bench.Report.Agreement!.HoldTime.TotalSeconds);
    }

    [Fact]
    public async Task Other_settings_of_BFD_leave_the_session_alone_and_strictness_replaces_it()
    {
        BfdSettings fast = new("fast", TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(100), 3, TimeSpan.FromMilliseconds(50), false, false, 254, false);
        await using Bench bench = new Bench().Start();
        ScriptedRouter router = await bench.Establish();
        int routes = 0;
        foreach (BfdSettings? bfd in (BfdSettings?[])[fast, fast with { ReceiveInterval = TimeSpan.FromMilliseconds(300) }, null, fast with { Profile = "other" }])
        {
            bench.Announcer.SetDesired(Bench.Plan(Bench.Routes(++routes), Bench.Peer with { Bfd = bfd }));
            await router.ReceiveRoutes(routes);
        }
        Assert.Equal((1, 1, 0), (bench.Network.Attempts, bench.Report.Counters.Established, bench.Report.Counters.NotificationsSent));
        bench.Announcer.SetDesired(Bench.Plan(Bench.Routes(routes), Bench.Peer with { Bfd = fast with { IsStrict = true } }));
        Assert.Equal(NotificationError.OtherConfigurationChange, (await router.Receive<NotificationMessage>()).Error);
    }

    [Fact]
    public async Task A_peer_that_goes_is_told_why()
    {
        await using Bench bench = new Bench().Start();
        ScriptedRouter router = await bench.Establish();
        bench.Announcer.SetDesired(BgpPlan.Empty);
        NotificationMessage words = await router.Receive<NotificationMessage>();
        Assert.True(words.TryGetCommunication(out string? text));
        Assert.Equal((NotificationError.AdministrativeShutdown, "BGPPeer tor is no longer for node node1"), (words.Error, text));
        await bench.Until("forgotten", r => r.Peers.IsEmpty);
    }

    [Fact]
    public async Task At_the_end_a_router_without_graceful_restart_hears_that_we_stop_and_one_with_it_hears_nothing()
    {
        GracefulRestartCapability aware = new(false, false, 0, []);
        await using Bench plain = new Bench().Start(), graceful = new Bench().Start(Bench.Peer with { GracefulRestart = true });
        ScriptedRouter one = await plain.Establish(), other = await graceful.Establish(ScriptedRouter.Open(more: aware));
        Assert.False(plain.Report.Agreement!.RoutesOutliveUs);
        Assert.True(graceful.Report.Agreement!.RoutesOutliveUs);
        Task[] stopping = [plain.Stop(), graceful.Stop()];
        Assert.Equal(NotificationError.AdministrativeShutdown, (await one.Receive<NotificationMessage>()).Error);
        Assert.Null(await one.Receive());
        while (await other.Receive() is { } message) Assert.IsNotType<NotificationMessage>(message);
        one.Hangup();
        other.Hangup();
        await Task.WhenAll(stopping);
    }

    [Fact]
    public async Task A_young_speaker_says_once_that_it_has_restarted_and_its_routes_are_followed_by_End_of_RIB()
    {
        static GracefulRestartCapability Of(OpenMessage open) => open.Capabilities.OfType<GracefulRestartCapability>().Single();
        await using Bench bench = new Bench().Start(Bench.Peer with { GracefulRestart = true }, Bench.Routes(2));
        ScriptedRouter router = (await bench.Network.NextAttempt()).Accept();
        OpenMessage first = await router.Receive<OpenMessage>();
        Assert.Equal((true, true), (Of(first).Restarting, Of(first).Families.Single().ForwardingPreserved));
        await router.Send(ScriptedRouter.Open());
        await router.Receive<KeepaliveMessage>();
        await router.Send(KeepaliveMessage.Instance);
        await router.Receive<UpdateMessage>();
        Assert.IsType<EndOfRibMessage>(await router.Receive());
        router.Reset();
        await bench.UntilPeer("down", r => r.State == BgpState.Idle);
        bench.Time.Advance(TimeSpan.FromSeconds(1));
        OpenMessage second = await (await bench.Network.NextAttempt()).Accept().Receive<OpenMessage>();
        Assert.Equal((false, true), (Of(second).Restarting, Of(second).Families.Single().ForwardingPreserved));
    }

    [Fact]
    public async Task A_speaker_that_is_no_longer_young_has_not_restarted()
    {
        await using Bench bench = new Bench().Start(Bench.Peer with { GracefulRestart = true });
        Attempt slow = await bench.Network.NextAttempt();
        bench.Time.Advance(TimeSpan.FromSeconds(10));
        await bench.UntilPeer("given up", r => r.LastEnd is not null);
        bench.Time.Advance(TimeSpan.FromSeconds(120));
        OpenMessage open = await (await bench.Network.NextAttempt()).Accept().Receive<OpenMessage>();
        Assert.False(open.Capabilities.OfType<GracefulRestartCapability>().Single().Restarting);
        Assert.NotNull(slow);
    }

    [Fact]
    public async Task A_session_whose_Secret_is_missing_is_not_begun_before_the_Secret_is_there_and_goes_on_without_it()
    {
        BgpPeerSettings missing = Bench.Peer with { Password = new(null, "ns/tor") }, there = Bench.Peer with { Password = new(new SecretText("secret"), null) };
        await using Bench bench = new Bench().Start(missing);
        await bench.UntilPeer("waiting", r => r is { State: BgpState.Idle, Waiting: StartDenial.PasswordMissing });
        Assert.Equal(0, bench.Network.Attempts);
        bench.Start(there);
        ScriptedRouter router = await bench.Establish();
        bench.Start(missing, Bench.Routes(1));
        await router.ReceiveRoutes(1);
        await bench.UntilPeer("up, and not to be begun again", r => r is { IsUp: true, Waiting: StartDenial.PasswordMissing });
        router.Reset();
        await bench.UntilPeer("down", r => !r.IsUp);
        bench.Time.Advance(TimeSpan.FromMinutes(5));
        bench.Start(there);
        await bench.UntilPeer("begun again", r => r is { State: BgpState.Connect, Waiting: StartDenial.None });
        Assert.Equal("secret", (await bench.Network.NextAttempt()).Peer.Password.Text!.Reveal());
    }

    [Fact]
    public async Task Routers_may_connect_only_while_some_session_waits_for_one()
    {
        await using Bench bench = new Bench().Start(Bench.Peer with { Passive = true });
        await bench.UntilPeer("waiting for the router", r => r.State == BgpState.Active);
        while (bench.Network.Listeners.Count == 0) await Task.Yield();
        FakeListener listener = bench.Network.Listeners[(IpFamily.IPv4, null)];
        while (listener.Peers.Count == 0) await Task.Yield();
        await listener.Dial().Establish();
        await bench.UntilUp();
        Assert.Equal(0, bench.Network.Attempts);
        bench.Start(Bench.Peer);
        while (!listener.IsDisposed) await Task.Yield();
    }

    [Fact]
    public async Task A_port_that_is_taken_is_reported_and_tried_again()
    {
        await using Bench bench = new();
        bench.Network.ListenFault = "cannot listen on port 179: in use";
        bench.Start(Bench.Peer with { Passive = true });
        await bench.Until("reported", r => r.Faults.Contains("cannot listen on port 179: in use"));
        bench.Network.ListenFault = null;
        bench.Time.Advance(TimeSpan.FromSeconds(5));
        await bench.Until("well again", r => r.Faults.IsEmpty);
        Assert.Single(bench.Network.Listeners);
    }

    [Fact]
    public async Task An_unnumbered_session_waits_for_its_router_to_show_itself()
    {
        Neighbor neighbor = new(IpAddress.Parse("fe80::2"), 7);
        await using Bench bench = new Bench().Start(Bench.Peer with { Address = null, Interface = "eth1" });
        await bench.UntilPeer("waiting", r => r is { State: BgpState.Idle, Waiting: StartDenial.NoNeighbor });
        await bench.Meet(neighbor);
        Attempt attempt = await bench.Network.NextAttempt();
        Assert.Equal(neighbor, attempt.Neighbor);
        Assert.Equal("eth1:179", bench.Report.Peer);
        await bench.Meet(new(IpAddress.Parse("fe80::3"), 7));
        Assert.Equal(IpAddress.Parse("fe80::3"), (await bench.Network.NextAttempt()).Neighbor!.Value.LinkLocal);
    }

    [Fact]
    public async Task BFD_ends_a_session_at_once()
    {
        BfdSettings strict = new("fast", default, default, 3, default, false, false, 254, IsStrict: true);
        await using Bench bench = new Bench().Start(Bench.Peer with { Bfd = strict });
        await bench.UntilPeer("waiting", r => r.Waiting == StartDenial.BfdNotUp);
        bench.Announcer.BfdUp("tor");
        ScriptedRouter router = await bench.Establish();
        bench.Announcer.BfdDown("tor");
        Assert.Equal(NotificationError.BfdDown, (await router.Receive<NotificationMessage>()).Error);
        await bench.UntilPeer("ended", r => r is { LastEnd.Reason: SessionEndReason.BfdDown, Waiting: StartDenial.BfdNotUp });
    }

    /// <summary>The first UPDATEs are worked out before the router's KEEPALIVE comes.</summary>
    [Theory]
    [InlineData(10, 4)]
    [InlineData(0, 3)]
    [InlineData(10, 0)]
    public async Task What_changes_after_the_OPENs_is_what_the_router_hears_first(int before, int after)
    {
        await using Bench bench = new Bench().Start(routes: Bench.Routes(before));
        ScriptedRouter router = await (await bench.Network.NextAttempt()).Accept().Confirm();
        await bench.UntilPeer("OPENs accepted", r => r.State == BgpState.OpenConfirm);
        bench.Announcer.SetDesired(Bench.Plan(Bench.Routes(after), Bench.Peer));
        await bench.UntilPeer("told", r => r.Desired == after);
        Assert.Equal((0, 0), (bench.Report.OnWire.Count, bench.Report.Pending));
        await router.Send(KeepaliveMessage.Instance);
        await router.Receive<EndOfRibMessage>();
        Assert.Equal((after, after == 0 ? 0 : 1), (router.Routes.Count, router.Updates));
        await bench.UntilPeer("sent", r => r.IsUp && r.OnWire.Equals(Bench.Routes(after)));
    }

    [Fact]
    public async Task A_refresh_is_answered()
    {
        await using Bench bench = new Bench().Start(routes: Bench.Routes(10));
        ScriptedRouter router = await bench.Establish();
        await router.ReceiveRoutes(10);
        await router.Send(new RouteRefreshMessage(AddressFamily.IPv4Unicast));
        Assert.Equal(10, (await router.Receive<UpdateMessage>()).Nlri.Count);
    }

    [Fact]
    public async Task A_report_is_told_for_what_changes_and_not_for_what_is_counted()
    {
        await using Bench bench = new Bench().Start();
        ScriptedRouter router = await bench.Establish();
        await router.Receive<EndOfRibMessage>();
        int told;
        lock (bench.Reports) told = bench.Reports.Count;
        for (int i = 0; i < 100; i++) await router.Send(KeepaliveMessage.Instance);
        while (bench.Report.Counters.KeepalivesReceived < 101) await Task.Yield();
        lock (bench.Reports) Assert.Equal(told, bench.Reports.Count);
        Assert.Equal((1, 1, 1, 1), (bench.Report.Counters.OpensSent, bench.Report.Counters.OpensReceived, bench.Report.Counters.KeepalivesSent, bench.Report.Counters.UpdatesSent));
    }

    [Fact]
    public async Task Metrics_have_the_names_and_labels_of_MetalLB()
    {
        // Other tests' announcers are measured too: this router alone has such a port.
        const string labels = "peer=192.0.2.2:1790,vrf=default";
        await using Bench bench = new Bench().Start(Bench.Peer with { Port = 1790 }, Bench.Routes(3));
        (await bench.Network.NextAttempt()).Refuse();
        await bench.UntilPeer("refused", r => r.LastEnd is not null);
        bench.Time.Advance(TimeSpan.FromSeconds(1));
        ScriptedRouter router = await bench.Establish();
        await router.ReceiveRoutes(3);
        await bench.UntilPeer("sent", r => r.OnWire.Count == 3);
        Dictionary<(string Name, string Labels), long> seen = [];
        using MeterListener listener = new();
        listener.InstrumentPublished = (instrument, l) =>
        {
            if (instrument.Meter.Name == BgpMetrics.MeterName) l.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => seen[(instrument.Name, string.Join(',', tags.ToArray().Select(t => $"{t.Key}={t.Value}")))] = value);
        listener.Start();
        listener.RecordObservableInstruments();
        Assert.All(
            (string[])
            [
                "metallb_bgp_session_up", "metallb_bgp_announced_prefixes_total", "metallb_bgp_pending_prefixes_total", "metallb_bgp_opens_sent", "metallb_bgp_opens_received", "metallb_bgp_notifications_sent",
                "metallb_bgp_updates_total", "metallb_bgp_updates_total_received", "metallb_bgp_keepalives_sent", "metallb_bgp_keepalives_received", "metallb_bgp_route_refresh_sent", "metallb_bgp_total_sent",
                "metallb_bgp_total_received",
            ],
            name => Assert.Contains((name, labels), seen));
        Assert.Equal((3, 1, 1), (seen[("metallb_bgp_announced_prefixes_total", labels)], seen[("metallb_bgp_session_up", labels)], seen[("lbspeaker_bgp_session_ends_total", labels + ",reason=ConnectRefused")]));
    }
}
