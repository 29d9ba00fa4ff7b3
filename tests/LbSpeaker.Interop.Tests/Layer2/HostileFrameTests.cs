using System.Collections.Immutable;
using LbSpeaker.Core.Announcement;
using LbSpeaker.Core.Net;
using LbSpeaker.Layer2.Capture;
using LbSpeaker.Linux;
using LbSpeaker.Testing.Frames;
using LbSpeaker.Testing.Network;

namespace LbSpeaker.Interop.Tests.Layer2;

/// <summary>The frames of the cases once more, over the wire: through the kernel, its filter and libpcap.</summary>
public sealed class HostileFrameTests
{
    private const string IPv4 = "192.0.2.10", IPv6 = "2001:db8::10";

    private static readonly FrameCase[] Cases = [.. FrameCase.ReadAll("Arp"), .. FrameCase.ReadAll("Ndp")];

    [NetworkFact]
    public async Task Every_frame_gets_its_reply_or_is_counted_by_what_comes_of_it_and_the_node_lives_on()
    {
        await using Segment segment = new();
        // The other interface of the cases, which is not used; and another node's speaker, which goes after this one.
        segment.NodePlace.Ip("link add veth7 type veth peer name veth8");
        segment.NodePlace.Ip("link set veth7 address 02:00:00:00:00:02");
        Node node = segment.Start(Node.Quiet with { Claims = new() { DefendInterval = TimeSpan.FromHours(1), FellowDefendInterval = TimeSpan.FromHours(1) } });
        string after = Enumerable.Range(0, 100).Select(i => $"fellow-{i}").First(f => OwnerElection.Outranks("node", f, IpAddress.Parse(IPv4)));
        node.Announcer.SetDesired(Node.PlanOf(IPv4, IPv6) with { Node = "node", Fellows = ImmutableSortedDictionary<MacAddress, string>.Empty.Add(new(0x0200_0000_00f1), after) });
        // Both addresses are defended now, and then no more: what is sent from now on is an answer.
        foreach ((string name, string address) in new[] { ("Arp/reply-gratuitous", IPv4), ("Ndp/advertisement", IPv6) })
        {
            segment.Client.UntilAnswered(address, Wire.NodeMac);
            segment.Client.Send(Cases.Single(c => c.Name == name).Frame);
            node.Until(r => r.Conflicts.Any(c => c.Address == IpAddress.Parse(address)));
            Assert.NotNull(segment.Client.Receive(f => Wire.IsAnnouncement(f, address, Wire.NodeMac), Node.Patience));
        }
        // When the second question is answered, so are all of the first.
        segment.Client.UntilAnswered(IPv4, Wire.NodeMac);
        segment.Client.Send(Wire.Asking(IPv6));
        Assert.NotNull(segment.Client.Receive(f => Wire.IsAnswer(f, IPv6, Wire.NodeMac), Node.Patience));
        Dictionary<string, long> before = node.Samples;

        FilterInstruction[] filter = TargetFilter.Build([IpAddress.Parse(IPv4), IpAddress.Parse(IPv6)]);
        Dictionary<string, long> expected = [];
        void Expect(string what) => expected[$"lbspeaker_layer2_{what}}}"] = expected.GetValueOrDefault($"lbspeaker_layer2_{what}}}") + 1;
        // A packet socket refuses what is shorter than a header.
        foreach (FrameCase @case in Cases.Where(c => c.Frame.Length >= 14))
        {
            segment.Client.Send(@case.Frame);
            if (@case.Reply is { } reply) Assert.Equal((@case.Name, Convert.ToHexString(reply)), (@case.Name, Convert.ToHexString(Next(segment))));
            if (!Reads(filter, @case.Frame)) continue;
            if (@case.Heard is { } heard) Expect("heard_total{how=" + heard.Split(' ')[0]);
            if (@case.Ignored is { } reason) Expect("ignored_total{reason=" + reason);
        }
        Assert.InRange(expected.Values.Sum(), 40, Cases.Length);

        // In order as sent: what was to be ignored has been when the answer to this is there, and it was not answered.
        segment.Client.Send(Wire.Asking(IPv4));
        Assert.True(Wire.IsAnswer(Next(segment), IPv4, Wire.NodeMac));
        Dictionary<string, long> now = node.Samples;
        Assert.Equal(
            expected.OrderBy(e => e.Key, StringComparer.Ordinal),
            now.Where(s => (s.Key.StartsWith("lbspeaker_layer2_ignored_total", StringComparison.Ordinal) || s.Key.StartsWith("lbspeaker_layer2_heard_total", StringComparison.Ordinal)) && s.Value > before[s.Key])
                .ToDictionary(s => s.Key, s => s.Value - before[s.Key]).OrderBy(e => e.Key, StringComparer.Ordinal));
        Assert.Equal(0, now["lbspeaker_layer2_ignored_total{reason=VlanTagged}"]);
    }

    /// <summary>Without the filter a frame of a VLAN is read, and libpcap puts back the tag that the kernel took off: it is not answered as if it had none.</summary>
    [NetworkFact]
    public async Task A_frame_of_a_VLAN_is_known_as_one_even_without_the_filter()
    {
        await using Segment segment = new();
        byte[] tagged = Cases.Single(c => c.Name == "Arp/vlan").Frame;
        byte[] read = segment.NodePlace.Enter(() =>
        {
            using IPacketDevice device = new PcapLinkLayer().Open(segment.NodePlace.Link("eth0"));
            KernelFilter.Detach(device.Descriptor);
            segment.Client.Send(tagged);
            byte[] frame = [];
            Eventually.True("the frame is read", Node.Patience, () =>
            {
                while (device.TryRead(out ReadOnlySpan<byte> next) && !next.IsEmpty)
                    if (next.Length > 14 && next[12] == 0x81) frame = next.ToArray();
                return frame.Length > 0;
            });
            return frame;
        });
        Assert.Equal(tagged, read);
    }

    /// <summary>The next ARP frame or advertisement from the node; its kernel says other things.</summary>
    private static byte[] Next(Segment segment) => segment.Client.Receive(
        f => MacAddress.FromBytes(f.AsSpan(6)).ToString() == Wire.NodeMac && (f[12] == 0x08 && f[13] == 0x06 || f[12] == 0x86 && f[54] == 136), Node.Patience) ?? throw new TimeoutException("no answer");

    /// <summary>As the kernel hands the frame to the filter: its first tag taken off, and known whom it was for.</summary>
    private static bool Reads(FilterInstruction[] filter, byte[] frame)
    {
        ushort type = (ushort)(frame[12] << 8 | frame[13]);
        bool tagged = frame.Length >= 18 && type is 0x8100 or 0x88A8;
        ushort? tag = tagged ? (ushort)(frame[14] << 8 | frame[15]) : null;
        string destination = MacAddress.FromBytes(frame).ToString();
        int packetType = destination == Wire.NodeMac ? 0 : destination == "ff:ff:ff:ff:ff:ff" ? 1 : (frame[0] & 1) == 1 ? 2 : 3;
        return FilterMachine.Run(filter, tagged ? [.. frame[..12], .. frame[16..]] : frame, new(packetType, tag)) > 0;
    }
}
