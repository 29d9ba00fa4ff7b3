namespace LbSpeaker.Core.Reports;

/// <summary>A Kubernetes event to write about an object.</summary>
public sealed record EventReport(bool IsWarning, EventReason Reason, string Message);

/// <summary>The reasons of events; MetalLB's names, since alerts and people look for them. <see cref="EventReasons.Text"/> spells them.</summary>
public enum EventReason
{
    /// <summary>An address was assigned.</summary>
    IPAllocated,
    /// <summary>An address is no longer permitted and is given up.</summary>
    ClearAssignment,
    /// <summary>A PreferDualStack Service has one family only.</summary>
    AdditionalAssignFailed,
    /// <summary>No address could be given.</summary>
    AllocationFailed,
    /// <summary>The request is at fault while an address is held; the address stays.</summary>
    LoadBalancerFailed,
    /// <summary>RequireDualStack with fewer than two clusterIPs.</summary>
    NotEnoughClusterIPs,
    /// <summary>The status names more addresses than a Service can have of one family.</summary>
    NoLbIPsIPFamily,
    /// <summary>The clusterIPs tell no family.</summary>
    NoClusterIPsIPFamily,
    /// <summary>An annotation under metallb.universe.tf/ is in use.</summary>
    DeprecatedAnnotation,
    /// <summary>A node began to announce the Service.</summary>
    NodeAssigned,
    /// <summary>None of the wanted interfaces exists on the node.</summary>
    AnnounceFailed,
    /// <summary>Somebody else on the segment has an address of the Service.</summary>
    AddressConflict,
    /// <summary>The node that lbspeaker.io/move-to names cannot own the Service's addresses.</summary>
    MoveRefused,
    /// <summary>A configuration object is at fault.</summary>
    InvalidConfiguration,
    /// <summary>An advertisement in force selects nothing, and so announces nothing.</summary>
    SelectsNothing,
    /// <summary>The BGP session of a node is up.</summary>
    SessionUp,
    /// <summary>The BGP session of a node is down.</summary>
    SessionDown,
}

public static class EventReasons
{
    public static string Text(this EventReason reason) => reason switch
    {
        EventReason.NotEnoughClusterIPs => "not enough clusterips",
        EventReason.NoLbIPsIPFamily => "nolbIPsIPFamily",
        EventReason.NoClusterIPsIPFamily => "noclusterIPsIPFamily",
        EventReason.DeprecatedAnnotation => "deprecatedAnnotation",
        EventReason.NodeAssigned => "nodeAssigned",
        EventReason.AnnounceFailed => "announceFailed",
        _ => reason.ToString(),
    };
}
