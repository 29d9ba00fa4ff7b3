namespace LbSpeaker.Interop.Tests.Bgp.Routers;

/// <summary>What a router is to be configured for, said in no daemon's language.</summary>
internal sealed record RouterSetup
{
    public uint RouterAs { get; init; } = 65001;

    public uint NodeAs { get; init; } = 65000;

    public string RouterId { get; init; } = "192.0.2.2";

    /// <summary>Our end, as the router sees it.</summary>
    public string Node { get; init; } = Lab.NodeIPv4;

    public string Local { get; init; } = Lab.RouterIPv4;

    public bool IPv4 { get; init; } = true;

    public bool IPv6 { get; init; }

    /// <summary>IPv4 routes with IPv6 next hops (RFC 8950).</summary>
    public bool ExtendedNextHop { get; init; }

    public string? Password { get; init; }

    public int Hold { get; init; } = 90;

    public bool MultiHop { get; init; }

    public bool TtlSecurity { get; init; }

    public bool GracefulRestart { get; init; }

    /// <summary>BFD watches the session: 200 ms five times.</summary>
    public BfdUse Bfd { get; init; }

    /// <summary>The router dials; else it waits for us.</summary>
    public bool Dials { get; init; }

    /// <summary>The session is on this interface, with whoever is there.</summary>
    public string? Unnumbered { get; init; }

    /// <summary>A route that the router announces to us.</summary>
    public string? Originates { get; init; }

    public bool IsInternal => RouterAs == NodeAs;
}

/// <summary>What a router is told to make of BFD.</summary>
internal enum BfdUse
{
    None,

    /// <summary>As its manual says to switch it on.</summary>
    Plain,

    /// <summary>With the setting for peers whose BFD goes with their control plane (RFC 5882 section 4.3).</summary>
    Graceful,
}

/// <summary>A route as the router shows it.</summary>
/// <param name="AsPath">Numbers, separated by blanks.</param>
/// <param name="Communities">Sorted, separated by blanks: <c>65000:1</c>, <c>65000:1:2</c>; the large ones last.</param>
internal sealed record SeenRoute(string NextHop, string AsPath, uint? LocalPref, uint? Med, string Communities);
