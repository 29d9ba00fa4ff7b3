namespace LbSpeaker.Core.Announcement;

/// <summary>
/// Why a node does not announce a Service that has an address. A closed set whose names are an API: logs, metrics, the condition
/// lbspeaker.io/Announced, the plan and <c>explain</c> use them as they are. README.md lists them.
/// </summary>
public enum RefusalReason
{
    /// <summary>Another node announces it.</summary>
    NotOwner,
    /// <summary>No advertisement selects the address's pool and the Service, or none of those that do selects any node.</summary>
    NoMatchingAdvertisement,
    /// <summary>No configured pool covers the address.</summary>
    AddressNotInPool,
    /// <summary>No endpoint of the Service can serve, on any node.</summary>
    NoEndpoints,
    /// <summary>externalTrafficPolicy is Local and no endpoint on this node can serve.</summary>
    NoLocalEndpoints,
    /// <summary>The node's condition NetworkUnavailable is True.</summary>
    NodeNetworkUnavailable,
    /// <summary>The node carries the label node.kubernetes.io/exclude-from-external-load-balancers.</summary>
    NodeLabeledExcludeBalancers,
    /// <summary>No live speaker on the node.</summary>
    NoLiveSpeaker,
    /// <summary>An older Service that shares the address is announced from nodes that this one cannot use.</summary>
    SharedAddressElsewhere,
    /// <summary>BGPAdvertisements that differ in LOCAL_PREF, MED or prepending lead to the same prefix on one session.</summary>
    ConflictingAdvertisements,
    /// <summary>The node has no BGP session that the advertisements name and that carries the address's family.</summary>
    NoMatchingPeer,
    /// <summary>The node is in maintenance and has withdrawn its routes.</summary>
    NodeInMaintenance,
    /// <summary>None of the wanted interfaces is on the node, or none answers for the address's family, and another node has one.</summary>
    NoInterface,
    /// <summary>externalTrafficPolicy is Local, every endpoint on this node is about to go, and another node has one that stays.</summary>
    TerminatingEndpoints,
}
