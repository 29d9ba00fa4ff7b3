using LbSpeaker.Core.Net;

namespace LbSpeaker.Bfd;

/// <summary>How a session is run. The defaults are MetalLB's (300 ms three times, TTL 254 at least on a multihop path). Compared by value: an equal one changes nothing.</summary>
public sealed record BfdSettings
{
    /// <summary>bfd.DesiredMinTxInterval once the session is Up (RFC 5880 section 6.8.1). Above zero; below 10 ms is not to be promised.</summary>
    public BfdInterval TransmitInterval { get; init; } = BfdInterval.FromMilliseconds(300);

    /// <summary>bfd.RequiredMinRxInterval. Above zero.</summary>
    public BfdInterval ReceiveInterval { get; init; } = BfdInterval.FromMilliseconds(300);

    /// <summary>bfd.DetectMult: how many packets in a row the peer may miss. 1 to 255; it is the peer that counts with it.</summary>
    public byte DetectMultiplier { get; init; } = 3;

    /// <summary>
    /// The echo function (RFC 5880 section 6.4): the interval of our echo packets, and the shortest at which the peer's are looped back; they are where this node forwards
    /// packets. Null: neither. Single hop only.
    /// </summary>
    public BfdInterval? EchoInterval { get; init; }

    /// <summary>
    /// The source address of echo packets; null takes the local one. A neighbor that answers them with ICMP redirects wants one outside of the link's subnet
    /// (RFC 5881 section 4).
    /// </summary>
    public IpAddress? EchoSource { get; init; }

    /// <summary>The Passive role: silent until the peer speaks (RFC 5880 section 6.1).</summary>
    public bool Passive { get; init; }

    /// <summary>Held in AdminDown; the peer is told, and takes it for no failure (RFC 5880 section 6.8.16).</summary>
    public bool AdminDown { get; init; }

    /// <summary>The least TTL or hop limit of packets on a multihop path: 255 less the routers between, 1 to 254 (RFC 5883). A single hop always asks for 255.</summary>
    public byte MinimumTtl { get; init; } = 254;

    /// <summary>Null: packets are not authenticated.</summary>
    public BfdAuthentication? Authentication { get; init; }

    /// <summary>What the engine adds: this node can loop the peer's echoes back, and says so.</summary>
    internal bool LoopsEchoes { get; init; }

    /// <exception cref="ArgumentException">A value is out of its range.</exception>
    internal void Check()
    {
        if (TransmitInterval == BfdInterval.Zero || ReceiveInterval == BfdInterval.Zero || EchoInterval == BfdInterval.Zero) throw new ArgumentException("a BFD interval is above zero");
        if (DetectMultiplier == 0) throw new ArgumentException("a BFD detect multiplier is 1 to 255");
        if (MinimumTtl is 0 or 255) throw new ArgumentException("a minimum TTL is 1 to 254");
    }
}
