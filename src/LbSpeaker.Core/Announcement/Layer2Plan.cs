using System.Collections.Immutable;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Core.Announcement;

/// <summary>How a node stands to an address that it is to answer for by ARP or NDP.</summary>
public enum Layer2Role
{
    /// <summary>It owns the address: answers, and announces it unasked.</summary>
    Own,
    /// <summary>It is to be the first owner: the segment is asked whether somebody has the address (RFC 5227 section 2.1.1, RFC 4862 section 5.4) before it is owned.</summary>
    Claim,
    /// <summary>Another node takes it over: it is answered until that one is heard, for a short time at most, and announced no more.</summary>
    HandOver,
}

/// <summary>What a node does about one address.</summary>
/// <param name="Interfaces">Exact names, sorted; empty means every interface that is fit for it.</param>
/// <param name="From">The node that it is taken over from, as far as is recorded: that one may go on answering for a moment, and is no reason to yield to meanwhile. Null for none.</param>
public sealed record Layer2Duty(ValueArray<string> Interfaces, Layer2Role Role = Layer2Role.Own, string? From = null)
{
    /// <summary>It is to be this node's and is not recorded so: it counts as owned when it is answered, and not before.</summary>
    public bool IsNew => Role == Layer2Role.Claim || Role == Layer2Role.Own && From is not null;
}

/// <summary>What this node does about addresses by ARP and NDP.</summary>
/// <param name="Fellows">
/// The hardware addresses of the other nodes' speakers and whose they are: where one of them has one of our addresses, <see cref="OwnerElection.Outranks"/> says who
/// yields; anybody else is a stranger.
/// </param>
/// <param name="Node">This node; what ranks against the fellows. Empty where it does not matter.</param>
public sealed record Layer2Plan(ImmutableSortedDictionary<IpAddress, Layer2Duty> Addresses, ImmutableSortedDictionary<MacAddress, string> Fellows, string Node)
{
    public static Layer2Plan Empty { get; } = new(ImmutableSortedDictionary<IpAddress, Layer2Duty>.Empty, ImmutableSortedDictionary<MacAddress, string>.Empty, "");

    /// <inheritdoc cref="Cluster.ClusterSnapshot.IsCutOff"/>
    public bool IsCutOff { get; init; }

    public bool Equals(Layer2Plan? other) =>
        other is not null && Node == other.Node && IsCutOff == other.IsCutOff
        && (ReferenceEquals(Addresses, other.Addresses) || Addresses.SequenceEqual(other.Addresses))
        && (ReferenceEquals(Fellows, other.Fellows) || Fellows.SequenceEqual(other.Fellows));

    public override int GetHashCode() => Addresses.Count;
}
