namespace LbSpeaker.Speaker;

/// <summary>Why a node owns an address at Layer 2 that another one owned. A closed set whose names are an API; README.md lists them.</summary>
internal enum TakeoverCause
{
    /// <summary>The speaker of the owner is dead.</summary>
    OwnerDead,
    /// <summary>The speaker of the owner has said that it goes.</summary>
    OwnerLeft,
    /// <summary>Asked for by <c>lbspeaker.io/move-to</c>, which the controller writes too where it spreads addresses evenly.</summary>
    Moved,
    /// <summary>The speaker of the owner lives, and is not to announce the address any more: its interface, its endpoints, its labels or the configuration.</summary>
    OwnerUnfit,
}
