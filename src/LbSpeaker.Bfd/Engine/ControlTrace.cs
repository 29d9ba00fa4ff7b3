using LbSpeaker.Bfd.Session;
using LbSpeaker.Bfd.Wire;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Reports;

namespace LbSpeaker.Bfd.Engine;

/// <summary>
/// Keeps the control packets that say something new: a change of state or diagnostic, the first Poll of a sequence and its Final, a refusal. One like the one before costs a few
/// comparisons. Allocates nothing; the engine's thread alone calls it.
/// </summary>
internal sealed class ControlTrace(TraceBuffer buffer, TimeProvider wallClock)
{
    /// <summary>Where the session names no interface.</summary>
    private const string Place = "bfd";

    /// <summary>A stranger's packets, or those of a peer with another key, come at their own rate: of each reason one is kept in this time.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private static readonly string[] Reasons = Enum.GetNames<DiscardReason>(), States = Enum.GetNames<BfdState>(), Faults = Enum.GetNames<BfdFault>();

    private readonly byte[] shown = new byte[ControlPacket.MaxLength], octets = new byte[PacketEnvelope.MostHead + ControlPacket.MaxLength];
    private readonly TimeSpan[] quietUntil = new TimeSpan[Reasons.Length];

    /// <param name="before">What was known when the packet came; the session has what came of it.</param>
    public void Received(LiveSession session, in SessionVariables before, in ControlPacket packet, ReadOnlySpan<byte> payload, in Arrival arrival)
    {
        BfdState now = session.Variables.SessionState;
        Memory memory = session.Traced;
        memory.AnswersNewPoll = packet.Poll && !memory.IsPolled;
        memory.IsPolled = packet.Poll;
        bool ends = packet.Final && before.Poll == PollPhase.Polling;
        if (now == before.SessionState && packet.State == before.RemoteSessionState && packet.Diagnostic == before.RemoteDiag && !memory.AnswersNewPoll && !ends) return;
        Add(TraceDirection.In, session, TraceOutcome.Taken, now == before.SessionState ? "" : States[(int)now], Envelope(arrival, payload));
    }

    /// <param name="session">Null where the packet is for none.</param>
    public void Discarded(DiscardReason reason, LiveSession? session, ReadOnlySpan<byte> payload, in Arrival arrival, TimeSpan now)
    {
        if (now < quietUntil[(int)reason]) return;
        quietUntil[(int)reason] = now + Pause;
        Add(TraceDirection.In, session, TraceOutcome.Discarded, Reasons[(int)reason], Envelope(arrival, payload));
    }

    /// <param name="fault">None where it was sent.</param>
    public void Sent(LiveSession session, in ControlPacket packet, ReadOnlySpan<byte> payload, BfdFault fault)
    {
        Memory memory = session.Traced;
        var says = (packet.State, packet.Diagnostic, fault);
        bool isNew = memory.Said != says || packet.Poll && !memory.IsPolling || packet.Final && memory.AnswersNewPoll;
        memory.Said = says;
        if (!packet.Final) memory.IsPolling = packet.Poll;
        if (!isNew) return;
        IpAddress local = session.Key.Local ?? (session.HeardInterface != 0 ? session.HeardAddress : new IpAddress(session.Key.Peer.Family, 0));
        Add(TraceDirection.Out, session, fault == BfdFault.None ? TraceOutcome.Sent : TraceOutcome.NotSent, fault == BfdFault.None ? "" : Faults[(int)fault],
            new(local, BfdPorts.FirstSource, session.Key.Peer, PortOf(session.Key.Hops), byte.MaxValue, payload));
    }

    /// <summary>Of one session, so that what is repeated is known: a peer that never answers a Poll, or never stops, gets one record.</summary>
    internal sealed class Memory
    {
        public (BfdState State, BfdDiagnostic Diagnostic, BfdFault Fault)? Said { get; set; }

        /// <summary>Whether the last packet had the bit P: of this side, but for Finals, and of the peer.</summary>
        public bool IsPolling { get; set; }

        /// <inheritdoc cref="IsPolling"/>
        public bool IsPolled { get; set; }

        /// <summary>A Final that is sent now is for the first Poll of a sequence.</summary>
        public bool AnswersNewPoll { get; set; }
    }

    private static PacketEnvelope Envelope(in Arrival arrival, ReadOnlySpan<byte> payload) =>
        new(arrival.Source, BfdPorts.FirstSource, arrival.Destination, PortOf(arrival.Hops), (byte)arrival.Ttl, payload[..Math.Min(payload.Length, ControlPacket.MaxLength)]);

    private static ushort PortOf(BfdHops hops) => hops == BfdHops.Multi ? (ushort)BfdPorts.Multihop : (ushort)BfdPorts.SingleHop;

    private void Add(TraceDirection direction, LiveSession? session, TraceOutcome outcome, string reason, PacketEnvelope envelope)
    {
        // The octets first, without what is secret in them: the sum of the envelope is over what is shown.
        Span<byte> payload = shown.AsSpan(0, envelope.Payload.Length);
        envelope.Payload.CopyTo(payload);
        PacketAuthenticator.HidePassword(payload);
        int length = new PacketEnvelope(envelope.Source, envelope.SourcePort, envelope.Destination, envelope.Port, envelope.Hops, payload).Write(octets);
        buffer.Add(TraceKind.Bfd, direction, wallClock.GetUtcNow(), session?.Key.Interface ?? Place, outcome, reason, octets.AsSpan(0, length));
    }
}
