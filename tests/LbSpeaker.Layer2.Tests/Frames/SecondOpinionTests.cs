using System.Net.NetworkInformation;
using CsCheck;
using LbSpeaker.Core.Net;
using LbSpeaker.Layer2.Answering;
using LbSpeaker.Layer2.Frames;
using LbSpeaker.Testing.Frames;
using PacketDotNet;

namespace LbSpeaker.Layer2.Tests.Frames;

/// <summary>
/// Another implementation reads what is composed here. It never sees a frame from the wire in the product: it throws on damaged ones, and one
/// solicitation with an option of length zero keeps it busy for ever.
/// </summary>
public sealed class SecondOpinionTests
{
    private static readonly Gen<IpAddress> AnyIPv4 = Gen.UInt.Select(IpAddress.FromIPv4);
    private static readonly Gen<IpAddress> AnyIPv6 = Gen.Select(Gen.ULong, Gen.ULong, (high, low) => new IpAddress(IpFamily.IPv6, new UInt128(high, low)));
    private static readonly Gen<MacAddress> AnyHost = Gen.ULong[1, 0xFFFF_FFFF_FFFF].Select(v => new MacAddress(v & ~(1ul << 40))).Where(Ethernet.IsHost);

    public static TheoryData<FrameCase> Arp() => [.. FrameCase.ReadAll("Arp").Where(c => c.Reply is not null)];

    public static TheoryData<FrameCase> Ndp() => [.. FrameCase.ReadAll("Ndp").Where(c => c.Reply is not null)];

    [Theory]
    [MemberData(nameof(Arp))]
    public void An_ARP_reply_reads_as_one(FrameCase @case)
    {
        ArpPacket reply = Packet.ParsePacket(LinkLayers.Ethernet, @case.Reply).Extract<ArpPacket>();
        Assert.Equal(ArpOperation.Response, reply.Operation);
        Assert.Equal(Physical(Segment.Own), reply.SenderHardwareAddress);
        Assert.Equal(Segment.IPv4.ToIPAddress(), reply.SenderProtocolAddress);
        Assert.Equal(Physical(Segment.Client), reply.TargetHardwareAddress);
    }

    [Theory]
    [MemberData(nameof(Ndp))]
    public void An_advertisement_reads_as_one(FrameCase @case) => AssertAdvertisement(@case.Reply!, Segment.IPv6, Segment.Own);

    [Fact]
    public void Every_announcement_reads_as_one() => Gen.Select(Gen.OneOf(AnyIPv4, AnyIPv6), AnyHost).Sample((address, mac) =>
    {
        foreach (byte[] frame in GratuitousFrames.Of(address, mac))
            if (address.Family == IpFamily.IPv6) AssertAdvertisement(frame, address, mac);
            else
            {
                ArpPacket arp = Packet.ParsePacket(LinkLayers.Ethernet, frame).Extract<ArpPacket>();
                Assert.Equal((Physical(mac), address.ToIPAddress(), address.ToIPAddress()), (arp.SenderHardwareAddress, arp.SenderProtocolAddress, arp.TargetProtocolAddress));
            }
    }, iter: 2_000);

    /// <summary>Why advertisements are written by hand. When this fails, the library has learnt it, and <see cref="NeighborAdvertisement"/> may go.</summary>
    [Fact]
    public void The_library_still_writes_the_ICMPv6_header_twice()
    {
        byte[] advertisement = FrameCase.ReadAll("Ndp").Single(c => c.Name == "Ndp/solicitation").Reply!;
        byte[] icmp = advertisement[54..];
        IPv6Packet packet = new(Segment.IPv6.ToIPAddress(), Segment.IPv6.ToIPAddress()) { PayloadPacket = new IcmpV6Packet(new PacketDotNet.Utils.ByteArraySegment(icmp)) };
        Assert.Equal(4, packet.Bytes.Length - (40 + icmp.Length));
    }

    /// <summary>The frame that hangs the library is one of the cases, and costs us nothing.</summary>
    [Fact]
    public void The_frame_that_hangs_the_library_is_told_apart_at_once() =>
        Assert.Equal(IgnoreReason.BadOption, Segment.Decide(FrameCase.ReadAll("Ndp").Single(c => c.Name == "Ndp/option-zero-length").Frame, new byte[Responder.MaxReplyLength]).Reason);

    private static void AssertAdvertisement(byte[] frame, IpAddress target, MacAddress mac)
    {
        Packet packet = Packet.ParsePacket(LinkLayers.Ethernet, frame);
        IPv6Packet ip = packet.Extract<IPv6Packet>();
        Assert.Equal(255, ip.HopLimit);
        Assert.True(packet.Extract<IcmpV6Packet>().ValidIcmpChecksum);
        NdpNeighborAdvertisementPacket advertisement = packet.Extract<NdpNeighborAdvertisementPacket>();
        Assert.Equal(target.ToIPAddress(), advertisement.TargetAddress);
        Assert.True(advertisement.Override);
        Assert.False(advertisement.Router);
        Assert.Equal(!ip.DestinationAddress.IsIPv6Multicast, advertisement.Solicited);
        PacketDotNet.Ndp.NdpLinkLayerAddressOption option = Assert.IsType<PacketDotNet.Ndp.NdpLinkLayerAddressOption>(Assert.Single(advertisement.OptionsCollection));
        Assert.Equal(Physical(mac), option.LinkLayerAddress);
    }

    private static PhysicalAddress Physical(MacAddress mac)
    {
        byte[] octets = new byte[6];
        mac.WriteBytes(octets);
        return new PhysicalAddress(octets);
    }
}
