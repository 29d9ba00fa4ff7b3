using LbSpeaker.Core.Announcement;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Config;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Core.Reports;

/// <summary>Why an advertisement in force announces nothing, whatever Services there are. The names are an API.</summary>
public enum SelectionFault
{
    /// <summary>It selects no pool.</summary>
    NoMatchingPool,
    /// <summary>It selects no node.</summary>
    NoMatchingNode,
    /// <summary>No node that it selects has a BGP session that it is for.</summary>
    NoMatchingPeer,
}

/// <summary>What an L2Advertisement or a BGPAdvertisement selects, as its status shows it.</summary>
/// <param name="Pools">Names of IPAddressPools, sorted.</param>
/// <param name="Nodes">Names of nodes, sorted.</param>
/// <param name="Peers">Names of the BGPPeers that a selected node has a session with and that it is for, sorted; null at Layer 2.</param>
/// <param name="Condition">The condition <see cref="ConditionTypes.Selects"/>.</param>
public sealed record AdvertisementReport(FirstOf<string> Pools, FirstOf<string> Nodes, FirstOf<string>? Peers, FirstOf<SelectedAddress> Addresses, ConditionReport Condition)
{
    /// <summary>Names of what is looked for in vain that a message has room for.</summary>
    private const int Named = 5;

    /// <summary>Of each advertisement, without its addresses: what follows from configuration and nodes alone.</summary>
    public static Dictionary<(string Kind, ObjectKey Key), AdvertisementReport> Of(CompiledConfig config, ClusterSnapshot snapshot)
    {
        Dictionary<(string, ObjectKey), AdvertisementReport> reports = [];
        foreach (ConfigVerdict verdict in config.Verdicts)
            if (verdict.Meta.Kind is ConfigKinds.L2Advertisement or ConfigKinds.BgpAdvertisement) reports[(verdict.Meta.Kind, verdict.Meta.Key)] = NotInForce(verdict.Meta.Kind);
        foreach (CompiledL2Advertisement advertisement in config.L2Advertisements)
            reports[(ConfigKinds.L2Advertisement, advertisement.Key)] = Of(advertisement, null, config, snapshot);
        foreach (CompiledBgpAdvertisement advertisement in config.BgpAdvertisements)
            reports[(ConfigKinds.BgpAdvertisement, advertisement.Key)] = Of(advertisement, advertisement.Peers, config, snapshot);
        return reports;
    }

    /// <param name="wanted">Names of BGPPeers, empty for all; null at Layer 2.</param>
    private static AdvertisementReport Of(CompiledAdvertisement advertisement, ValueArray<string>? wanted, CompiledConfig config, ClusterSnapshot snapshot)
    {
        NodeView[] nodes = [.. snapshot.Nodes.Values.Where(n => advertisement.NodeSelectors.AnyMatches(n.Labels))];
        CompiledBgpPeer[] named = wanted is { } names ? [.. config.BgpPeers.Where(p => names.IsEmpty || names.Contains(p.Settings.Name))] : [];
        CompiledBgpPeer[] peers = [.. named.Where(p => nodes.Any(n => p.NodeSelectors.AnyMatches(n.Labels)))];
        return new(
            FirstOf.Of(advertisement.Pools), FirstOf.Of<string>([.. nodes.Select(n => n.Name)]), wanted is null ? null : FirstOf.Of<string>([.. peers.Select(p => p.Settings.Name)]), FirstOf<SelectedAddress>.None,
            advertisement.Pools.IsEmpty ? Nothing(SelectionFault.NoMatchingPool, config.Pools.IsEmpty
                ? "there is no IPAddressPool: create one"
                : $"neither ipAddressPools nor ipAddressPoolSelectors match an IPAddressPool: name one of {List(config.Pools.Select(p => p.Name))}, label one as a selector asks, or take both fields out for all")
            : nodes.Length == 0 ? Nothing(SelectionFault.NoMatchingNode, snapshot.Nodes.IsEmpty
                ? "there is no node"
                : "nodeSelectors match no node: label a node as one of them asks, or take nodeSelectors out for all")
            : wanted is null || peers.Length > 0 ? new(ConditionTypes.Selects, ConditionStatus.True, ConditionReasons.Selects, "")
            : Nothing(SelectionFault.NoMatchingPeer, config.BgpPeers.IsEmpty
                ? "there is no BGPPeer in force: create one, or mend the one whose condition Valid is False"
                : named.Length == 0
                ? $"peers name no BGPPeer in force: name one of {List(config.BgpPeers.Select(p => p.Settings.Name))}, or take peers out for all"
                : $"no node that nodeSelectors match has a session with {List(named.Select(p => p.Settings.Name))}: let nodeSelectors here and those of the BGPPeer match a node in common"));
    }

    private static AdvertisementReport NotInForce(string kind) => new(
        FirstOf<string>.None, FirstOf<string>.None, kind == ConfigKinds.BgpAdvertisement ? FirstOf<string>.None : null, FirstOf<SelectedAddress>.None,
        new(ConditionTypes.Selects, ConditionStatus.Unknown, ConditionReasons.NotInForce, "it is at fault and left out, as the condition Valid says"));

    private static ConditionReport Nothing(SelectionFault fault, string words) => new(ConditionTypes.Selects, ConditionStatus.False, fault.ToString(), $"announces nothing: {words}");

    private static string List(IEnumerable<string> names)
    {
        string[] all = [.. names.Distinct(StringComparer.Ordinal)];
        return string.Join(", ", all.Take(Named)) + (all.Length > Named ? $" and {all.Length - Named} more" : "");
    }
}
