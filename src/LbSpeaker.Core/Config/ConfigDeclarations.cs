using System.Collections.Immutable;
using LbSpeaker.Core.Cluster;

namespace LbSpeaker.Core.Config;

/// <summary>Every declaration of the configuration namespaces, by kind and key.</summary>
public sealed record ConfigDeclarations(
    ImmutableSortedDictionary<ObjectKey, IPAddressPoolDeclaration> Pools,
    ImmutableSortedDictionary<ObjectKey, L2AdvertisementDeclaration> L2Advertisements)
{
    public static ConfigDeclarations Empty { get; } = new(
        ImmutableSortedDictionary<ObjectKey, IPAddressPoolDeclaration>.Empty,
        ImmutableSortedDictionary<ObjectKey, L2AdvertisementDeclaration>.Empty);
}
