using System.Net;
using System.Net.Sockets;
using LbSpeaker.Testing.Network;

namespace LbSpeaker.Interop.Tests.Layer2;

/// <summary>The tools and the kernel of another host believe what the announcer says.</summary>
public sealed class AnswerTests
{
    private const string IPv4 = "192.0.2.10", IPv6 = "2001:db8::10";

    [NetworkFact("arping")]
    public async Task Arping_gets_the_hardware_address()
    {
        await using Segment segment = new();
        segment.ClientPlace.Ip("addr add 192.0.2.100/24 dev eth0");
        segment.Start(IPv4);
        (int code, string output) = segment.ClientPlace.Try("arping", "-c", "1", "-w", "5", "-i", "eth0", IPv4);
        Assert.True(code == 0 && output.Contains(Wire.NodeMac, StringComparison.Ordinal), output);
        (code, output) = segment.ClientPlace.Try("arping", "-c", "1", "-w", "1", "-i", "eth0", "192.0.2.11");
        Assert.True(code != 0 && !output.Contains(Wire.NodeMac, StringComparison.Ordinal), output);
    }

    [NetworkFact("ndisc6")]
    public async Task Ndisc6_gets_the_hardware_address()
    {
        await using Segment segment = new();
        segment.Start(IPv6);
        (int code, string output) = segment.ClientPlace.Try("ndisc6", "-q", "-1", "-r", "5", IPv6, "eth0");
        Assert.True(code == 0 && output.Contains(Wire.NodeMac, StringComparison.OrdinalIgnoreCase), output);
        (_, output) = segment.ClientPlace.Try("ndisc6", "-q", "-1", "-r", "1", "2001:db8::11", "eth0");
        Assert.DoesNotContain(Wire.NodeMac, output, StringComparison.OrdinalIgnoreCase);
    }

    [NetworkTheory]
    [InlineData(IPv4, "192.0.2.100/24")]
    [InlineData(IPv6, "2001:db8::100/64")]
    public async Task The_kernel_of_another_host_finds_the_node(string address, string own)
    {
        await using Segment segment = new();
        segment.ClientPlace.Ip($"addr add {own} dev eth0");
        segment.Start(address);
        segment.ClientPlace.Enter(() =>
        {
            using Socket socket = new(address == IPv4 ? AddressFamily.InterNetwork : AddressFamily.InterNetworkV6, SocketType.Dgram, ProtocolType.Udp);
            return socket.SendTo([0], new IPEndPoint(IPAddress.Parse(address), 9));
        });
        Eventually.True($"the kernel's neighbour {address}", Node.Patience, () => segment.ClientPlace.Ip($"neigh show {address}") is { } neighbour
            && neighbour.Contains(Wire.NodeMac, StringComparison.Ordinal) && neighbour.Contains("REACHABLE", StringComparison.Ordinal));
    }

    /// <summary>RFC 4862 section 5.4: a kernel that is about to take the address learns from our answer that it is in use.</summary>
    [NetworkFact]
    public async Task The_kernel_of_another_host_does_not_take_an_announced_address()
    {
        await using Segment segment = new();
        segment.Start(IPv6);
        segment.ClientPlace.Set("net/ipv6/conf/eth0/accept_dad", "1");
        segment.ClientPlace.Ip($"addr add {IPv6}/64 dev eth0");
        Eventually.True("duplicate address detection fails", Node.Patience, () => segment.ClientPlace.Ip("-6 addr show dev eth0").Contains("dadfailed", StringComparison.Ordinal));
        // The same for an address that nobody has.
        segment.ClientPlace.Ip("addr add 2001:db8::11/64 dev eth0");
        Eventually.True("duplicate address detection passes", Node.Patience, () =>
            segment.ClientPlace.Ip("-6 addr show dev eth0 scope global -tentative -dadfailed").Contains("2001:db8::11/64", StringComparison.Ordinal));
    }

    /// <summary>RFC 4291 section 2.7.1: a switch that watches MLD forwards nothing else.</summary>
    [NetworkFact]
    public async Task The_solicited_node_groups_are_joined_and_left()
    {
        await using Segment segment = new();
        Node node = segment.Start(IPv6, "2001:db8:0:1::10", "2001:db8::ab:cdef", IPv4);
        string Groups() => segment.NodePlace.Ip("maddr show dev eth0");
        Eventually.True("the groups are joined", Node.Patience, () => Groups() is { } g && g.Contains("ff02::1:ff00:10", StringComparison.Ordinal) && g.Contains("ff02::1:ffab:cdef", StringComparison.Ordinal));
        // Two addresses have the first group: it stays until both are gone.
        node.Announce(IPv6);
        Eventually.True("the second group is left", Node.Patience, () => !Groups().Contains("ff02::1:ffab:cdef", StringComparison.Ordinal));
        Assert.Contains("ff02::1:ff00:10", Groups(), StringComparison.Ordinal);
        node.Announce(IPv4);
        Eventually.True("the first group is left", Node.Patience, () => !Groups().Contains("ff02::1:ff00:10", StringComparison.Ordinal));
    }

    /// <summary>More groups than one socket may hold with the smallest memory that kernels come with.</summary>
    [NetworkFact]
    public async Task A_thousand_addresses_of_each_family_are_joined_and_answered()
    {
        await using Segment segment = new();
        segment.Start([.. Enumerable.Range(0, 1000).SelectMany(i => new[] { $"198.51.{100 + i / 250}.{i % 250}", $"2001:db8::{i * 7:x}:{i * 3:x}" })]);
        foreach (int i in (int[])[0, 1, 499, 998, 999])
        {
            segment.Client.UntilAnswered($"198.51.{100 + i / 250}.{i % 250}", Wire.NodeMac);
            segment.Client.UntilAnswered($"2001:db8::{i * 7:x}:{i * 3:x}", Wire.NodeMac);
        }
        Assert.True(segment.NodePlace.Ip("maddr show dev eth0").Split("ff02::1:ff").Length > 900);
    }

    [NetworkFact]
    public async Task What_is_withdrawn_is_silent()
    {
        await using Segment segment = new();
        Node node = segment.Start(IPv4, "192.0.2.11");
        segment.Client.UntilAnswered(IPv4, Wire.NodeMac);
        node.Announce("192.0.2.11");
        Eventually.True("silence", Node.Patience, () => !segment.Client.IsAnswered(IPv4, Wire.NodeMac, TimeSpan.FromMilliseconds(200)));
        segment.Client.UntilAnswered("192.0.2.11", Wire.NodeMac);
    }
}
