using LbSpeaker.Core.Net;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Core.Cluster;

/// <summary>How far an <see cref="ClaimView">IPClaim</see> has come. It depends on time, which a planner does not see; so it is shown this.</summary>
public enum ClaimPhase
{
    /// <summary>No Service has named it yet: an address that it has was told to nobody.</summary>
    Unused,
    /// <summary>A Service names it, or one did.</summary>
    Kept,
    /// <summary>The last Service that named it has been gone for longer than its time to live.</summary>
    Expired,
}

/// <summary>An IPClaim: an address, or one of each family, that is held for a namespace whether a Service uses it or not.</summary>
public sealed record ClaimView(ObjectKey Key)
{
    public string Uid { get; init; } = "";

    public Age Age { get; init; }

    /// <summary>What the service selectors of pools are held against.</summary>
    public LabelSet Labels { get; init; } = LabelSet.Empty;

    /// <summary>metadata.generation, which conditions repeat as observedGeneration; 0 where unknown.</summary>
    public long Generation { get; init; }

    /// <summary>Names of at most two pools to take from; empty: any that a Service of the namespace could have without asking.</summary>
    public ValueArray<string> Pools { get; init; }

    /// <summary>At most one of each family, as the user wrote them; empty: any.</summary>
    public ValueArray<string> Addresses { get; init; }

    /// <summary>Empty: those that its addresses and the Services that name it have.</summary>
    public ValueArray<IpFamily> Families { get; init; }

    /// <summary>How long it holds its addresses after the last Service that named it went; null: until it is deleted. Not negative.</summary>
    public TimeSpan? TimeToLive { get; init; }

    /// <summary>status.addresses: what it holds, as we wrote it.</summary>
    public ValueArray<string> Held { get; init; }

    /// <summary>status.pools: where they came from, as we wrote it.</summary>
    public ValueArray<string> HeldFrom { get; init; }

    public ClaimPhase Phase { get; init; }

    /// <summary>metadata.deletionTimestamp is set: it holds nothing any more.</summary>
    public bool IsBeingDeleted { get; init; }

    /// <summary>What was wrong with the shape of the object, in words; empty when sound.</summary>
    public ValueArray<string> ShapeFaults { get; init; }
}
