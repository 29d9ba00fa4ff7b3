using LbSpeaker.Bgp.Wire;
using LbSpeaker.Bgp.Wire.Capabilities;
using LbSpeaker.Core.Net;

namespace LbSpeaker.Bgp.Tests.Wire;

/// <summary>What two OPENs settle: never what one of them alone says.</summary>
public sealed class CodecOptionsTests
{
    private static readonly IpAddress Id = IpAddress.Parse("192.0.2.1");
    private static readonly Capability Four = new MultiprotocolCapability(AddressFamily.IPv4Unicast), Six = new MultiprotocolCapability(AddressFamily.IPv6Unicast);
    private static readonly Capability Vpn = new MultiprotocolCapability(new AddressFamily(1, 128));

    private static OpenMessage New(uint asNumber, params Capability[] capabilities) => new(asNumber, 90, Id, capabilities);

    /// <summary>A speaker that has never heard of four-octet numbers.</summary>
    private static OpenMessage Old(params Capability[] capabilities) => new(65002, 90, Id, [[.. capabilities]], extendedParameters: false);

    [Fact]
    public void Four_octets_are_for_two_that_both_say_so()
    {
        Assert.True(CodecOptions.Negotiate(New(65001), New(65002)).FourOctetAs);
        Assert.False(CodecOptions.Negotiate(New(65001), Old()).FourOctetAs);
        Assert.False(CodecOptions.Negotiate(Old(), New(65001)).FourOctetAs);
    }

    [Fact]
    public void A_peer_in_another_AS_is_external_by_its_whole_number()
    {
        Assert.True(CodecOptions.Negotiate(New(65001), New(65002)).External);
        Assert.False(CodecOptions.Negotiate(New(65002), Old()).External);
        Assert.True(CodecOptions.Negotiate(New(4200000001), New(4200000002)).External);
    }

    [Fact]
    public void Families_are_those_of_both_and_who_names_none_speaks_IPv4()
    {
        Assert.Equal([AddressFamily.IPv4Unicast, AddressFamily.IPv6Unicast], CodecOptions.Negotiate(New(1, Four, Six), New(2, Six, Vpn, Four)).Families);
        Assert.Equal([AddressFamily.IPv6Unicast], CodecOptions.Negotiate(New(1, Four, Six), New(2, Six)).Families);
        Assert.Equal([AddressFamily.IPv4Unicast], CodecOptions.Negotiate(New(1, Four, Six), Old()).Families);
        Assert.Empty(CodecOptions.Negotiate(New(1, Six), Old()).Families);
        Assert.Equal([AddressFamily.IPv4Unicast], CodecOptions.Negotiate(Old(), Old()).Families);
    }

    [Fact]
    public void IPv4_over_IPv6_is_for_two_that_both_say_so()
    {
        Capability hop = new ExtendedNextHopCapability([ExtendedNextHop.IPv4OverIPv6]), other = new ExtendedNextHopCapability([new(new AddressFamily(1, 128), 2)]);
        Assert.True(CodecOptions.Negotiate(New(1, hop), New(2, hop)).ExtendedNextHop);
        Assert.False(CodecOptions.Negotiate(New(1, hop), New(2, other)).ExtendedNextHop);
        Assert.False(CodecOptions.Negotiate(New(1), New(2, hop)).ExtendedNextHop);
    }

    [Fact]
    public void We_can_be_asked_again_when_we_have_said_so()
    {
        Assert.True(CodecOptions.Negotiate(New(1, FlagCapability.RouteRefresh), New(2)).AcceptsRouteRefresh);
        Assert.False(CodecOptions.Negotiate(New(1), New(2, FlagCapability.RouteRefresh)).AcceptsRouteRefresh);
        Assert.True(CodecOptions.Negotiate(New(1, FlagCapability.EnhancedRouteRefresh), New(2, FlagCapability.EnhancedRouteRefresh)).EnhancedRouteRefresh);
        Assert.False(CodecOptions.Negotiate(New(1, FlagCapability.EnhancedRouteRefresh), New(2, FlagCapability.RouteRefresh)).EnhancedRouteRefresh);
    }

    /// <summary>The same octets mean different paths, and only the settled options tell which.</summary>
    [Fact]
    public void A_path_is_read_by_what_is_settled_not_by_what_the_peer_has_said()
    {
        HexCase @case = HexCase.All.First(c => c.File == "peers/bird-2.0.12-two-octet.hex" && c.Text!.Contains("AS4_PATH", StringComparison.Ordinal));
        OpenMessage peer = (OpenMessage)HexCase.Take(HexCase.All.First(c => c.File == @case.File).Octets, CodecOptions.Default).Result.Message!;
        Assert.Contains(peer.Capabilities, c => c is FourOctetAsCapability);
        DecodeResult settled = HexCase.Take(@case.Octets, CodecOptions.Negotiate(Old(Four, Six), peer)).Result;
        Assert.Empty(settled.Findings);
        Assert.Equal("4200000001 65010", ((UpdateMessage)settled.Message!).Path!.ToString());
    }
}
