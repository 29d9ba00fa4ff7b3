using System.Diagnostics;
using LbSpeaker.Layer2;
using LbSpeaker.Testing.Network;
using Xunit.Abstractions;

namespace LbSpeaker.Interop.Tests.Layer2;

/// <summary>What happens to the interfaces of a real kernel, and how soon answers and bursts follow.</summary>
public sealed class LinkChangeTests(ITestOutputHelper output)
{
    private const string IPv4 = "192.0.2.10", IPv6 = "2001:db8::10", OtherMac = "02:00:00:00:00:99";

    [NetworkFact]
    public async Task Down_and_up()
    {
        await using Segment segment = new();
        Node node = segment.Start(IPv4, IPv6);
        segment.NodePlace.Ip("link set eth0 down");
        node.Until(r => r.Unreachable.Count == 2 && r.Unreachable.All(u => u.Reason == UnreachableReason.InterfaceDown));
        AssertFollows(segment, "up", () => segment.NodePlace.Ip("link set eth0 up"), Wire.NodeMac);
    }

    /// <summary>Both ends know: the announcer's side by its carrier alone.</summary>
    [NetworkFact]
    public async Task The_other_end_down_and_up()
    {
        await using Segment segment = new();
        Node node = segment.Start(IPv4);
        segment.ClientPlace.Ip("link set eth0 down");
        node.Until(r => r.Unreachable is [{ Reason: UnreachableReason.InterfaceDown }]);
        AssertFollows(segment, "carrier back", () => segment.ClientPlace.Ip("link set eth0 up"), Wire.NodeMac, IPv4);
    }

    /// <summary>Both in one batch, too short to be seen in the table.</summary>
    [NetworkFact]
    public async Task Down_and_up_at_once()
    {
        await using Segment segment = new();
        segment.Start(IPv4);
        string batch = Path.GetTempFileName();
        File.WriteAllText(batch, "link set eth0 down\nlink set eth0 up\n");
        AssertFollows(segment, "down and up", () => segment.NodePlace.Ip($"-batch {batch}"), Wire.NodeMac, IPv4);
        File.Delete(batch);
    }

    [NetworkFact]
    public async Task Another_hardware_address()
    {
        await using Segment segment = new();
        segment.Start(IPv4, IPv6);
        AssertFollows(segment, "hardware address changed", () => segment.NodePlace.Ip($"link set eth0 address {OtherMac}"), OtherMac);
    }

    [NetworkFact]
    public async Task Another_name()
    {
        await using Segment segment = new();
        Node node = segment.Start($"{IPv4} eth0", $"{IPv6} eth0");
        segment.NodePlace.Ip("link set eth0 down");
        segment.NodePlace.Ip("link set eth0 name uplink");
        segment.NodePlace.Ip("link set uplink up");
        node.Until(r => r.Unreachable.Count == 2 && r.Unreachable.All(u => u.Reason == UnreachableReason.NoInterface));
        Assert.False(segment.Client.IsAnswered(IPv4, Wire.NodeMac, TimeSpan.FromMilliseconds(200)));
        AssertFollows(segment, "wanted on the new name", () => node.Announce($"{IPv4} uplink", $"{IPv6} uplink"), Wire.NodeMac);
    }

    [NetworkFact]
    public async Task Removed_and_added()
    {
        await using Segment segment = new();
        Node node = segment.Start(IPv4, IPv6);
        segment.NodePlace.Ip("link delete eth0");
        node.Until(r => r is { Interfaces.IsEmpty: true, Unreachable.Count: 2 });
        long start = Stopwatch.GetTimestamp();
        segment.Connect();
        foreach (string address in (string[])[IPv4, IPv6]) segment.Client.UntilAnswered(address, Wire.NodeMac);
        Report("cable laid again, to answers of both families", Stopwatch.GetElapsedTime(start));
    }

    /// <summary>The interface has no IPv6 address at first, and one that is still tentative then.</summary>
    [NetworkFact]
    public async Task A_link_local_address_that_comes_late()
    {
        await using Segment segment = new();
        segment.NodePlace.Ip("-6 addr flush dev eth0");
        Node node = segment.Start();
        node.Announcer.SetDesired(Node.PlanOf(IPv4, IPv6));
        node.Until(r => r.Unreachable is [{ Reason: UnreachableReason.FamilyMissing }]);
        segment.Client.UntilAnswered(IPv4, Wire.NodeMac);
        Assert.False(segment.Client.IsAnswered(IPv6, Wire.NodeMac, TimeSpan.FromMilliseconds(200)));

        segment.NodePlace.Set("net/ipv6/conf/eth0/accept_dad", "1");
        segment.NodePlace.Set("net/ipv6/conf/eth0/dad_transmits", "3");
        segment.NodePlace.Ip("addr add fe80::2/64 dev eth0");
        Assert.Contains("tentative", segment.NodePlace.Ip("-6 addr show dev eth0"), StringComparison.Ordinal);
        Eventually.True("past duplicate address detection", Node.Patience, () => !segment.NodePlace.Ip("-6 addr show dev eth0").Contains("tentative", StringComparison.Ordinal));
        Report("address is no longer tentative, to an answer", segment.Client.UntilAnswered(IPv6, Wire.NodeMac));
        Assert.Contains("ff02::1:ff00:10", segment.NodePlace.Ip("maddr show dev eth0"), StringComparison.Ordinal);
        Assert.Equal(1, node.Samples[$"metallb_layer2_gratuitous_sent{{ip={IPv6}}}"]);
    }

    [NetworkFact]
    public async Task IPv6_switched_off_and_on()
    {
        await using Segment segment = new();
        Node node = segment.Start(IPv4, IPv6);
        segment.NodePlace.Set("net/ipv6/conf/eth0/disable_ipv6", "1");
        node.Until(r => r.Unreachable is [{ Reason: UnreachableReason.FamilyMissing }]);
        segment.Client.UntilAnswered(IPv4, Wire.NodeMac);
        AssertFollows(segment, "IPv6 on", () => segment.NodePlace.Set("net/ipv6/conf/eth0/disable_ipv6", "0"), Wire.NodeMac, IPv6);
        Assert.Contains("ff02::1:ff00:10", segment.NodePlace.Ip("maddr show dev eth0"), StringComparison.Ordinal);
    }

    [NetworkFact]
    public async Task Excluded_interfaces_and_parts_of_bridges_are_left_alone_and_the_bridge_answers()
    {
        await using Segment segment = new();
        TestNamespace excluded = segment.Add("veth7"), bridged = segment.Add("eth1");
        segment.NodePlace.Ip("link add br0 type bridge");
        segment.NodePlace.Ip("link set br0 up");
        segment.NodePlace.Ip("link set eth1 master br0");
        Node node = segment.Start(IPv4);
        node.Until(r => r.Interfaces.Select(i => i.Name).SequenceEqual(["br0", "eth0"]));
        using PacketClient behindExcluded = new(excluded, "eth0"), behindBridge = new(bridged, "eth0");
        Eventually.True("the bridge forwards", Node.Patience, () => behindBridge.IsAnswered(IPv4, segment.NodePlace.Link("br0").Mac.ToString()!, TimeSpan.FromMilliseconds(50)));
        Assert.False(behindExcluded.IsAnswered(IPv4, segment.NodePlace.Link("veth7").Mac.ToString()!, TimeSpan.FromMilliseconds(200)));
    }

    [NetworkFact]
    public async Task A_macvlan_answers_with_an_address_of_its_own()
    {
        await using Segment segment = new();
        segment.NodePlace.Ip("link add mv0 link eth0 type macvlan mode bridge");
        segment.NodePlace.Set("net/ipv6/conf/mv0/accept_dad", "0");
        segment.NodePlace.Ip("link set mv0 up");
        segment.Start($"{IPv4} mv0", $"{IPv6} mv0", "192.0.2.11 eth0");
        string mac = segment.NodePlace.Link("mv0").Mac.ToString()!;
        segment.Client.UntilAnswered(IPv4, mac);
        segment.Client.UntilAnswered(IPv6, mac);
        segment.Client.UntilAnswered("192.0.2.11", Wire.NodeMac);
        Assert.False(segment.Client.IsAnswered(IPv4, Wire.NodeMac, TimeSpan.FromMilliseconds(200)));
    }

    /// <summary>After the change every address is answered with the hardware address, and was announced with it unasked. How long it took is in the output.</summary>
    private void AssertFollows(Segment segment, string what, Action change, string mac, params string[] addresses)
    {
        if (addresses.Length == 0) addresses = [IPv4, IPv6];
        foreach (string address in addresses) segment.Client.TrySend(Wire.Asking(address));
        segment.Client.Discard();
        long start = Stopwatch.GetTimestamp();
        change();
        foreach (string address in addresses)
        {
            Assert.True(segment.Client.Receive(f => Wire.IsAnnouncement(f, address, mac), Node.Patience) is not null, $"{address} is announced");
            Report($"{what}, to the burst of {address}", Stopwatch.GetElapsedTime(start));
        }
        foreach (string address in addresses)
        {
            segment.Client.UntilAnswered(address, mac);
            Report($"{what}, to an answer for {address}", Stopwatch.GetElapsedTime(start));
        }
    }

    private void Report(string what, TimeSpan took) => output.WriteLine($"{what}: {took.TotalMilliseconds:0} ms (the command that made the change is in it)");
}
