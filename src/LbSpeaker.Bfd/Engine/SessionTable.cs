using System.Security.Cryptography;
using LbSpeaker.Bfd.Session;
using LbSpeaker.Bfd.Wire;
using LbSpeaker.Core.Net;

namespace LbSpeaker.Bfd.Engine;

/// <summary>
/// All sessions: makes them follow what is wanted, finds the one that a packet is for, and runs what is due. One thread owns it; the time comes with each call.
/// </summary>
/// <param name="random">0 up to, not including, 1.</param>
/// <param name="discriminators">Random 32-bit values.</param>
internal sealed class SessionTable(ISessionWire wire, TimeProvider wallClock, Func<double> random, Func<uint> discriminators, Action<DiscardReason> discarded, Action<LiveSession> changed, ControlTrace? trace = null)
{
    private static readonly TimeSpan RepairInterval = TimeSpan.FromSeconds(1);

    /// <summary>Where a packet with Your Discriminator zero is looked for (RFC 5881 section 3, RFC 5883 section 4.1); interface and local address are asked of the sessions there.</summary>
    private readonly record struct FirstPacketKey(string? Vrf, BfdHops Hops, IpAddress Peer);

    private readonly Dictionary<BfdSessionKey, LiveSession> sessions = [];
    private readonly Dictionary<uint, LiveSession> byDiscriminator = [];
    private readonly Dictionary<FirstPacketKey, List<LiveSession>> byPeer = [];
    private readonly DeadlineHeap due = new();
    private readonly byte[] echoKey = RandomNumberGenerator.GetBytes(32);
    private readonly byte[] buffer = new byte[ControlPacket.MaxLength];
    private TimeSpan repairAt = TimeSpan.MaxValue;
    private bool drained;

    public IEnumerable<LiveSession> Sessions => sessions.Values;

    /// <summary>When <see cref="Advance"/> has something to do.</summary>
    public TimeSpan NextDue => due.NextDue < repairAt ? due.NextDue : repairAt;

    /// <summary>What is gone leaves before what is new comes; what is equal stays untouched.</summary>
    public void Apply(IReadOnlyDictionary<BfdSessionKey, BfdSettings> wanted, TimeSpan now)
    {
        foreach (LiveSession session in sessions.Values.Where(s => !s.IsLeaving && !wanted.ContainsKey(s.Key)).ToList()) Dismiss(session, now);
        foreach ((BfdSessionKey key, BfdSettings settings) in wanted)
        {
            if (!sessions.TryGetValue(key, out LiveSession? session)) Add(key, settings, now);
            else if (session.IsLeaving || session.Wanted != settings)
            {
                session.LeavesAt = TimeSpan.MaxValue;
                session.Wanted = settings;
                Open(session, now);
                Step(session, SessionEvent.SettingsChanged(now, random()));
            }
        }
    }

    /// <summary>RFC 5880 section 6.8.6.</summary>
    public void Receive(ReadOnlySpan<byte> payload, in Arrival arrival, TimeSpan now)
    {
        DiscardReason? reason = TryAccept(payload, arrival, out ControlPacket packet, out LiveSession? session);
        session?.CountControlIn();
        if (reason is { } refused)
        {
            discarded(refused);
            trace?.Discarded(refused, session, payload, arrival, now);
            return;
        }
        session!.HeardInterface = arrival.Interface;
        session.HeardAddress = arrival.Destination;
        Step(session, SessionEvent.Received(now, random(), packet), payload, arrival);
    }

    /// <summary>An echo packet came back (RFC 5880 section 6.8.8).</summary>
    public void ReceiveEcho(ReadOnlySpan<byte> payload, TimeSpan now)
    {
        if (!EchoPacket.TryDecode(payload, echoKey, out EchoPacket echo)) discarded(DiscardReason.EchoForeign);
        else if (!byDiscriminator.TryGetValue(echo.MyDiscriminator, out LiveSession? session)) discarded(DiscardReason.EchoStale);
        else
        {
            session.CountEchoIn();
            Step(session, SessionEvent.EchoReturned(now, random(), echo.Sequence));
        }
    }

    /// <summary>Whether this sender's echoes are to be looped back: a neighbor whom we told so. One that was looped before (TTL below 255) is not looped again.</summary>
    public bool LoopsFor(in Arrival arrival)
    {
        LiveSession? session = FindByPeer(arrival);
        bool wanted = arrival.Ttl == 255 && session is { Settings.EchoInterval: not null, Variables.SessionState: BfdState.Up };
        if (!wanted) discarded(DiscardReason.EchoUnwanted);
        return wanted;
    }

    /// <summary>Runs every timer that is due at <paramref name="now"/>.</summary>
    public void Advance(TimeSpan now)
    {
        drained = false;
        while (due.NextDue <= now)
        {
            LiveSession session = due.First;
            if (session.LeavesAt <= now) Drop(session);
            else Expire(session, now);
        }
        if (repairAt <= now) Repair(now);
    }

    /// <summary>Tells every peer that this side goes away by intent, as far as one packet can.</summary>
    public void TakeLeave(TimeSpan now)
    {
        foreach (LiveSession session in sessions.Values.ToList())
        {
            if (!session.IsLeaving) Dismiss(session, now);
            Drop(session);
        }
    }

    private void Expire(LiveSession session, TimeSpan now)
    {
        SessionVariables state = session.Variables;
        if (state.Detect.Due <= now || state.EchoDetect.Due <= now)
        {
            // Whoever was late here, the sockets may hold what is missed.
            if (!drained)
            {
                drained = true;
                wire.Drain(now);
                return;
            }
            (SessionTimer timer, uint epoch) = state.Detect.Due <= now ? (SessionTimer.Detect, state.Detect.Epoch) : (SessionTimer.EchoDetect, state.EchoDetect.Epoch);
            Step(session, SessionEvent.TimerExpired(now, random(), timer, epoch));
        }
        else if (state.Transmit.Due <= now) Step(session, SessionEvent.TimerExpired(now, random(), SessionTimer.Transmit, state.Transmit.Epoch));
        else Step(session, SessionEvent.TimerExpired(now, random(), SessionTimer.EchoTransmit, state.EchoTransmit.Epoch));
    }

    /// <param name="payload">Of the packet that was received, as it came.</param>
    private void Step(LiveSession session, in SessionEvent happened, ReadOnlySpan<byte> payload = default, in Arrival arrival = default)
    {
        SessionVariables before = session.Variables;
        (session.Variables, SessionEffects effects) = SessionMachine.Step(session.Variables, happened, session.Settings);
        // Before the answer to it.
        if (happened.Kind == SessionEventKind.Received)
            if (effects.Discarded is { } refused) trace?.Discarded(refused, session, payload, arrival, happened.Now);
            else trace?.Received(session, before, happened.Packet, payload, arrival);
        if (effects.Control is { } packet) Send(session, packet, happened.Now);
        if (effects.Echo is { } sequence) SendEcho(session, sequence);
        if (effects.Discarded is { } reason) discarded(reason);
        TimeSpan next = session.Variables.NextDue;
        due.Set(session, next < session.LeavesAt ? next : session.LeavesAt);
        if (effects.StateChanged)
        {
            session.LastChange = wallClock.GetUtcNow();
            session.CountChange(session.Variables.SessionState == BfdState.Up, before.SessionState == BfdState.Up);
        }
        session.Publish();
        if (!effects.StateChanged || session.IsLeaving) return;
        session.CountNotification();
        changed(session);
    }

    private void Send(LiveSession session, in ControlPacket packet, TimeSpan now)
    {
        if (session.Path is null) return;
        int length = packet.Encode(buffer);
        if (session.Settings.Authentication is { } authentication) length = PacketAuthenticator.Sign(buffer, authentication, packet.Authentication.Sequence);
        BfdFault fault = wire.Send(session, buffer.AsSpan(0, length));
        trace?.Sent(session, packet, buffer.AsSpan(0, length), fault);
        if (fault == BfdFault.None) session.CountControlOut();
        // What could not be opened stays the fault to be told.
        if (session.IsOpen) session.Fault = fault;
        // The link or the address that the socket is bound to is gone: it is bound anew when that is back.
        if (fault is BfdFault.InterfaceMissing or BfdFault.AddressMissing)
        {
            session.IsOpen = false;
            RepairLater(now);
        }
    }

    private void SendEcho(LiveSession session, uint sequence)
    {
        int length = new EchoPacket(session.Variables.LocalDiscr, sequence).Encode(buffer, echoKey);
        session.EchoUnavailable = !wire.SendEcho(session, buffer.AsSpan(0, length));
        if (!session.EchoUnavailable) session.CountEchoOut();
    }

    private void Add(BfdSessionKey key, BfdSettings settings, TimeSpan now)
    {
        FirstPacketKey place = new(key.Vrf, key.Hops, key.Peer);
        if (!byPeer.TryGetValue(place, out List<LiveSession>? atPeer)) byPeer[place] = atPeer = [];
        // One that only takes its leave of the same peer must not talk to it beside its successor.
        foreach (LiveSession former in atPeer.Where(s => s.IsLeaving).ToList()) Drop(former);

        uint discriminator;
        do discriminator = discriminators();
        while (discriminator == 0 || byDiscriminator.ContainsKey(discriminator));
        LiveSession session = new(key, settings) { Variables = SessionMachine.Create(discriminator, discriminators(), settings), LastChange = wallClock.GetUtcNow() };
        sessions[key] = session;
        byDiscriminator[discriminator] = session;
        byPeer[place] = atPeer;
        // The more a session says of where its packets come in, the earlier it is asked.
        int at = atPeer.FindIndex(s => Weight(s.Key) < Weight(key));
        atPeer.Insert(at < 0 ? atPeer.Count : at, session);
        Open(session, now);
        Step(session, SessionEvent.Started(now, random()));
    }

    private static int Weight(BfdSessionKey key) => (key.Interface is null ? 0 : 2) + (key.Local is null ? 0 : 1);

    /// <summary>RFC 5880 section 6.8.16: a peer that is there is told for the time that it takes to notice.</summary>
    private void Dismiss(LiveSession session, TimeSpan now)
    {
        bool wasHeard = session.Variables.RemoteDiscr != 0;
        session.LeavesAt = now;
        session.Settings = session.Settings with { AdminDown = true };
        Step(session, SessionEvent.SettingsChanged(now, random()));
        if (wasHeard) session.LeavesAt = now + session.Variables.TransmitInterval.ToTimeSpan() * session.Settings.DetectMultiplier;
        due.Set(session, session.Variables.NextDue < session.LeavesAt ? session.Variables.NextDue : session.LeavesAt);
    }

    private void Drop(LiveSession session)
    {
        due.Remove(session);
        sessions.Remove(session.Key);
        byDiscriminator.Remove(session.Variables.LocalDiscr);
        FirstPacketKey place = new(session.Key.Vrf, session.Key.Hops, session.Key.Peer);
        byPeer[place].Remove(session);
        if (byPeer[place].Count == 0) byPeer.Remove(place);
        wire.Close(session);
    }

    private void Open(LiveSession session, TimeSpan now)
    {
        session.Settings = session.Wanted with { LoopsEchoes = wire.LoopsEchoes(session), AdminDown = session.Wanted.AdminDown || session.IsLeaving };
        session.Fault = wire.Open(session);
        session.IsOpen = session.Fault == BfdFault.None;
        if (!session.IsOpen) RepairLater(now);
    }

    private void RepairLater(TimeSpan now)
    {
        if (repairAt == TimeSpan.MaxValue) repairAt = now + RepairInterval;
    }

    private void Repair(TimeSpan now)
    {
        repairAt = TimeSpan.MaxValue;
        foreach (LiveSession session in sessions.Values.Where(s => !s.IsOpen))
        {
            wire.Close(session);
            Open(session, now);
            session.Publish();
        }
    }

    private DiscardReason? TryAccept(ReadOnlySpan<byte> payload, in Arrival arrival, out ControlPacket packet, out LiveSession? session)
    {
        session = null;
        packet = default;
        // RFC 5881 section 5; the kernel's filter has let nothing else through.
        if (arrival.Hops == BfdHops.Single && arrival.Ttl != 255) return DiscardReason.Ttl;
        if (ControlPacket.TryDecode(payload, out packet) is { } malformed) return malformed;
        if (packet.YourDiscriminator != 0)
        {
            // A session is reached by its own port only: else a packet from afar, sent to the multihop port, would pass for one of the link.
            if (!byDiscriminator.TryGetValue(packet.YourDiscriminator, out LiveSession? found) || found.Key.Hops != arrival.Hops || found.Key.Vrf != arrival.Vrf || found.Key.Peer.Family != arrival.Source.Family)
                return DiscardReason.UnknownDiscriminator;
            session = found;
        }
        else if ((session = FindByPeer(arrival)) is null) return DiscardReason.NoSession;
        if (arrival.Hops == BfdHops.Multi && arrival.Ttl < session.Settings.MinimumTtl) return DiscardReason.Ttl;
        return PacketAuthenticator.Check(payload, packet, session.Settings.Authentication, session.Variables.AuthSeqKnown ? session.Variables.RcvAuthSeq : null);
    }

    private LiveSession? FindByPeer(in Arrival arrival)
    {
        if (!byPeer.TryGetValue(new(arrival.Vrf, arrival.Hops, arrival.Source), out List<LiveSession>? candidates)) return null;
        foreach (LiveSession session in candidates)
        {
            if (session.Key.Local is { } local && local != arrival.Destination) continue;
            if (session.Key is { Hops: BfdHops.Single, Interface: not null } && wire.InterfaceOf(session) != arrival.Interface) continue;
            return session;
        }
        return null;
    }
}
