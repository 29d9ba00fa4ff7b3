using LbSpeaker.Bgp.Wire;
using LbSpeaker.Bgp.Wire.Attributes;
using LbSpeaker.Core.Net;

namespace LbSpeaker.Bgp.Routing;

/// <summary>How routes of a family travel on a session.</summary>
internal readonly record struct RouteCarriage(RouteField Field, NextHop NextHop);

/// <summary>The addresses that this node has on the interface of a session: what routers can be told to send packets to.</summary>
/// <param name="Local">Our end of the session.</param>
/// <param name="Other">An address of the other family on the same interface, not link-local; null where there is none.</param>
/// <param name="LinkLocal">The IPv6 link-local address of the interface; null where there is none.</param>
/// <param name="IsOnLink">The router's address is in a prefix of the interface, or link-local.</param>
public sealed record SessionAddresses(IpAddress Local, IpAddress? Other, IpAddress? LinkLocal, bool IsOnLink)
{
    /// <summary>Null where nothing can be said that the router could use.</summary>
    /// <param name="hasExtendedNextHop">IPv4 routes may have an IPv6 next hop (RFC 8950).</param>
    internal RouteCarriage? Carry(IpFamily family, bool hasExtendedNextHop)
    {
        IpAddress? own = Local.Family == family ? Local : Other;
        if (family == IpFamily.IPv6) return own is { } global ? new(RouteField.Multiprotocol, WithLinkLocal(global)) : IsOnLink && LinkLocal is { } alone ? new(RouteField.Multiprotocol, new(alone)) : null;
        // An operator who turned the extended next hop on means it; and the session itself shows that the address is reachable.
        if (Local.Family == IpFamily.IPv6 && hasExtendedNextHop) return new(RouteField.Multiprotocol, WithLinkLocal(Local));
        return own is { } address ? new(RouteField.Plain, new(address)) : null;
    }

    /// <summary>RFC 2545 section 3: the link-local address goes beside the global one where both sides are on one link.</summary>
    private NextHop WithLinkLocal(IpAddress address) => new(address, IsOnLink && address != LinkLocal && !NextHop.IsLinkLocal(address) ? LinkLocal : null);
}
