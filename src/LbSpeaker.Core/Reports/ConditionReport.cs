namespace LbSpeaker.Core.Reports;

public enum ConditionStatus { True, False, Unknown }

/// <summary>One entry of status.conditions without its times, which the writer knows.</summary>
/// <param name="Reason">A word of one of the closed sets.</param>
public sealed record ConditionReport(string Type, ConditionStatus Status, string Reason, string Message);

/// <summary>The types of the conditions that LbSpeaker writes. They are an API.</summary>
public static class ConditionTypes
{
    /// <summary>On a Service: it has the addresses that it asks for.</summary>
    public const string Allocated = "lbspeaker.io/Allocated";

    /// <summary>On a Service: some node announces it.</summary>
    public const string Announced = "lbspeaker.io/Announced";

    /// <summary>On an IPClaim: it holds an address.</summary>
    public const string Held = "Held";

    /// <summary>On a configuration object: it is in force as written.</summary>
    public const string Valid = "Valid";

    /// <summary>On a BGPPeer: every node that is to have the session has it.</summary>
    public const string Established = "Established";

    /// <summary>On an L2Advertisement or a BGPAdvertisement: it selects pools, nodes and, by BGP, sessions.</summary>
    public const string Selects = "Selects";

    /// <summary>On a NodeState: its speaker hears those of the other nodes.</summary>
    public const string Heartbeats = "Heartbeats";
}

/// <summary>
/// The reasons of conditions that are no fault and no refusal. Beside these a condition carries a word of <c>AllocationReason</c>, <c>RefusalReason</c>,
/// <c>NotAnnouncedReason</c>, <c>SelectionFault</c> or <c>ProblemReason</c>. They are an API.
/// </summary>
public static class ConditionReasons
{
    /// <summary>All that was asked for is held.</summary>
    public const string Allocated = "Allocated";

    /// <summary>An IPClaim holds all that it asks for.</summary>
    public const string Held = "Held";

    /// <summary>Every address is announced: nodes say so.</summary>
    public const string Announced = "Announced";

    /// <summary>There is no address to announce.</summary>
    public const string NotAllocated = "NotAllocated";

    /// <summary>Nodes are to announce and have not said yet that they do.</summary>
    public const string AwaitingSpeaker = "AwaitingSpeaker";

    /// <summary>The elected node does not announce an address, for a reason that this version does not know.</summary>
    public const string NotAnnounced = "NotAnnounced";

    /// <summary>The object is in force as written.</summary>
    public const string Valid = "Valid";

    /// <summary>The object is in force as written, and something about it is strange.</summary>
    public const string ValidWithWarnings = "ValidWithWarnings";

    /// <summary>The session is up on every node that has it.</summary>
    public const string AllSessionsUp = "AllSessionsUp";

    /// <summary>The session is up on some nodes and not on others.</summary>
    public const string SomeSessionsDown = "SomeSessionsDown";

    /// <summary>Nodes have the session, and it is up on none.</summary>
    public const string AllSessionsDown = "AllSessionsDown";

    /// <summary>No node has the session.</summary>
    public const string NoSessions = "NoSessions";

    /// <summary>There is something of all that the advertisement has to select.</summary>
    public const string Selects = "Selects";

    /// <summary>The advertisement is left out.</summary>
    public const string NotInForce = "NotInForce";

    /// <summary>The speakers hear each other.</summary>
    public const string Heard = "Heard";

    /// <summary>Heartbeats do not come through from some nodes: a firewall, or an address that is not theirs.</summary>
    public const string NotHeard = "NotHeard";

    /// <summary>The Secret of the heartbeats is missing.</summary>
    public const string NoHeartbeatKey = "NoHeartbeatKey";

    /// <summary>Something keeps heartbeats from working as they should; the message says what.</summary>
    public const string HeartbeatFault = "HeartbeatFault";
}
