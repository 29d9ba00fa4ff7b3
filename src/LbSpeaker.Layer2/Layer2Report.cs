using LbSpeaker.Core.Announcement;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Reports;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Layer2;

/// <summary>One interface that is fit for use, as the announcer has it.</summary>
/// <param name="Fault">Why it cannot be used, or not in full, although it is fit; null where all is well.</param>
public sealed record InterfaceReport(string Name, int Index, MacAddress Mac, bool AnswersArp, bool AnswersNdp, string? Fault);

/// <summary>Why an address is answered on no interface of this node. A closed set whose names are an API; README.md lists them. The later, the closer to being answered.</summary>
public enum UnreachableReason
{
    /// <summary>None of the interfaces that it is wanted on exists, or all are excluded.</summary>
    NoInterface,
    /// <summary>There is one, but it is down, without carrier, part of a bridge or bond, or no Ethernet with ARP.</summary>
    InterfaceDown,
    /// <summary>There is one, but it does not have the address's family: no broadcast for IPv4, no link-local address (yet) for IPv6.</summary>
    FamilyMissing,
    /// <summary>There is one that is fit, and it could not be opened; its report says why.</summary>
    InterfaceFault,
    /// <summary>There is one, and somebody else on it has the address, or wanted it at the same time and goes first; the report's conflicts say who. It is claimed again and again.</summary>
    InUse,
    /// <summary>There is one, and the speaker of a node that goes before this one has the address; the report's conflicts say which.</summary>
    Yielded,
    /// <summary>There is one, and it is being asked whether anybody has the address.</summary>
    Probing,
}

/// <summary>An address that is to be answered and is not.</summary>
public sealed record UnreachableAddress(IpAddress Address, UnreachableReason Reason);

/// <summary>What the announcer does at a moment.</summary>
/// <param name="Interfaces">Sorted by name.</param>
/// <param name="Unreachable">Sorted by address.</param>
public sealed record Layer2Report(ValueArray<InterfaceReport> Interfaces, ValueArray<UnreachableAddress> Unreachable)
{
    /// <summary>Addresses of the plan that somebody else was heard to have. Sorted by address, then by hardware address.</summary>
    public ValueArray<AddressConflict> Conflicts { get; init; }

    /// <summary>Those of the addresses that are <see cref="Layer2Duty.IsNew"/> here that are answered. Sorted.</summary>
    public ValueArray<IpAddress> Claimed { get; init; }

    /// <summary>Addresses of the role <see cref="Layer2Role.HandOver"/> that are answered no more, since their next owner was heard or the time was up. Sorted.</summary>
    public ValueArray<IpAddress> HandedOver { get; init; }

    public static Layer2Report Empty { get; } = new([], []);
}

/// <summary>Layer 2 cannot work in this process at all. The message is one line that names the cure.</summary>
public sealed class Layer2StartException(string message) : Exception(message);
