using System.Collections.Immutable;
using LbSpeaker.Core.Cluster;

namespace LbSpeaker.Core.Config;

/// <summary>Every declaration of the configuration namespaces, by kind and key.</summary>
public sealed record ConfigDeclarations
{
    public static ConfigDeclarations Empty { get; } = new();

    public ImmutableSortedDictionary<ObjectKey, IPAddressPoolDeclaration> Pools { get; init; } = ImmutableSortedDictionary<ObjectKey, IPAddressPoolDeclaration>.Empty;

    public ImmutableSortedDictionary<ObjectKey, L2AdvertisementDeclaration> L2Advertisements { get; init; } = ImmutableSortedDictionary<ObjectKey, L2AdvertisementDeclaration>.Empty;

    public ImmutableSortedDictionary<ObjectKey, BgpAdvertisementDeclaration> BgpAdvertisements { get; init; } = ImmutableSortedDictionary<ObjectKey, BgpAdvertisementDeclaration>.Empty;

    public ImmutableSortedDictionary<ObjectKey, BgpPeerDeclaration> BgpPeers { get; init; } = ImmutableSortedDictionary<ObjectKey, BgpPeerDeclaration>.Empty;

    public ImmutableSortedDictionary<ObjectKey, BfdProfileDeclaration> BfdProfiles { get; init; } = ImmutableSortedDictionary<ObjectKey, BfdProfileDeclaration>.Empty;

    public ImmutableSortedDictionary<ObjectKey, CommunityDeclaration> Communities { get; init; } = ImmutableSortedDictionary<ObjectKey, CommunityDeclaration>.Empty;

    /// <summary>These with one more declaration, or with another in place of the one of its kind and key; the same object where it is equal.</summary>
    public ConfigDeclarations With(ConfigDeclaration declaration) => declaration switch
    {
        IPAddressPoolDeclaration pool => Put(Pools, pool) is { } pools ? this with { Pools = pools } : this,
        L2AdvertisementDeclaration advertisement => Put(L2Advertisements, advertisement) is { } l2 ? this with { L2Advertisements = l2 } : this,
        BgpAdvertisementDeclaration advertisement => Put(BgpAdvertisements, advertisement) is { } bgp ? this with { BgpAdvertisements = bgp } : this,
        BgpPeerDeclaration peer => Put(BgpPeers, peer) is { } peers ? this with { BgpPeers = peers } : this,
        BfdProfileDeclaration profile => Put(BfdProfiles, profile) is { } profiles ? this with { BfdProfiles = profiles } : this,
        CommunityDeclaration community => Put(Communities, community) is { } communities ? this with { Communities = communities } : this,
        _ => throw new ArgumentException($"no configuration kind: {declaration.GetType().Name}", nameof(declaration)),
    };

    /// <summary>These without the declaration of a kind and key; the same object where there is none.</summary>
    /// <param name="kind">The Kubernetes kind, such as IPAddressPool.</param>
    public ConfigDeclarations Without(string kind, ObjectKey key) => kind switch
    {
        ConfigKinds.Pool => Pools.ContainsKey(key) ? this with { Pools = Pools.Remove(key) } : this,
        ConfigKinds.L2Advertisement => L2Advertisements.ContainsKey(key) ? this with { L2Advertisements = L2Advertisements.Remove(key) } : this,
        ConfigKinds.BgpAdvertisement => BgpAdvertisements.ContainsKey(key) ? this with { BgpAdvertisements = BgpAdvertisements.Remove(key) } : this,
        ConfigKinds.BgpPeer => BgpPeers.ContainsKey(key) ? this with { BgpPeers = BgpPeers.Remove(key) } : this,
        ConfigKinds.BfdProfile => BfdProfiles.ContainsKey(key) ? this with { BfdProfiles = BfdProfiles.Remove(key) } : this,
        ConfigKinds.Community => Communities.ContainsKey(key) ? this with { Communities = Communities.Remove(key) } : this,
        _ => throw new ArgumentException($"no configuration kind: {kind}", nameof(kind)),
    };

    private static ImmutableSortedDictionary<ObjectKey, T>? Put<T>(ImmutableSortedDictionary<ObjectKey, T> map, T declaration) where T : ConfigDeclaration =>
        map.TryGetValue(declaration.Meta.Key, out T? old) && old == declaration ? null : map.SetItem(declaration.Meta.Key, declaration);
}

/// <summary>The kinds of the configuration, as Kubernetes spells them.</summary>
public static class ConfigKinds
{
    public const string Pool = "IPAddressPool", L2Advertisement = "L2Advertisement", BgpAdvertisement = "BGPAdvertisement", BgpPeer = "BGPPeer", BfdProfile = "BFDProfile", Community = "Community";
}
