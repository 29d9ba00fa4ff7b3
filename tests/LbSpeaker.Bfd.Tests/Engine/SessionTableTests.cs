using LbSpeaker.Bfd.Engine;
using LbSpeaker.Bfd.Wire;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Bfd.Tests.Engine;

/// <summary>Which session a packet is for, what follows a change of wishes, and what is due when.</summary>
public sealed class SessionTableTests
{
    private static readonly BfdSessionKey A = TableRig.Key("192.0.2.2"), B = TableRig.Key("192.0.2.3");

    [Fact]
    public void A_first_packet_finds_its_session_by_sender_link_and_hop_type()
    {
        TableRig rig = new();
        BfdSessionKey onEth1 = TableRig.Key("fe80::2", @interface: "eth1"), onEth0 = TableRig.Key("fe80::2", @interface: "eth0");
        BfdSessionKey multi = TableRig.Key("192.0.2.2", BfdHops.Multi, local: "198.51.100.1"), inVrf = TableRig.Key("192.0.2.2", vrf: "red");
        BfdSessionKey fromSecond = TableRig.Key("192.0.2.2", local: "192.0.2.9");
        rig.Want(A, B, onEth0, onEth1, multi, inVrf, fromSecond);

        rig.Receive("fe80::2", TableRig.Packet(BfdState.Down, my: 1), to: "fe80::1", @interface: 3);
        rig.Receive("fe80::2", TableRig.Packet(BfdState.Down, my: 2), to: "fe80::1", @interface: 2);
        rig.Receive("192.0.2.2", TableRig.Packet(BfdState.Down, my: 3), BfdHops.Multi, to: "198.51.100.1", ttl: 254);
        rig.Receive("192.0.2.2", TableRig.Packet(BfdState.Down, my: 4), vrf: "red");
        rig.Receive("192.0.2.2", TableRig.Packet(BfdState.Down, my: 5), to: "192.0.2.9");
        rig.Receive("192.0.2.2", TableRig.Packet(BfdState.Down, my: 6));
        Assert.Equal((1u, 2u, 3u), (rig[onEth1].Variables.RemoteDiscr, rig[onEth0].Variables.RemoteDiscr, rig[multi].Variables.RemoteDiscr));
        Assert.Equal((4u, 5u, 6u), (rig[inVrf].Variables.RemoteDiscr, rig[fromSecond].Variables.RemoteDiscr, rig[A].Variables.RemoteDiscr));
        Assert.Equal(0u, rig[B].Variables.RemoteDiscr);
        Assert.Empty(rig.Discards);
    }

    [Fact]
    public void A_stranger_is_refused()
    {
        TableRig rig = new();
        rig.Want(A, TableRig.Key("fe80::2", @interface: "eth1"), TableRig.Key("192.0.2.2", BfdHops.Multi, local: "198.51.100.1"));
        rig.Receive("192.0.2.4", TableRig.Packet(BfdState.Down));
        rig.Receive("fe80::2", TableRig.Packet(BfdState.Down), to: "fe80::1", @interface: 2);
        rig.Receive("192.0.2.2", TableRig.Packet(BfdState.Down), BfdHops.Multi, to: "198.51.100.2");
        rig.Receive("192.0.2.2", TableRig.Packet(BfdState.Down), vrf: "red");
        Assert.Equal(Enumerable.Repeat(DiscardReason.NoSession, 4), rig.Discards);
    }

    [Fact]
    public void Your_Discriminator_alone_selects_the_session_whatever_address_it_comes_from()
    {
        TableRig rig = new();
        rig.Want(A, B);
        rig.Receive("203.0.113.7", TableRig.Packet(BfdState.Down, rig[B].Variables.LocalDiscr), @interface: 3);
        Assert.Equal((BfdState.Down, BfdState.Init), (rig[A].Variables.SessionState, rig[B].Variables.SessionState));
        rig.Receive("192.0.2.2", TableRig.Packet(BfdState.Down, your: 999));
        Assert.Equal([DiscardReason.UnknownDiscriminator], rig.Discards);
    }

    [Fact]
    public void A_session_is_reached_by_its_own_port_VRF_and_family_only()
    {
        TableRig rig = new();
        rig.Want(A);
        uint own = rig[A].Variables.LocalDiscr;
        rig.Receive("192.0.2.2", TableRig.Packet(BfdState.Down, own), BfdHops.Multi);
        rig.Receive("192.0.2.2", TableRig.Packet(BfdState.Down, own), vrf: "red");
        rig.Receive("2001:db8::2", TableRig.Packet(BfdState.Down, own), to: "2001:db8::1");
        Assert.Equal(Enumerable.Repeat(DiscardReason.UnknownDiscriminator, 3), rig.Discards);
    }

    [Theory]
    [InlineData(BfdHops.Single, 255, true)]
    [InlineData(BfdHops.Single, 254, false)]
    [InlineData(BfdHops.Single, -1, false)]
    [InlineData(BfdHops.Multi, 250, true)]
    [InlineData(BfdHops.Multi, 255, true)]
    [InlineData(BfdHops.Multi, 249, false)]
    [InlineData(BfdHops.Multi, -1, false)]
    public void The_TTL_is_255_on_a_single_hop_and_no_less_than_the_minimum_on_many(BfdHops hops, int ttl, bool taken)
    {
        TableRig rig = new();
        BfdSessionKey key = TableRig.Key("192.0.2.2", hops);
        rig.Want(new BfdSettings { MinimumTtl = 250 }, key);
        rig.Receive("192.0.2.2", TableRig.Packet(BfdState.Down), hops, ttl: ttl);
        Assert.Equal(taken ? [] : [DiscardReason.Ttl], rig.Discards);
        Assert.Equal(taken ? BfdState.Init : BfdState.Down, rig[key].Variables.SessionState);
    }

    [Fact]
    public void Every_reason_of_the_packet_itself_is_counted_and_touches_no_session()
    {
        TableRig rig = new();
        rig.Want(A);
        BfdAuthentication authentication = new(BfdAuthenticationType.KeyedSha1, new[] { BfdKey.FromText(1, "secret") }.ToValueArray());
        rig.Receive("192.0.2.2", TableRig.Packet(BfdState.Down), authentication: authentication);
        rig.Receive("192.0.2.2", TableRig.Packet(BfdState.Down, my: 0));
        rig.Receive("192.0.2.2", TableRig.Packet(BfdState.Up));
        Assert.Equal([DiscardReason.AuthenticationUnexpected, DiscardReason.ZeroMyDiscriminator, DiscardReason.ZeroYourDiscriminator], rig.Discards);
        Assert.Equal(0u, rig[A].Variables.RemoteDiscr);
    }

    [Fact]
    public void A_replayed_packet_is_refused()
    {
        TableRig rig = new();
        BfdAuthentication authentication = new(BfdAuthenticationType.MeticulousKeyedSha1, new[] { BfdKey.FromText(1, "secret") }.ToValueArray());
        rig.Want(new BfdSettings { Authentication = authentication }, A);
        ControlPacket packet = TableRig.Packet(BfdState.Down) with { Authentication = new(default, 0, 1, 50) };
        rig.Receive("192.0.2.2", packet, authentication: authentication);
        rig.Receive("192.0.2.2", packet, authentication: authentication);
        rig.Receive("192.0.2.2", packet with { Authentication = new(default, 0, 1, 51) }, authentication: authentication);
        Assert.Equal([DiscardReason.AuthenticationSequence], rig.Discards);
        Assert.Equal((BfdState.Init, 51u), (rig[A].Variables.SessionState, rig[A].Variables.RcvAuthSeq));
    }

    [Fact]
    public void An_equal_wish_changes_nothing_and_another_one_costs_no_session()
    {
        TableRig rig = new();
        rig.Want(A, B);
        rig.BringUp(A);
        uint own = rig[A].Variables.LocalDiscr;
        rig.Wire.Sent.Clear();
        rig.Want(A, B);
        Assert.Empty(rig.Wire.Sent);
        rig.Want(new BfdSettings { TransmitInterval = BfdInterval.FromMilliseconds(50) }, A, B);
        Assert.Equal((BfdState.Up, own, BfdInterval.FromMilliseconds(50)), (rig[A].Variables.SessionState, rig[A].Variables.LocalDiscr, rig[A].Variables.DesiredMinTx));
    }

    [Fact]
    public void What_is_no_longer_wanted_tells_its_peer_for_a_while_and_no_user()
    {
        TableRig rig = new();
        rig.Want(A);
        rig.BringUp(A);
        rig.Told.Clear();
        rig.Wire.Sent.Clear();
        rig.Want();
        rig.Advance(2000);
        Assert.InRange(rig.Wire.Sent.Count, 2, 4);
        Assert.All(rig.Wire.Sent, s => Assert.Equal((BfdState.AdminDown, BfdDiagnostic.AdministrativelyDown), (s.Packet.State, s.Packet.Diagnostic)));
        Assert.Empty(rig.Told);
        Assert.True(rig[A].IsLeaving);
        rig.Advance(2000);
        Assert.Empty(rig.Table.Sessions);
        Assert.Equal([A], rig.Wire.Closed);
        Assert.Equal(TimeSpan.MaxValue, rig.Table.NextDue);
    }

    [Fact]
    public void What_was_never_heard_goes_at_once()
    {
        TableRig rig = new();
        rig.Want(A);
        rig.Want();
        rig.Advance(0);
        Assert.Empty(rig.Table.Sessions);
    }

    [Fact]
    public void What_is_wanted_again_while_it_leaves_stays()
    {
        TableRig rig = new();
        rig.Want(A);
        rig.BringUp(A);
        rig.Want();
        rig.Advance(500);
        rig.Want(A);
        rig.BringUp(A);
        rig.Told.Clear();
        rig.Advance(800);
        Assert.False(rig[A].IsLeaving);
        Assert.Equal(BfdState.Up, rig[A].Variables.SessionState);
    }

    [Fact]
    public void A_successor_to_the_same_peer_finds_the_former_one_gone()
    {
        TableRig rig = new();
        rig.Want(A);
        rig.BringUp(A);
        BfdSessionKey onEth0 = TableRig.Key("192.0.2.2", @interface: "eth0");
        rig.Wire.Sent.Clear();
        rig.Want(onEth0);
        Assert.Equal([(A, BfdState.AdminDown), (onEth0, BfdState.Down)], rig.Wire.Sent.Select(s => (s.Key, s.Packet.State)));
        Assert.Equal(onEth0, Assert.Single(rig.Table.Sessions).Key);
    }

    [Fact]
    public void A_stop_says_goodbye_to_everyone()
    {
        TableRig rig = new();
        rig.Want(A, B);
        rig.BringUp(A);
        rig.Wire.Sent.Clear();
        rig.Table.TakeLeave(rig.Now);
        Assert.Equal([A, B], rig.Wire.Sent.Select(s => s.Key));
        Assert.All(rig.Wire.Sent, s => Assert.Equal(BfdState.AdminDown, s.Packet.State));
        Assert.Empty(rig.Table.Sessions);
    }

    [Fact]
    public void Whoever_reads_late_reads_first_and_judges_then()
    {
        TableRig rig = new();
        rig.Want(A);
        rig.BringUp(A);
        int drains = 0;
        rig.Wire.Unread = _ =>
        {
            drains++;
            rig.Receive("192.0.2.2", TableRig.Packet(BfdState.Up, rig[A].Variables.LocalDiscr));
        };
        // The process stood still for ten seconds; the peer's packets wait in the socket.
        rig.Stall(10_000);
        Assert.Equal(1, drains);
        Assert.Equal(BfdState.Up, rig[A].Variables.SessionState);
        // Nothing waits: now it is dead.
        rig.Wire.Unread = _ => { };
        rig.Advance(900);
        Assert.Equal((BfdState.Down, DownReason.DetectionTimeExpired), (rig[A].Variables.SessionState, rig[A].Variables.Reason));
    }

    [Fact]
    public void A_change_of_state_is_told_and_counted()
    {
        TableRig rig = new();
        rig.Want(A);
        rig.BringUp(A);
        rig.Receive("192.0.2.2", TableRig.Packet(BfdState.AdminDown, rig[A].Variables.LocalDiscr));
        Assert.Equal([(A, BfdState.Init, DownReason.NotYetUp), (A, BfdState.Up, DownReason.None), (A, BfdState.Down, DownReason.NeighborAdminDown)], rig.Told);
        BfdSessionReport report = rig[A].Report;
        Assert.Equal(new BfdCounters(ControlIn: 3, ControlOut: 4, EchoIn: 0, EchoOut: 0, Up: 1, Down: 1, Notifications: 3), report.Counters);
        Assert.Equal((BfdState.Down, BfdState.AdminDown, DownReason.NeighborAdminDown, 7u), (report.State, report.RemoteState, report.Reason, report.RemoteDiscriminator));
    }

    [Fact]
    public void What_cannot_be_opened_is_reported_and_tried_again_every_second()
    {
        TableRig rig = new();
        rig.Wire.OpenFault = BfdFault.PortInUse;
        rig.Want(A);
        Assert.Equal(BfdFault.PortInUse, rig[A].Report.Fault);
        rig.Advance(3500);
        Assert.Equal(4, rig.Wire.Opened.Count);
        Assert.Empty(rig.Wire.Sent);
        rig.Wire.OpenFault = BfdFault.None;
        rig.Advance(2000);
        Assert.Equal((5, BfdFault.None), (rig.Wire.Opened.Count, rig[A].Report.Fault));
        Assert.NotEmpty(rig.Wire.Sent);
    }

    [Theory]
    [InlineData(BfdFault.Unreachable, 1)]
    [InlineData(BfdFault.NotPermitted, 1)]
    [InlineData(BfdFault.InterfaceMissing, 2)]
    [InlineData(BfdFault.AddressMissing, 2)]
    public void What_cannot_be_sent_is_reported_and_a_lost_link_is_opened_anew(BfdFault fault, int opened)
    {
        TableRig rig = new();
        rig.Want(A);
        rig.Wire.SendFault = fault;
        rig.Advance(1000);
        Assert.Equal((fault, 0), (rig[A].Report.Fault, (int)rig[A].Counters.ControlIn));
        rig.Wire.SendFault = BfdFault.None;
        rig.Advance(2000);
        Assert.Equal((BfdFault.None, opened), (rig[A].Report.Fault, rig.Wire.Opened.Count));
    }

    [Fact]
    public void An_echo_returns_to_its_session_and_a_foreign_one_to_none()
    {
        TableRig rig = new();
        BfdInterval fifty = BfdInterval.FromMilliseconds(50);
        rig.Want(new BfdSettings { EchoInterval = fifty }, A);
        Assert.Equal(EchoStanding.Waiting, rig[A].Report.Echo);
        rig.BringUp(A);
        rig.Receive("192.0.2.2", TableRig.Packet(BfdState.Up, rig[A].Variables.LocalDiscr) with { RequiredMinEchoRx = fifty });
        rig.Advance(10);
        Assert.Equal(EchoStanding.Unproven, rig[A].Report.Echo);
        byte[] echo = Assert.Single(rig.Wire.Echoes);
        rig.Table.ReceiveEcho(echo, rig.Now);
        Assert.Equal((EchoStanding.Active, 1, 1), (rig[A].Report.Echo, (int)rig[A].Counters.EchoOut, (int)rig[A].Counters.EchoIn));
        rig.Table.ReceiveEcho(echo, rig.Now);
        echo[^1] ^= 1;
        rig.Table.ReceiveEcho(echo, rig.Now);
        rig.Table.ReceiveEcho([], rig.Now);
        Assert.Equal([DiscardReason.EchoStale, DiscardReason.EchoForeign, DiscardReason.EchoForeign], rig.Discards);
    }

    [Fact]
    public void Only_a_neighbor_that_was_told_so_has_its_echoes_looped()
    {
        TableRig rig = new();
        rig.Want(new BfdSettings { EchoInterval = BfdInterval.FromMilliseconds(50) }, A);
        Arrival arrival = new(BfdHops.Single, null, A.Peer, B.Peer, 2, 255);
        Assert.False(rig.Table.LoopsFor(arrival));
        rig.BringUp(A);
        Assert.True(rig.Table.LoopsFor(arrival));
        Assert.False(rig.Table.LoopsFor(arrival with { Source = B.Peer }));
        Assert.False(rig.Table.LoopsFor(arrival with { Ttl = 254 }));
        Assert.Equal(Enumerable.Repeat(DiscardReason.EchoUnwanted, 3), rig.Discards);
    }

    [Fact]
    public void Discriminators_are_unique_and_not_zero()
    {
        Queue<uint> dice = new([0, 5, 1, 5, 0, 6, 1]);
        SessionTable table = new(new FakeWire(), TimeProvider.System, () => 0, dice.Dequeue, _ => { }, _ => { });
        table.Apply(new[] { A, B }.ToDictionary(k => k, _ => new BfdSettings()), TimeSpan.Zero);
        Assert.Equal([5u, 6u], table.Sessions.Select(s => s.Variables.LocalDiscr));
    }
}
