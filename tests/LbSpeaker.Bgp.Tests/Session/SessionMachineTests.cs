using LbSpeaker.Bgp.Session;
using LbSpeaker.Bgp.Wire;
using LbSpeaker.Bgp.Wire.Capabilities;
using LbSpeaker.Core.Announcement.Bgp;
using LbSpeaker.Core.Net;

namespace LbSpeaker.Bgp.Tests.Session;

public sealed class SessionMachineTests
{
    private static SessionSettings With(Func<BgpPeerSettings, BgpPeerSettings> change) => MachineDriver.Settings with { Peer = change(MachineDriver.Peer) };

    [Fact]
    public void A_router_that_rejects_us_is_asked_ever_more_rarely_and_a_session_that_was_up_for_a_moment_changes_nothing()
    {
        MachineDriver driver = new(MachineDriver.Settings);
        driver.Start();
        List<double> waits = [];
        for (int i = 1; i <= 10; i++)
        {
            driver.Dialed(driver.State.Connection!.Number);
            int connection = driver.State.Connection!.Number;
            driver.Receive(connection, MachineDriver.Open()).Receive(connection, KeepaliveMessage.Instance);
            Assert.Equal(BgpState.Established, driver.State.State);
            driver.Receive(connection, new NotificationMessage(NotificationError.MaximumPrefixesReached));
            SessionEffect.StartTimer hold = Assert.Single(driver.Effects.OfType<SessionEffect.StartTimer>());
            Assert.True(hold.IsJittered);
            waits.Add(hold.Delay.TotalSeconds);
            driver.Expire(SessionTimer.IdleHold);
        }
        Assert.Equal([1, 2, 4, 8, 16, 32, 64, 120, 120, 120], waits);
    }

    [Fact]
    public void Only_a_session_that_lasted_makes_earlier_failures_forgotten()
    {
        MachineDriver driver = new(MachineDriver.Settings);
        driver.Start().Failed(1).Expire(SessionTimer.IdleHold).Failed(2).Expire(SessionTimer.IdleHold).Dialed(3).Receive(3, MachineDriver.Open()).Receive(3, KeepaliveMessage.Instance);
        Assert.Equal(2, driver.State.Failures);
        driver.Expire(SessionTimer.Stable).Failed(3);
        Assert.Contains("start IdleHold 1s~", driver.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_configured_connect_time_is_kept_between_attempts()
    {
        MachineDriver driver = new(With(p => p with { ConnectTime = TimeSpan.FromSeconds(5) }));
        driver.Start();
        Assert.Contains("start ConnectRetry 5s", driver.Text, StringComparison.Ordinal);
        for (int connection = 1; connection < 5; connection++)
        {
            driver.Failed(connection);
            Assert.Contains("start IdleHold 5s~", driver.Text, StringComparison.Ordinal);
            driver.Expire(SessionTimer.IdleHold);
        }
    }

    [Fact]
    public void Ghosts_change_nothing()
    {
        MachineDriver driver = new(MachineDriver.Settings);
        driver.To(BgpState.Established);
        SessionEvent old = new SessionEvent.TimerExpired(SessionTimer.Hold, driver.State.Timers[SessionTimer.Hold]);
        driver.Receive(1, KeepaliveMessage.Instance);
        SessionState before = driver.State;
        foreach (SessionEvent ghost in (SessionEvent[])
            [old, new SessionEvent.ConnectionFailed(7, new(SessionEndReason.ConnectionLost, "")), new SessionEvent.Received(7, KeepaliveMessage.Instance), new SessionEvent.ReceivedInvalid(7, new(NotificationError.BadMessageType)), new SessionEvent.Written(7)])
            Assert.Equal("", driver.Step(ghost).Text);
        Assert.Equal(before, driver.State);
        Assert.Equal("close 7", driver.Dialed(7).Text);
    }

    [Theory]
    [InlineData(90, 30, 90, 90, 30)]
    [InlineData(90, 30, 9, 9, 3)]
    [InlineData(9, 3, 180, 9, 3)]
    [InlineData(90, 90, 90, 90, 30)]
    [InlineData(90, 10, 90, 90, 10)]
    [InlineData(90, 30, 0, 0, 0)]
    [InlineData(0, 0, 90, 0, 0)]
    public void The_smaller_hold_time_counts_and_a_keepalive_is_at_most_a_third_of_it(int ourHold, int ourKeepalive, ushort theirHold, int hold, int keepalive)
    {
        MachineDriver driver = new(With(p => p with { HoldTime = TimeSpan.FromSeconds(ourHold), KeepaliveTime = TimeSpan.FromSeconds(ourKeepalive) }));
        driver.To(BgpState.Established, MachineDriver.Open(hold: theirHold));
        Assert.Equal(hold, driver.State.Terms!.HoldTime.TotalSeconds);
        Assert.Equal(keepalive, driver.State.Terms.KeepaliveTime.TotalSeconds);
        foreach (SessionTimer timer in (SessionTimer[])[SessionTimer.Hold, SessionTimer.Keepalive, SessionTimer.SendHold]) Assert.Equal(hold > 0, driver.State.Timers.IsRunning(timer));
    }

    [Fact]
    public void The_send_hold_time_is_eight_minutes_or_twice_the_hold_time()
    {
        MachineDriver driver = new(With(p => p with { HoldTime = TimeSpan.FromSeconds(600) }));
        driver.To(BgpState.Established, MachineDriver.Open(hold: 600)).Step(new SessionEvent.Written(1));
        Assert.Contains("start SendHold 1200s", driver.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(PeerAsKind.Number, 65001, 65001, true)]
    [InlineData(PeerAsKind.Number, 65001, 65002, false)]
    [InlineData(PeerAsKind.Internal, 0, 65000, true)]
    [InlineData(PeerAsKind.Internal, 0, 65001, false)]
    [InlineData(PeerAsKind.External, 0, 4200000000, true)]
    [InlineData(PeerAsKind.External, 0, 65000, false)]
    public void The_routers_AS_is_judged(PeerAsKind kind, uint number, uint theirs, bool accepted)
    {
        MachineDriver driver = new(With(p => p with { PeerAs = new(kind, number) }));
        driver.To(BgpState.OpenSent).Receive(1, MachineDriver.Open(theirs));
        Assert.Equal(accepted ? BgpState.OpenConfirm : BgpState.Idle, driver.State.State);
        if (!accepted) Assert.Equal(SessionEndReason.WrongPeerAs, Assert.Single(driver.Effects.OfType<SessionEffect.Ended>()).End.Reason);
    }

    [Fact]
    public void A_router_of_our_own_AS_must_not_have_our_identifier_and_one_of_another_may()
    {
        MachineDriver inside = new(With(p => p with { PeerAs = new(PeerAsKind.Number, 65000) })), outside = new(MachineDriver.Settings);
        inside.To(BgpState.OpenSent).Receive(1, MachineDriver.Open(65000, id: MachineDriver.OurId));
        Assert.Contains("close 1 with NOTIFICATION 2/3 BadBgpIdentifier", inside.Text, StringComparison.Ordinal);
        Assert.Contains("ended DuplicateIdentifier", inside.Text, StringComparison.Ordinal);
        Assert.Equal(BgpState.OpenConfirm, outside.To(BgpState.OpenSent).Receive(1, MachineDriver.Open(id: MachineDriver.OurId)).State.State);
    }

    [Fact]
    public void Without_a_common_family_there_is_no_session_and_the_router_is_told_which_one_it_lacks()
    {
        MachineDriver driver = new(MachineDriver.Settings);
        driver.To(BgpState.OpenSent).Receive(1, new OpenMessage(65001, 90, MachineDriver.HigherId, new MultiprotocolCapability(AddressFamily.IPv6Unicast)));
        Assert.Contains("close 1 with NOTIFICATION 2/7 UnsupportedCapability 0x010400010001", driver.Text, StringComparison.Ordinal);
        Assert.Contains("ended NoCommonFamily", driver.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void What_we_offer_follows_the_settings()
    {
        string Offered(Func<BgpPeerSettings, BgpPeerSettings> change, bool isRestart = false)
        {
            MachineDriver driver = new(With(change));
            driver.Start().Step(new SessionEvent.ConnectionOpened(1, true, MachineDriver.OurId, isRestart));
            OpenMessage open = (OpenMessage)driver.Effects.OfType<SessionEffect.Send>().Single().Message;
            return $"{open.AsNumber} {string.Join(", ", open.Capabilities)}";
        }

        const string Refresh = "route-refresh, enhanced-route-refresh", Tail = "fqdn \"node1\" \"\", four-octet-as";
        Assert.Equal($"65000 multiprotocol ipv4-unicast, {Refresh}, graceful-restart 0s [], {Tail} 65000", Offered(p => p));
        Assert.Equal($"65000 multiprotocol ipv6-unicast, {Refresh}, graceful-restart 0s [], {Tail} 65000", Offered(p => p with { Address = IpAddress.Parse("2001:db8::2") }));
        Assert.Equal(
            $"65000 multiprotocol ipv4-unicast, multiprotocol ipv6-unicast, {Refresh}, graceful-restart 0s [], extended-next-hop [ipv4-unicast over afi-2], {Tail} 65000",
            Offered(p => p with { Address = null, Interface = "eth0" }));
        Assert.Equal($"4200000000 multiprotocol ipv4-unicast, {Refresh}, graceful-restart 0s [], {Tail} 4200000000", Offered(p => p with { LocalAsOverride = 4200000000 }));
        Assert.Equal($"65000 multiprotocol ipv4-unicast, {Refresh}, graceful-restart notification 120s [ipv4-unicast forwarding], {Tail} 65000", Offered(p => p with { GracefulRestart = true }));
        Assert.Equal(
            $"65000 multiprotocol ipv4-unicast, {Refresh}, graceful-restart restarting notification 120s [ipv4-unicast forwarding], {Tail} 65000",
            Offered(p => p with { GracefulRestart = true }, isRestart: true));
    }

    [Theory]
    [InlineData(SessionEndReason.Shutdown, false, false, "close 1 with NOTIFICATION 6/2 AdministrativeShutdown \"bye\"")]
    [InlineData(SessionEndReason.Deconfigured, false, false, "close 1 with NOTIFICATION 6/2 AdministrativeShutdown \"bye\"")]
    [InlineData(SessionEndReason.SettingsChanged, false, false, "close 1 with NOTIFICATION 6/6 OtherConfigurationChange")]
    [InlineData(SessionEndReason.Shutdown, true, false, "close 1")]
    [InlineData(SessionEndReason.Deconfigured, true, false, "close 1 with NOTIFICATION 6/2 AdministrativeShutdown \"bye\"")]
    [InlineData(SessionEndReason.SettingsChanged, true, false, "close 1")]
    [InlineData(SessionEndReason.Shutdown, true, true, "close 1 with NOTIFICATION 6/4 AdministrativeReset \"bye\"")]
    [InlineData(SessionEndReason.Deconfigured, true, true, "close 1 with NOTIFICATION 6/9 HardReset (6/2 AdministrativeShutdown \"bye\")")]
    [InlineData(SessionEndReason.SettingsChanged, true, true, "close 1 with NOTIFICATION 6/6 OtherConfigurationChange")]
    public void A_router_that_is_to_keep_our_routes_is_left_without_words_that_make_it_forget_them(SessionEndReason reason, bool gracefulRestart, bool notification, string expected)
    {
        MachineDriver driver = new(With(p => p with { GracefulRestart = gracefulRestart }));
        driver.To(BgpState.Established, new(65001, 90, MachineDriver.HigherId, new GracefulRestartCapability(false, notification, 120, [])));
        driver.Step(new SessionEvent.Stop(new(reason, "bye")));
        Assert.Equal(expected, MachineDriver.Describe(driver.Effects[0]));
    }

    [Fact]
    public void Last_words_are_cut_to_what_every_router_takes_and_never_within_a_character()
    {
        MachineDriver driver = new(MachineDriver.Settings);
        driver.To(BgpState.Established).Step(new SessionEvent.Stop(new(SessionEndReason.Deconfigured, new string('é', 100))));
        Assert.True(driver.Effects.OfType<SessionEffect.Close>().Single().LastWords!.TryGetCommunication(out string? text));
        Assert.Equal(new string('é', 64), text);
    }

    [Fact]
    public void Strict_BFD_keeps_a_session_from_beginning_and_BFD_ends_one_only_after_it_was_up()
    {
        BfdSettings bfd = new("fast", default, default, 3, default, false, false, 254, IsStrict: true);
        MachineDriver strict = new(With(p => p with { Bfd = bfd })), lax = new(With(p => p with { Bfd = bfd with { IsStrict = false } }));
        Assert.Equal("", strict.Start().Step(new SessionEvent.BfdChanged(false)).Text);
        strict.Step(new SessionEvent.BfdChanged(true));
        Assert.Equal(BgpState.Connect, strict.State.State);
        strict.Dialed(strict.State.Connection!.Number).Receive(1, MachineDriver.Open()).Receive(1, KeepaliveMessage.Instance).Step(new SessionEvent.BfdChanged(false));
        Assert.Contains("NOTIFICATION 6/10 BfdDown", strict.Text, StringComparison.Ordinal);
        strict.Expire(SessionTimer.IdleHold);
        Assert.Equal((BgpState.Idle, StartDenial.BfdNotUp), (strict.State.State, strict.State.Denied));

        lax.To(BgpState.Established).Step(new SessionEvent.BfdChanged(false));
        Assert.Equal(BgpState.Established, lax.State.State);
        lax.Step(new SessionEvent.BfdChanged(true)).Step(new SessionEvent.BfdChanged(false)).Expire(SessionTimer.IdleHold);
        Assert.Equal(BgpState.Connect, lax.State.State);
    }

    [Fact]
    public void A_denied_session_runs_on_and_is_not_begun_again_before_it_is_allowed()
    {
        MachineDriver driver = new(MachineDriver.Settings);
        driver.To(BgpState.Established).Step(new SessionEvent.Deny(StartDenial.PasswordMissing));
        Assert.Equal(BgpState.Established, driver.State.State);
        driver.Failed(1).Expire(SessionTimer.IdleHold);
        Assert.Equal(BgpState.Idle, driver.State.State);
        Assert.Equal(BgpState.Connect, driver.Step(new SessionEvent.Allow(StartDenial.PasswordMissing)).State.State);
    }

    [Fact]
    public void A_passive_session_is_ready_for_the_router_at_once_after_a_stable_session_and_refuses_it_for_a_while_after_failures()
    {
        MachineDriver driver = new(MachineDriver.Passive);
        driver.To(BgpState.Established).Expire(SessionTimer.Stable).Failed(1);
        Assert.Equal(BgpState.Active, driver.State.State);
        driver.Accepted().Receive(2, MachineDriver.Open(65099));
        Assert.Equal(BgpState.Idle, driver.State.State);
        Assert.Contains("close 3 with NOTIFICATION 6/5 ConnectionRejected", driver.Accepted().Text, StringComparison.Ordinal);
        Assert.Equal(BgpState.Active, driver.Expire(SessionTimer.IdleHold).State.State);
    }

    [Fact]
    public void A_router_that_may_restart_and_connects_anew_has_restarted_unless_it_is_the_late_half_of_a_collision()
    {
        SessionSettings settings = With(p => p with { Passive = true });
        MachineDriver passive = new(settings), active = new(MachineDriver.Settings);
        passive.To(BgpState.Established, MachineDriver.Open(restarts: true)).Accepted();
        Assert.Contains("close 1; ", passive.Text, StringComparison.Ordinal);
        Assert.Contains("ended PeerRestarted; send 2 OPEN", passive.Text, StringComparison.Ordinal);
        active.To(BgpState.Established, MachineDriver.Open(restarts: true)).Accepted();
        Assert.Equal((BgpState.Established, 2), (active.State.State, active.State.Tracked!.Number));
        active.Receive(2, MachineDriver.Open(restarts: true));
        Assert.Equal(BgpState.Established, active.State.State);
    }
}
