using LbSpeaker.Bgp.Wire;
using LbSpeaker.Bgp.Wire.Attributes;
using LbSpeaker.Bgp.Wire.Capabilities;
using LbSpeaker.Core.Net;

namespace LbSpeaker.Bgp.Tests.Wire;

/// <summary>Constructors refuse what the RFCs forbid: a value that exists can be sent.</summary>
public sealed class MessageValueTests
{
    private static readonly IpAddress Id = IpAddress.Parse("192.0.2.1");

    public static TheoryData<string, Action> Forbidden => new()
    {
        { "asNumber", () => _ = new FourOctetAsCapability(0) },
        { "0", () => _ = new OpenMessage(0u, 90, Id) },
        { "hold time", () => _ = new OpenMessage(65001u, 2, Id) },
        { "BGP identifier", () => _ = new OpenMessage(65001u, 90, IpAddress.FromIPv4(0)) },
        { "BGP identifier", () => _ = new OpenMessage(65001u, 90, IpAddress.Parse("2001:db8::1")) },
        { "restartTime", () => _ = new GracefulRestartCapability(false, false, 4096, []) },
        { "at most 64 octets", () => _ = new FqdnCapability(new string('a', 65), "") },
        { "at most 64 octets", () => _ = new FqdnCapability("", new string('ä', 33)) },
        { "at most 4075 octets", () => _ = new NotificationMessage(NotificationError.CeaseUnspecific, [.. new byte[4076]]) },
        { "at most 255 octets of UTF-8, not 256", () => NotificationMessage.WithCommunication(NotificationError.AdministrativeReset, new string('ö', 128)) },
        { "carries no shutdown communication", () => NotificationMessage.WithCommunication(NotificationError.HardReset, "") },
        { "no reason", () => NotificationMessage.HardReset(new(NotificationError.HardReset)) },
        { "1 to 255 AS numbers", () => _ = new AsPathSegment(AsPathSegmentType.Sequence, []) },
        { "1 to 255 AS numbers", () => _ = new AsPathSegment(AsPathSegmentType.Sequence, [.. Enumerable.Repeat(1u, 256)]) },
        { "AS 0", () => AsPath.Sequence(65001, 0) },
        { "no such origin", () => _ = new OriginAttribute((Origin)3) },
        { "at least one segment", () => _ = new As4PathAttribute(AsPath.Empty) },
        { "asNumber", () => _ = new Aggregator(0, Id) },
        { "no BGP identifier", () => _ = new Aggregator(1, IpAddress.Parse("::1")) },
        { "no next hop", () => _ = new NextHopAttribute(IpAddress.Parse("127.0.0.1")) },
        { "no next hop", () => MpReachAttribute.Create(IpFamily.IPv6, new(Id), []) },
        { "not all prefixes are IPv6", () => MpReachAttribute.Create(IpFamily.IPv6, new(IpAddress.Parse("2001:db8::1")), [IpPrefix.Parse("10.0.0.0/8")]) },
        { "not all prefixes are IPv4", () => MpUnreachAttribute.Create(IpFamily.IPv4, [IpPrefix.Parse("::/0")]) },
        { "without a community", () => _ = new CommunitiesAttribute([]) },
        { "without an extended community", () => _ = new ExtendedCommunitiesAttribute([]) },
        { "without a large community", () => _ = new LargeCommunitiesAttribute([]) },
        { "finite and not negative", () => ExtendedCommunity.LinkBandwidth(65001, -1) },
        { "finite and not negative", () => ExtendedCommunity.LinkBandwidth(65001, float.NaN) },
        { "End-of-RIB", () => new UpdateMessage([], [], []).Encode(new byte[4096], CodecOptions.Default) },
        { "stands twice", () => new UpdateMessage([], [new MultiExitDiscAttribute(1), new MultiExitDiscAttribute(2)], []).Encode(new byte[4096], CodecOptions.Default) },
        { "does not fit", () => new UpdateMessage([.. Enumerable.Repeat(IpPrefix.Parse("10.0.0.0/8"), 2100)], [], []).Encode(new byte[9000], CodecOptions.Default) },
        { "does not fit", () => KeepaliveMessage.Instance.Encode(new byte[18], CodecOptions.Default) },
    };

    [Theory]
    [MemberData(nameof(Forbidden))]
    public void What_the_RFCs_forbid_cannot_be_made(string says, Action act) => Assert.Contains(says, Assert.ThrowsAny<ArgumentException>(act).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData(65001u, 65001)]
    [InlineData(4200000001u, OpenMessage.AsTrans)]
    public void An_open_says_its_AS_in_two_octets_as_far_as_they_go(uint asNumber, ushort field)
    {
        OpenMessage open = new(asNumber, 90, Id, FlagCapability.RouteRefresh);
        Assert.Equal((asNumber, field), (open.AsNumber, open.MyAs));
        Assert.Equal([FlagCapability.RouteRefresh, new FourOctetAsCapability(asNumber)], open.Capabilities);
    }

    [Fact]
    public void Messages_compare_by_content()
    {
        Assert.Equal(new OpenMessage(65001u, 90, Id, FlagCapability.RouteRefresh), new OpenMessage(65001u, 90, Id, FlagCapability.RouteRefresh));
        Assert.Equal(
            new UpdateMessage([], [new AsPathAttribute(AsPath.Sequence(1, 2))], [IpPrefix.Parse("10.0.0.0/8")]),
            new UpdateMessage([], [new AsPathAttribute(AsPath.Sequence(1, 2))], [IpPrefix.Parse("10.0.0.0/8")]));
    }

    [Fact]
    public void A_shutdown_communication_and_a_hard_reset_are_read_as_they_were_written()
    {
        NotificationMessage shutdown = NotificationMessage.WithCommunication(NotificationError.AdministrativeShutdown, "bis gleich, ö");
        Assert.True(shutdown.TryGetCommunication(out string? communication));
        Assert.Equal("bis gleich, ö", communication);
        Assert.Equal(shutdown, NotificationMessage.HardReset(shutdown).HardResetReason);
        Assert.Null(shutdown.HardResetReason);
    }

    [Theory]
    [InlineData(65001u, 125_000_000f, "link-bandwidth:65001:125000000")]
    [InlineData(4200000001u, 0f, "link-bandwidth:23456:0")]
    public void A_link_bandwidth_names_its_AS_and_octets_a_second(uint asNumber, float octets, string text)
    {
        ExtendedCommunity community = ExtendedCommunity.LinkBandwidth(asNumber, octets);
        Assert.True(community.IsNonTransitive && community.TryGetLinkBandwidth(out _, out float read) && read == octets);
        Assert.Equal(text, community.ToString());
        Assert.False(new ExtendedCommunity(0x0002_FDE9_0000_0007).TryGetLinkBandwidth(out _, out _));
    }
}
