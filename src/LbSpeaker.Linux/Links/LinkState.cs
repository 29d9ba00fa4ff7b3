using LbSpeaker.Core.Net;

namespace LbSpeaker.Linux.Links;

/// <summary>One network interface as the kernel has it at a moment (rtnetlink(7)).</summary>
/// <param name="Index">Never given to another interface while this one lives; a name may be.</param>
/// <param name="Mac">Null where the link is no Ethernet.</param>
public sealed record LinkState(int Index, string Name, MacAddress? Mac)
{
    /// <summary>Switched on (IFF_UP).</summary>
    public bool IsUp { get; init; }

    /// <summary>The other end is there (IFF_LOWER_UP).</summary>
    public bool HasCarrier { get; init; }

    /// <summary>Part of a bridge, bond or VRF.</summary>
    public bool HasMaster { get; init; }

    public bool NoArp { get; init; }

    public bool IsBroadcast { get; init; }

    public bool IsLoopback { get; init; }

    /// <summary>An IPv6 link-local address that is past duplicate address detection; null where there is none.</summary>
    public IpAddress? LinkLocal { get; init; }

    /// <summary>
    /// Grows whenever the link was down or without its carrier, however short that was: between two readings of the table a link may have gone and come back,
    /// and have another switch behind it.
    /// </summary>
    public long Interruptions { get; init; }
}
