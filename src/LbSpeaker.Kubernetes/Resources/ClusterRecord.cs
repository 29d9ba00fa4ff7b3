using LbSpeaker.Core.Allocation;
using LbSpeaker.Core.Announcement;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Config;
using LbSpeaker.Core.Reports;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Kubernetes.Resources;

/// <summary>The kinds that are watched. Those of the configuration are spelled as Kubernetes spells them.</summary>
public enum ClusterKind
{
    Service, EndpointSlice, Node, Namespace, Secret,
    IPAddressPool, L2Advertisement, BGPAdvertisement, BGPPeer, BFDProfile, Community,
    ServiceL2Status, ServiceBGPStatus, ConfigurationState, NodeState, SpeakerLease, IPClaim,
    /// <summary>Listed for a person, and never watched.</summary>
    Pod,
}

public static class ClusterKinds
{
    public static bool IsConfig(this ClusterKind kind) => kind is >= ClusterKind.IPAddressPool and <= ClusterKind.Community;
}

/// <summary>
/// One object as the cluster has it: the view or declaration that decides, and beside it what only a writer needs to know of the present
/// state, so that it writes differences alone.
/// </summary>
public abstract record ClusterRecord
{
    private protected ClusterRecord() { }

    /// <summary>Cluster-scoped objects have an empty namespace.</summary>
    public abstract ObjectKey Key { get; }
}

/// <param name="ResourceVersion">The precondition of a write.</param>
/// <param name="Conditions">Those of <see cref="ApiNames.ConditionPrefix"/> only; others' are neither kept nor touched.</param>
/// <param name="IngressModes">ipMode of each entry of the view's ingress, null where unset; not ours, but a rewritten entry keeps it.</param>
public sealed record ServiceRecord(ServiceView View, string ResourceVersion, ValueArray<ConditionRecord> Conditions, ValueArray<string?> IngressModes) : ClusterRecord
{
    public override ObjectKey Key => View.Key;
}

/// <summary>What stands in the status of an IPClaim beside what it holds.</summary>
/// <param name="Since">When it came to hold these addresses.</param>
/// <param name="UnusedSince">When the last Service that named it went; null while one names it, and where none did.</param>
/// <param name="ExpiresAt">When it lets its addresses go, or did; null for never.</param>
public sealed record ClaimStatusRecord(
    ValueArray<string> UsedBy, DateTimeOffset? Since, DateTimeOffset? UnusedSince, DateTimeOffset? ExpiresAt, ValueArray<ConditionRecord> Conditions);

/// <param name="View">Its phase as it follows from the status; that it has expired since is for whoever has a clock to say.</param>
/// <param name="ResourceVersion">The precondition of a write.</param>
public sealed record ClaimRecord(ClaimView View, string ResourceVersion, ClaimStatusRecord Status) : ClusterRecord
{
    public override ObjectKey Key => View.Key;
}

public sealed record EndpointSliceRecord(EndpointSliceView View) : ClusterRecord
{
    public override ObjectKey Key => View.Key;
}

/// <param name="MaintenanceWait">For how long its routes are to say that they go before they do; null where the annotation names no duration.</param>
public sealed record NodeRecord(NodeView View, string Uid, TimeSpan? MaintenanceWait = null) : ClusterRecord
{
    public override ObjectKey Key => new("", View.Name);
}

public sealed record NamespaceRecord(NamespaceView View) : ClusterRecord
{
    public override ObjectKey Key => new("", View.Name);
}

public sealed record SecretRecord(SecretView View) : ClusterRecord
{
    public override ObjectKey Key => View.Key;
}

/// <summary>The counters in a pool's status.</summary>
public sealed record PoolCounters(long AssignedIPv4, long AssignedIPv6, long AvailableIPv4, long AvailableIPv6);

/// <summary>What the status of a BGPPeer says of its sessions.</summary>
/// <param name="Up">Null where it does not stand there.</param>
/// <param name="Total">Null where it does not stand there.</param>
public sealed record PeerSessionsRecord(long? Up, long? Total, ValueArray<NodeSession> Sessions);

/// <summary>What the status of a pool says of who holds its addresses.</summary>
/// <param name="State">Null where it does not stand there.</param>
/// <param name="Total">Null where it does not stand there.</param>
public sealed record PoolHoldersRecord(string? State, long? Total, ValueArray<HeldAddress> First);

/// <summary>A list in a status with the number of all of which it shows the first.</summary>
/// <param name="Total">Null where it does not stand there.</param>
public sealed record ShownRecord<T>(long? Total, ValueArray<T> First)
{
    public static ShownRecord<T> Of(FirstOf<T> list) => new(list.Total, list.First);
}

/// <summary>What the status of an advertisement says of what it selects.</summary>
/// <param name="Peers">Null at Layer 2.</param>
public sealed record SelectionRecord(ShownRecord<string> Pools, ShownRecord<string> Nodes, ShownRecord<string>? Peers, ShownRecord<SelectedAddress> Addresses);

/// <summary>What stands in the status of a configuration object.</summary>
/// <param name="LastValidSpec">status.lastValid, the JSON text of a spec.</param>
/// <param name="Counters">Of a pool, null where incomplete and for other kinds.</param>
public sealed record ConfigStatusRecord(string? LastValidSpec, ValueArray<ConditionRecord> Conditions, PoolCounters? Counters)
{
    /// <summary>Of a BGPPeer, null for other kinds.</summary>
    public PeerSessionsRecord? Sessions { get; init; }

    /// <summary>Of a pool: which IPClaim holds which of its addresses.</summary>
    public ValueArray<ClaimedAddress> Claims { get; init; }

    /// <summary>Of a pool, null for other kinds.</summary>
    public PoolHoldersRecord? Holders { get; init; }

    /// <summary>Of an advertisement, null for other kinds.</summary>
    public SelectionRecord? Selection { get; init; }
}

/// <summary>A configuration object.</summary>
/// <param name="Spec">The present spec as JSON text, normalised: what status.lastValid is set to when it is found valid.</param>
public sealed record ConfigRecord(ClusterKind Kind, ConfigDeclaration Declaration, string ResourceVersion, string Spec, ConfigStatusRecord Status) : ClusterRecord
{
    public override ObjectKey Key => Declaration.Meta.Key;
}

/// <param name="OwnerUid">The uid of the Pod that it goes with; empty where there is none.</param>
public sealed record Layer2StatusRecord(Layer2StatusView View, string ResourceVersion, string OwnerUid) : ClusterRecord
{
    public override ObjectKey Key => View.Key;
}

/// <summary>An object that one component alone writes.</summary>
public interface IOwnRecord
{
    string ResourceVersion { get; }

    /// <summary>The uid of the Pod that it goes with; empty where there is none.</summary>
    string OwnerUid { get; }
}

/// <inheritdoc cref="IOwnRecord"/>
public sealed record BgpStatusRecord(BgpStatusView View, string ResourceVersion, string OwnerUid) : ClusterRecord, IOwnRecord
{
    public override ObjectKey Key => View.Key;
}

/// <param name="Conditions">All of them: no one else writes here.</param>
public sealed record ConfigurationStateRecord(
    ObjectKey StateKey, string ResourceVersion, string Result, string ErrorSummary, ValueArray<ConditionRecord> Conditions, string OwnerUid) : ClusterRecord, IOwnRecord
{
    public override ObjectKey Key => StateKey;
}

/// <param name="Report">What the speaker says of its node, which the object is named after.</param>
/// <param name="SessionsUp">As it stands there; null where it does not.</param>
/// <param name="SessionsTotal">As it stands there; null where it does not.</param>
public sealed record NodeStateRecord(ObjectKey StateKey, NodeReport Report, long? SessionsUp, long? SessionsTotal, string ResourceVersion, string OwnerUid) : ClusterRecord, IOwnRecord
{
    /// <summary>All of them: no one else writes here.</summary>
    public ValueArray<ConditionRecord> Conditions { get; init; }

    public override ObjectKey Key => StateKey;
}

/// <summary>The Lease by which a speaker says that it lives.</summary>
/// <param name="Holder">holderIdentity: empty where released, null where never set.</param>
public sealed record SpeakerLeaseRecord(ObjectKey LeaseKey, string Node, string? Holder, DateTimeOffset? Renewed, TimeSpan Duration, string ResourceVersion) : ClusterRecord
{
    public override ObjectKey Key => LeaseKey;
}
