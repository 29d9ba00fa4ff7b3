using LbSpeaker.Core.Values;

namespace LbSpeaker.Core.Reports;

/// <summary>The protocol of a packet that is kept for <c>trace</c>.</summary>
public enum TraceKind
{
    Arp,
    Ndp,
    /// <summary>Its octets are those of a <see cref="PacketEnvelope"/>.</summary>
    Bfd,
    /// <summary>Its octets are those of a <see cref="PacketEnvelope"/>.</summary>
    Bgp,
}

/// <summary>Of a packet, as this node sees it.</summary>
public enum TraceDirection { In, Out }

/// <summary>What came of a packet. A closed set whose names are an API; the README of the executable lists it.</summary>
public enum TraceOutcome
{
    Answered,
    /// <summary>The reason is one for which a frame is ignored.</summary>
    NotAnswered,
    /// <summary>It shows somebody else who has or wants the address: the reason says how.</summary>
    Heard,
    Sent,
    /// <summary>The reason is what the sending came to.</summary>
    NotSent,
    /// <summary>A packet or message that was taken in; the reason is what came of it beside, if anything: of BFD a new state, of BGP what a fault costs.</summary>
    Taken,
    /// <summary>The reason is one for which a packet is dropped, or what a message costs that cannot be taken.</summary>
    Discarded,
}

/// <summary>One packet that was seen or sent.</summary>
/// <param name="Number">Counts up over all of a process, from 1.</param>
/// <param name="Place">The interface; where none is known, the protocol.</param>
/// <param name="Reason">Empty where the outcome says all.</param>
/// <param name="Length">Octets on the wire, of which <paramref name="Octets"/> are the first.</param>
/// <param name="Context">What the octets need to be read, an immutable value of the room that wrote them; null for nothing.</param>
public sealed record TraceRecord(
    long Number, DateTimeOffset At, TraceKind Kind, TraceDirection Direction, string Place, TraceOutcome Outcome, string Reason, int Length, ValueArray<byte> Octets, object? Context = null);
