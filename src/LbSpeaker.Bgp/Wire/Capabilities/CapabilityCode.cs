namespace LbSpeaker.Bgp.Wire.Capabilities;

/// <summary>Capability codes that are read here; every other is kept as octets.</summary>
public enum CapabilityCode : byte
{
    /// <summary>RFC 4760 section 8.</summary>
    Multiprotocol = 1,
    /// <summary>RFC 2918 section 2.</summary>
    RouteRefresh = 2,
    /// <summary>RFC 8950 section 4.</summary>
    ExtendedNextHop = 5,
    /// <summary>RFC 4724 section 3.</summary>
    GracefulRestart = 64,
    /// <summary>RFC 6793 section 3.</summary>
    FourOctetAs = 65,
    /// <summary>RFC 7313 section 3.1.</summary>
    EnhancedRouteRefresh = 70,
    /// <summary>draft-walton-bgp-hostname-capability section 2.</summary>
    Fqdn = 73,
}
