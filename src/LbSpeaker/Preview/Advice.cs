using LbSpeaker.Core.Allocation;
using LbSpeaker.Core.Announcement;
using LbSpeaker.Core.Config;
using LbSpeaker.Core.Reports;

namespace LbSpeaker.Preview;

/// <summary>A reason in words, and what to change about it, for a person in trouble.</summary>
internal static class Advice
{
    public static string On(Refusal refusal) => On(refusal.Reason, refusal.Node, refusal.Protocol == AnnouncementProtocol.Bgp ? ConfigKinds.BgpAdvertisement : ConfigKinds.L2Advertisement);

    /// <param name="node">The silent node; null where the reason does not depend on it.</param>
    private static string On(RefusalReason reason, string? node, string advertisement) => reason switch
    {
        RefusalReason.NotOwner => $"another node announces it; nothing to change, {node} takes over when that one fails",
        RefusalReason.NoMatchingAdvertisement => node is null
            ? $"no {advertisement} selects its pool, the Service and a node; see the advertisements above, add one or widen its selectors"
            : $"no {advertisement} that selects {node} selects this address's pool; widen its nodeSelectors or ipAddressPools",
        RefusalReason.AddressNotInPool => "no IPAddressPool covers the address; add it to a pool, or let the controller replace it",
        RefusalReason.NoEndpoints => "no endpoint of the Service can serve; look at its pods and at its selector (kubectl get endpointslices)",
        RefusalReason.NoLocalEndpoints => $"externalTrafficPolicy is Local and no endpoint on {node} can serve; run a pod there, or set the policy to Cluster",
        RefusalReason.NodeNetworkUnavailable => $"the condition NetworkUnavailable of {node} is True; look at its network plugin",
        RefusalReason.NodeLabeledExcludeBalancers => $"{node} carries the label node.kubernetes.io/exclude-from-external-load-balancers; remove it, or run speakers with --ignore-exclude-lb",
        RefusalReason.NoLiveSpeaker => $"no speaker lives on {node}; look at the speaker's pod there and at its Lease",
        RefusalReason.SharedAddressElsewhere => "an older Service that shares the address is announced from nodes that this one cannot use; let both be announced from a common node, or give this one an address of its own",
        RefusalReason.ConflictingAdvertisements => "BGPAdvertisements give one prefix on one session different localPref, med or asPathPrepend; make them equal, or let only one select the Service",
        RefusalReason.NoMatchingPeer => $"no BGPPeer that the advertisements name (peers) selects {node} and carries the address's family; widen its nodeSelectors or the advertisement's peers",
        RefusalReason.NodeInMaintenance => $"{node} carries the annotation lbspeaker.io/maintenance; remove it when the work is done",
        RefusalReason.NoInterface => $"none of the wanted interfaces is there on {node} and answers for the address's family; see its NodeState, and the interfaces of the advertisements",
        RefusalReason.TerminatingEndpoints => $"externalTrafficPolicy is Local and the endpoints on {node} are about to go; those on other nodes stay",
        _ => throw new ArgumentOutOfRangeException(nameof(reason), reason, "a reason without words"),
    };

    /// <summary>Of a BGP session; the trouble itself is told in the words of whoever saw it.</summary>
    public const string OnSessionDown = "compare peerAddress, peerPort, both ASNs and the password with the router's, and see whether TCP gets through from that node";

    public static string On(NotAnnouncedReason reason) => reason switch
    {
        NotAnnouncedReason.NoInterface => "name interfaces in the L2Advertisement that the node has, or select nodes that have them; kubectl get nodestates shows each node's",
        NotAnnouncedReason.AddressInUse => "end what has the address (the event AddressConflict names its hardware address), or leave it out of the pool (exclude)",
        NotAnnouncedReason.Yielded => "nothing, where it passes within seconds; if it stays, see the condition Heartbeats of the NodeStates: the nodes' speakers do not agree",
        _ => throw new ArgumentOutOfRangeException(nameof(reason), reason, "a reason without words"),
    };

    public static string On(ProblemReason reason) => reason switch
    {
        ProblemReason.Malformed => "correct the field named; kubectl explain shows what a kind takes",
        ProblemReason.NoAddresses => "give the pool addresses: ranges or prefixes",
        ProblemReason.InvalidAddress => "write an address, a range first-last, or a prefix",
        ProblemReason.Overlap => "leave the common addresses to one of the two pools",
        ProblemReason.InvalidSelector => "correct the selector: In and NotIn take values, Exists and DoesNotExist take none",
        ProblemReason.Duplicate => "keep one of the two, or give the younger another name",
        ProblemReason.Conflict => "make the two equal, or let them select different things",
        ProblemReason.OutOfRange => "give a number of the range named",
        ProblemReason.ExclusiveFields => "leave exactly one of the fields named",
        ProblemReason.InvalidCommunity => "write a community as 64500:100, or large:64500:1:2",
        ProblemReason.UnknownCommunity => "add a Community that has the alias, or write its value",
        ProblemReason.InvalidAggregation => "make the aggregation longer, or list the whole prefix in the pool",
        ProblemReason.UnknownPool => "correct the name of the pool, or add it",
        ProblemReason.UnknownClaim => "add an IPClaim of that name to the namespace of the Service, or correct the name",
        ProblemReason.InvalidRequest => "correct the addresses asked for: one of a family, comma-separated",
        ProblemReason.TwoRequestSources => "keep the annotation and remove spec.loadBalancerIP, or the other way round",
        ProblemReason.AddressNotInPool => "ask for an address that a pool has, or add it to a pool",
        _ => throw new ArgumentOutOfRangeException(nameof(reason), reason, "a reason without words"),
    };

    public static string On(AllocationReason reason) => reason switch
    {
        AllocationReason.NoPools => "add an IPAddressPool",
        AllocationReason.NoAvailableIPs => "see the pools below: widen one, select this Service in one, or add one",
        AllocationReason.NoClusterIPs => "it is headless, or the cluster has not given it clusterIPs yet; remove clusterIP: None",
        AllocationReason.NotEnoughClusterIPs => "make it dual-stack (a cluster with both families, ipFamilies), or set ipFamilyPolicy to PreferDualStack",
        AllocationReason.InvalidRequest => "correct spec.loadBalancerIP or the annotations loadBalancerIPs and address-pool",
        AllocationReason.TwoRequestSources => "remove spec.loadBalancerIP or the annotation loadBalancerIPs",
        AllocationReason.AddressNotInPool => "ask for an address of a pool, or add the address to one",
        AllocationReason.AddressInUse => "ask for another address, or share it: equal annotations allow-shared-ip, no common port, equal selectors where traffic is local",
        AllocationReason.AddressExcluded => "ask for another address, or take it out of the pool's exclude or avoidBuggyIPs",
        AllocationReason.AddressQuarantined => "find the host that has the address (the event AddressConflict names its hardware address), or leave the address out of the pool (exclude)",
        AllocationReason.UnknownPool => "correct the annotation address-pool, or add the pool",
        AllocationReason.PoolNotAllowed => "let the pool's serviceAllocation select this Service, or ask for another pool",
        AllocationReason.AddressNotInRequestedPool => "ask for an address of that pool, or leave the annotation address-pool out",
        AllocationReason.PoolFrozen => "correct the pool; its problems are named below",
        AllocationReason.FamilyMismatch => "ask for addresses of the families of its clusterIPs",
        AllocationReason.SecondFamilyUnavailable => "see the pools below: give one addresses of the missing family",
        AllocationReason.AddressNoLongerInPool => "add the address to a pool again if it is to stay",
        AllocationReason.SharingConflict => "make the sharing keys, ports and selectors of the two fit again, if they are to share",
        AllocationReason.RequestChanged => "it asks for something else now",
        AllocationReason.ForeignStatus => "what stood there was no address of ours",
        AllocationReason.NoLongerOurs => "set type LoadBalancer and the class that is served here, if it is to have an address",
        AllocationReason.BeingDeleted => "it goes when its finalizers are gone",
        AllocationReason.Malformed => "correct the fields named",
        AllocationReason.QuotaExceeded => "delete Services or IPClaims of the namespace, let it have more (spec.quota of the pool), or widen another pool",
        AllocationReason.UnknownClaim => "create the IPClaim, or correct the annotation lbspeaker.io/claim",
        AllocationReason.ClaimPending => "see what the IPClaim lacks; until it holds an address the Service keeps what it has",
        AllocationReason.HeldByClaim => "name the IPClaim by the annotation lbspeaker.io/claim, or delete it, if the Service is to have that address",
        AllocationReason.ClaimExpired => "let a Service name the IPClaim, or give it a longer ttl",
        _ => throw new ArgumentOutOfRangeException(nameof(reason), reason, "a reason without words"),
    };
}
