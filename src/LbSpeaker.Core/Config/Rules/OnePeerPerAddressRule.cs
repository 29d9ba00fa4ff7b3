using LbSpeaker.Core.Announcement.Bgp;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Core.Config.Rules;

/// <summary>
/// No two peers have one router, by address or interface, in one VRF on one node; peers are shown to it from the oldest on. While no node is known, all
/// peers count as being on one.
/// </summary>
internal sealed class OnePeerPerAddressRule(IReadOnlyCollection<NodeView> nodes)
{
    private readonly List<CompiledBgpPeer> older = [];

    public void Check(CompiledBgpPeer peer, Faults faults)
    {
        if (Clashing(peer) is { } other)
            faults.Add(ProblemReason.Duplicate, $"{Where(peer.Settings)} already exists: the older BGPPeer {other.Key} has it on the same node");
    }

    /// <summary>False where it clashes with one that is in force.</summary>
    public bool TryAdd(CompiledBgpPeer peer)
    {
        if (Clashing(peer) is not null) return false;
        older.Add(peer);
        return true;
    }

    private CompiledBgpPeer? Clashing(CompiledBgpPeer peer) => older.Find(o =>
        IsOneRouter(o.Settings, peer.Settings)
        && o.Settings.Vrf == peer.Settings.Vrf
        && (nodes.Count == 0 || nodes.Any(n => o.NodeSelectors.AnyMatches(n.Labels) && peer.NodeSelectors.AnyMatches(n.Labels))));

    /// <summary>A peer at fault may name none, and then is nobody's second.</summary>
    private static bool IsOneRouter(BgpPeerSettings one, BgpPeerSettings other) =>
        other.Address is { } address ? one.Address == address : other.Interface is { } link && one.Address is null && one.Interface == link;

    private static string Where(BgpPeerSettings settings) =>
        (settings.Address is { } address ? $"peerAddress {address}" : $"interface {settings.Interface}") + (settings.Vrf is { } vrf ? $" in VRF {vrf}" : "");
}
