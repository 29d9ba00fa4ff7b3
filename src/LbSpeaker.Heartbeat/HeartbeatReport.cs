using LbSpeaker.Core.Values;

namespace LbSpeaker.Heartbeat;

/// <summary>How a member stands. A closed set whose names are an API; README.md lists them.</summary>
public enum MemberState : byte
{
    /// <summary>No heartbeat came through since it was wanted, and nobody tells of it (a firewall, no speaker of this version): this says nothing about life.</summary>
    Unheard,
    /// <summary>We hear it, or somebody does whom we hear.</summary>
    Alive,
    /// <summary>We hear it no more, and others are being asked.</summary>
    Suspected,
    /// <summary>Nobody who could hear it does.</summary>
    Dead,
    /// <summary>It said that it goes, and has not been back since.</summary>
    Leaving,
}

/// <summary>One member at a moment.</summary>
/// <param name="Since">When it came into this state.</param>
/// <param name="IsPathFailed">It is Alive by a witness only: the path between it and us has failed, or never was.</param>
/// <param name="Detail">What stands behind it, in words for people; empty where there is nothing to say.</param>
public sealed record MemberReport(string Node, MemberState State, DateTimeOffset Since, bool IsPathFailed, string Detail)
{
    /// <summary>This node has a session with it; of the others it knows what their watchers tell.</summary>
    public bool IsWatched { get; init; }
}

/// <summary>How many datagrams were dropped for one reason.</summary>
public readonly record struct DiscardCount(DiscardReason Reason, long Datagrams);

/// <summary>Counts since the start.</summary>
/// <param name="Discarded">One for each reason, in the order of the set.</param>
public sealed record HeartbeatCounters(long Received, long Sent, ValueArray<DiscardCount> Discarded)
{
    public static HeartbeatCounters None { get; } = new(0, 0, Enum.GetValues<DiscardReason>().Select(r => new DiscardCount(r, 0)).ToValueArray());
}

/// <summary>All members at a moment.</summary>
/// <param name="Members">Sorted by node.</param>
/// <param name="Faults">What keeps heartbeats from working as they should, in words for people; sorted.</param>
public sealed record HeartbeatReport(ValueArray<MemberReport> Members, ValueArray<string> Faults, HeartbeatCounters Counters)
{
    public static HeartbeatReport Empty { get; } = new([], [], HeartbeatCounters.None);
}
