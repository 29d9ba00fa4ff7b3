using LbSpeaker.Core.Net;
using LbSpeaker.Layer2.Capture;
using LbSpeaker.Testing.Network;
using LbSpeaker.Testing.Observability;
using Xunit.Abstractions;

namespace LbSpeaker.Interop.Tests.Layer2;

/// <summary>Much of everything, and what must not be lost or woken by it.</summary>
public sealed class LoadTests(ITestOutputHelper output)
{
    private const string IPv4 = "192.0.2.10";

    [NetworkFact]
    public async Task A_flood_of_requests_for_others_does_not_reach_the_process()
    {
        await using Segment segment = new();
        Node node = segment.Start(IPv4, "2001:db8::10");
        segment.Client.UntilAnswered(IPv4, Wire.NodeMac);
        long before = node.FramesRead;
        byte[][] foreign = [.. Enumerable.Range(20, 200).Select(i => Wire.Asking($"192.0.2.{i}")), .. Enumerable.Range(20, 200).Select(i => Wire.Asking($"2001:db8::{i}"))];
        for (int i = 0; i < 50_000; i++) segment.Client.TrySend(foreign[i % foreign.Length]);
        Assert.True(segment.Client.IsAnswered(IPv4, Wire.NodeMac, Node.Patience));
        AssertFewRead(node, before);
    }

    /// <summary>Requests one after the other, each answered, while what is announced beside changes all the time: a filter that is blind for a moment would miss some.</summary>
    [NetworkFact]
    public async Task No_request_is_lost_while_the_filter_changes()
    {
        await using Segment segment = new();
        Node node = segment.Start(IPv4);
        segment.Client.UntilAnswered(IPv4, Wire.NodeMac);
        using CancellationTokenSource stop = new();
        int changes = 0;
        Task changing = Task.Factory.StartNew(() =>
        {
            while (!stop.IsCancellationRequested) node.Announce([IPv4, .. Enumerable.Range(0, ++changes % 40).Select(i => $"198.51.100.{i * 5}")]);
        }, stop.Token, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        byte[] request = Wire.Asking(IPv4);
        for (int i = 0; i < 3_000; i++)
        {
            segment.Client.Send(request);
            Assert.True(segment.Client.Receive(f => Wire.IsAnswer(f, IPv4, Wire.NodeMac), Node.Patience) is not null, $"request {i} is answered");
        }
        await stop.CancelAsync();
        await changing;
        output.WriteLine($"{changes} changes meanwhile");
        Assert.True(changes > 20, "the filter did change");
    }

    /// <summary>The library's own capture takes one thread of the pool for each interface; here two threads serve all.</summary>
    [NetworkFact]
    public async Task Forty_interfaces_are_served_by_two_threads()
    {
        await using Segment segment = new();
        for (int i = 0; i < 40; i++)
        {
            segment.NodePlace.Ip($"link add net{i} type veth peer name net{i} netns {segment.ClientPlace.Name}");
            segment.NodePlace.Ip($"link set net{i} up");
            segment.ClientPlace.Ip($"link set net{i} up");
        }
        Node node = segment.Start(IPv4);
        node.Until(r => r.Interfaces.Count == 41 && r.Interfaces.All(i => i.Fault is null));
        for (int i = 0; i < 40; i++)
        {
            using PacketClient client = new(segment.ClientPlace, $"net{i}");
            client.UntilAnswered(IPv4, segment.NodePlace.Link($"net{i}").Mac.ToString()!);
        }
        string[] threads = [.. Directory.GetDirectories("/proc/self/task").Select(t => File.ReadAllText($"{t}/comm").Trim()).Where(n => n.StartsWith("layer2", StringComparison.Ordinal)).Order()];
        Assert.Equal(["layer2", "layer2-capture"], threads);
    }

    /// <summary>Kernels before 6.9 give a socket's filters 20 KiB: the tree of a thousand scattered addresses does not fit, and nothing is missed all the same.</summary>
    [NetworkFact]
    public async Task With_little_room_for_filters_everything_is_still_answered()
    {
        await using Segment segment = new();
        if (!segment.NodePlace.Enter(() => File.Exists("/proc/sys/net/core/optmem_max"))) return;
        segment.NodePlace.Set("net/core/optmem_max", "20480");
        string[] addresses = [.. Enumerable.Range(0, 1000).SelectMany(i => new[] { $"203.0.{i / 120}.{i % 120 * 2}", $"2001:db8::{i * 3:x}" })];
        Node node = segment.Start(addresses);
        foreach (string address in addresses.Where((_, i) => i % 101 == 0)) segment.Client.UntilAnswered(address, Wire.NodeMac);
        // The filter is coarse, not gone: what is far from every announced address is not read.
        long before = node.FramesRead;
        for (int i = 0; i < 1_000; i++) segment.Client.TrySend(Wire.Asking($"198.18.0.{i % 250}"));
        Assert.True(segment.Client.IsAnswered(addresses[0], Wire.NodeMac, Node.Patience));
        AssertFewRead(node, before);
    }

    /// <summary>The library reads the kernel's counters with the wrong width and reports no drop ever; ours come from libpcap itself.</summary>
    [NetworkFact]
    public async Task Frames_that_nobody_reads_in_time_are_counted_as_dropped()
    {
        await using Segment segment = new();
        IPacketDevice device = segment.NodePlace.Enter(() => new PcapLinkLayer().Open(segment.NodePlace.Link("eth0")));
        using (device)
        {
            Assert.Null(device.Listen([IpAddress.Parse(IPv4)]));
            byte[] request = Wire.Asking(IPv4);
            for (int i = 0; i < 20_000; i++) segment.Client.TrySend(request);
            Eventually.True("drops are counted", Node.Patience, () => device.Dropped > 0);
            // What the kernel itself said on the new link may have come in before the filter.
            long read = 0;
            while (device.TryRead(out ReadOnlySpan<byte> frame) && !frame.IsEmpty) if (frame.SequenceEqual(request)) read++;
            output.WriteLine($"{read} read, {device.Dropped} dropped");
            Assert.Equal(20_000, read + device.Dropped);
        }
    }

    /// <summary>Reading and sending go through libpcap and the socket: neither may cost the garbage collector anything.</summary>
    [NetworkFact]
    public async Task Reading_and_sending_allocate_nothing()
    {
        await using Segment segment = new();
        IPacketDevice device = segment.NodePlace.Enter(() => new PcapLinkLayer().Open(segment.NodePlace.Link("eth0")));
        using (device)
        {
            device.Listen([IpAddress.Parse(IPv4)]);
            byte[] request = Wire.Asking(IPv4), reply = new byte[42];
            long read = 0, allocated = Allocations.Of(
                prepare: () =>
                {
                    for (int i = 0; i < 300; i++) segment.Client.Send(request);
                },
                work: () =>
                {
                    while (device.TryRead(out ReadOnlySpan<byte> frame) && !frame.IsEmpty)
                    {
                        // As above: a word of the kernel's own may be among them.
                        if (frame.SequenceEqual(request)) read++;
                        device.Send(reply);
                    }
                });
            Assert.InRange(read, 1_200, 1_500);
            Assert.Equal(0, allocated);
        }
    }

    /// <summary>Without immediate mode each answer waits for libpcap's read time-out: these would take minutes.</summary>
    [NetworkFact]
    public async Task A_hundred_answers_one_after_the_other_take_no_hundred_seconds()
    {
        await using Segment segment = new();
        segment.Start(IPv4);
        segment.Client.UntilAnswered(IPv4, Wire.NodeMac);
        for (int i = 0; i < 100; i++) Assert.True(segment.Client.IsAnswered(IPv4, Wire.NodeMac, TimeSpan.FromMilliseconds(900)), $"request {i}");
    }

    /// <summary>The one request of the last question, and what was still on its way of those before: a request is counted when its answer has been sent.</summary>
    private static void AssertFewRead(Node node, long before)
    {
        Eventually.True("the request is counted", Node.Patience, () => node.FramesRead > before);
        Assert.InRange(node.FramesRead - before, 1, 20);
    }
}
