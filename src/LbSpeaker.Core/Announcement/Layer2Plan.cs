using System.Collections.Immutable;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Core.Announcement;

/// <summary>
/// What this node answers for by ARP and NDP: address → interfaces by name, where an empty list means every interface that is fit for it.
/// </summary>
public sealed record Layer2Plan(ImmutableSortedDictionary<IpAddress, ValueArray<string>> Addresses)
{
    public static Layer2Plan Empty { get; } = new(ImmutableSortedDictionary<IpAddress, ValueArray<string>>.Empty);

    public bool Equals(Layer2Plan? other) =>
        other is not null && (ReferenceEquals(Addresses, other.Addresses) || Addresses.SequenceEqual(other.Addresses));

    public override int GetHashCode() => Addresses.Count;
}
