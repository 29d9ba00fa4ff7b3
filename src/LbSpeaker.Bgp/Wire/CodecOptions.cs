using LbSpeaker.Bgp.Wire.Attributes;
using LbSpeaker.Bgp.Wire.Capabilities;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Bgp.Wire;

/// <summary>
/// What two OPENs have settled, as far as octets depend on it. Neither OPEN alone says how to read a path: both must have said four octets.
/// The default is what holds before the OPENs are exchanged.
/// </summary>
public sealed record CodecOptions
{
    public static CodecOptions Default { get; } = new();

    /// <summary>The peer is in another AS: LOCAL_PREF and the attributes of route reflection are not for us, and we do not send LOCAL_PREF.</summary>
    public bool External { get; init; }

    /// <summary>AS numbers in AS_PATH and AGGREGATOR have four octets (RFC 6793 section 4.1).</summary>
    public bool FourOctetAs { get; init; }

    /// <summary>
    /// The families in use (RFC 4760 section 8); routes of every other are left out of an UPDATE. A family that <see cref="ErrorAction.DisableFamily"/>
    /// named is taken out of here.
    /// </summary>
    public ValueArray<AddressFamily> Families { get; init; } = [AddressFamily.IPv4Unicast];

    /// <summary>IPv4 routes may have IPv6 next hops (RFC 8950 section 4).</summary>
    public bool ExtendedNextHop { get; init; }

    /// <summary>We said that we can be asked to send our routes again; whether the peer can be asked is its own saying.</summary>
    public bool AcceptsRouteRefresh { get; init; }

    /// <summary>Both sides mark the begin and end of a refresh (RFC 7313 section 4).</summary>
    public bool EnhancedRouteRefresh { get; init; }

    /// <param name="sent">Our OPEN of this connection.</param>
    /// <param name="received">The peer's.</param>
    public static CodecOptions Negotiate(OpenMessage sent, OpenMessage received) => new()
    {
        External = sent.AsNumber != received.AsNumber,
        FourOctetAs = Both<FourOctetAsCapability>(sent, received, static _ => true),
        Families = [.. FamiliesOf(sent).Intersect(FamiliesOf(received))],
        ExtendedNextHop = Both<ExtendedNextHopCapability>(sent, received, static c => c.Encodings.Contains(Capabilities.ExtendedNextHop.IPv4OverIPv6)),
        AcceptsRouteRefresh = sent.Capabilities.Contains(FlagCapability.RouteRefresh),
        EnhancedRouteRefresh = Both<FlagCapability>(sent, received, static c => c == FlagCapability.EnhancedRouteRefresh),
    };

    private static bool Both<T>(OpenMessage sent, OpenMessage received, Func<T, bool> agrees) where T : Capability =>
        sent.Capabilities.OfType<T>().Any(agrees) && received.Capabilities.OfType<T>().Any(agrees);

    /// <summary>Who names no family at all speaks IPv4 unicast, as every speaker did before RFC 4760.</summary>
    private static AddressFamily[] FamiliesOf(OpenMessage open)
    {
        AddressFamily[] named = [.. open.Capabilities.OfType<MultiprotocolCapability>().Select(c => c.Family)];
        return named.Length > 0 ? named : [AddressFamily.IPv4Unicast];
    }
}
