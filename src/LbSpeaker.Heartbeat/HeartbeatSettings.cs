using LbSpeaker.Bfd;

namespace LbSpeaker.Heartbeat;

/// <summary>How speakers watch each other. All of a cluster have the same. The defaults tell a crash within half a second.</summary>
public sealed record HeartbeatSettings
{
    /// <summary>How often a speaker is heard. Others notice a loss up to one interval later than we do.</summary>
    public BfdInterval Interval { get; init; } = BfdInterval.FromMilliseconds(100);

    /// <summary>How many heartbeats in a row may be missed.</summary>
    public byte Multiplier { get; init; } = 3;

    /// <summary>The UDP port of what speakers ask and tell each other.</summary>
    public ushort Port { get; init; } = 7947;

    /// <summary>Up to so many nodes, with this one, each watches each.</summary>
    public int MeshLimit { get; init; } = 32;

    /// <summary>Beyond that a node is watched by so many on each side of it, on a ring of all.</summary>
    public int WatchersEachSide { get; init; } = 8;

    /// <summary>After so long without an answer a witness is asked again.</summary>
    public TimeSpan AskInterval { get; init; } = TimeSpan.FromMilliseconds(20);

    /// <summary>So often a witness is asked before its silence counts for an answer: a lost datagram in each direction makes nobody silent.</summary>
    public int AskLimit { get; init; } = 4;

    /// <summary>So often witnesses are asked whether they still hear whom we do not.</summary>
    public TimeSpan WitnessInterval { get; init; } = TimeSpan.FromMilliseconds(200);

    public static HeartbeatSettings Default { get; } = new();
}
