namespace LbSpeaker.Bgp.Wire.Capabilities;

/// <summary>A capability without a value: to name it is to have it. Route refresh (RFC 2918 section 2) and enhanced route refresh (RFC 7313 section 3.1).</summary>
public sealed record FlagCapability : Capability
{
    internal FlagCapability(CapabilityCode code) : base(code) { }

    public static FlagCapability RouteRefresh { get; } = new(CapabilityCode.RouteRefresh);

    public static FlagCapability EnhancedRouteRefresh { get; } = new(CapabilityCode.EnhancedRouteRefresh);

    private protected override void WriteValue(ref WireWriter writer) { }

    public override string ToString() => Code == CapabilityCode.RouteRefresh ? "route-refresh" : "enhanced-route-refresh";
}
