using CsCheck;
using LbSpeaker.Core.Net;
using LbSpeaker.Layer2.Answering;
using LbSpeaker.Layer2.Capture;
using LbSpeaker.Layer2.Frames;
using LbSpeaker.Linux;
using LbSpeaker.Testing.Frames;

namespace LbSpeaker.Layer2.Tests.Capture;

/// <summary>The kernel filter, run by a machine like the kernel's.</summary>
public sealed class TargetFilterTests
{
    private const int Host = 0, Broadcast = 1, Multicast = 2, OtherHost = 3, Outgoing = 4;

    private static readonly FrameCase[] Known = [.. FrameCase.ReadAll("Arp"), .. FrameCase.ReadAll("Ndp")];
    private static readonly byte[] Request = Known.Single(c => c.Name == "Arp/request").Frame, Solicitation = Known.Single(c => c.Name == "Ndp/solicitation").Frame,
        Advertisement = Known.Single(c => c.Name == "Ndp/advertisement").Frame;
    private static readonly IpAddress[] Concern = [Segment.IPv4, Segment.IPv6, Segment.IPv4Watched, Segment.IPv6Watched, Segment.IPv4Leaving, Segment.IPv6Leaving];

    /// <summary>Near each other or far apart, so that there are runs, gaps and many of both.</summary>
    private static readonly Gen<HashSet<uint>> Targets = Gen.OneOf(Gen.UInt[0xC0000200, 0xC00002FF], Gen.UInt[0xC0000000, 0xC000FFFF], Gen.UInt).HashSet[0, 60];

    public static TheoryData<FrameCase> OfConcern() => [.. Known.Where(c => (c.Reply ?? (object?)c.Heard) is not null && !c.Name.EndsWith("priority-tagged", StringComparison.Ordinal))];

    [Theory]
    [MemberData(nameof(OfConcern))]
    public void Whatever_is_answered_or_heard_is_let_through_whole(FrameCase @case) =>
        Assert.Equal((uint)TargetFilter.SnapshotLength, Run(TargetFilter.Build(Concern), @case.Frame));

    [Fact]
    public void Exactly_the_targets_and_senders_that_may_be_ours_are_let_through() => Gen.Select(Targets, Targets, Gen.UInt).Sample((four, six, other) =>
    {
        FilterInstruction[] filter = TargetFilter.Build([.. four.Select(IpAddress.FromIPv4), .. six.Select(SixOf)]);
        Assert.InRange(filter.Length, 1, KernelFilter.MaxInstructions);
        foreach (uint target in Around(four).Append(other))
            foreach (uint sender in Around(four).Take(3).Append(other))
            {
                Assert.Equal(four.Contains(target) || four.Contains(sender), Lets(filter, Arp(operation: 1, IpAddress.FromIPv4(sender), IpAddress.FromIPv4(target))));
                // An answer says where its sender is; whom it is for is of no concern.
                Assert.Equal(four.Contains(sender), Lets(filter, Arp(operation: 2, IpAddress.FromIPv4(sender), IpAddress.FromIPv4(target))));
                Assert.False(Lets(filter, Arp(operation: 3, IpAddress.FromIPv4(sender), IpAddress.FromIPv4(target))));
            }
        foreach (uint target in Around(six).Append(other))
        {
            Assert.Equal(six.Contains(target), Lets(filter, Asking(SixOf(target))));
            Assert.Equal(six.Contains(target), Lets(filter, Advertising(SixOf(target))));
        }
    }, iter: 2_000);

    /// <summary>More than a program can tell apart: then more is let through, never less.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(64)]
    public void With_fewer_runs_nothing_announced_is_lost(int runs) => Gen.Select(Targets, Targets).Sample((four, six) =>
    {
        FilterInstruction[] filter = TargetFilter.Build([.. four.Select(IpAddress.FromIPv4), .. six.Select(SixOf)], runs);
        return four.All(t => Lets(filter, Asking(IpAddress.FromIPv4(t))) && Lets(filter, Arp(operation: 2, IpAddress.FromIPv4(t), IpAddress.FromIPv4(t))))
            && six.All(t => Lets(filter, Asking(SixOf(t))) && Lets(filter, Advertising(SixOf(t))));
    }, iter: 1_000);

    /// <summary>Ranges in both families, none next to another: the longest programs there are.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    [InlineData(TargetFilter.MaxRuns)]
    [InlineData(5_000)]
    public void A_filter_fits_the_kernel_however_much_is_announced(int ranges)
    {
        List<IpAddress> addresses = [];
        for (uint i = 0; i < ranges; i++)
            foreach (uint last in new[] { i * 700, i * 700 + 1 }) addresses.AddRange([IpAddress.FromIPv4(last), SixOf(last)]);
        FilterInstruction[] filter = TargetFilter.Build(addresses);
        Assert.InRange(filter.Length, 1, KernelFilter.MaxInstructions);
        Assert.All(addresses, a => Assert.True(Lets(filter, Asking(a)), a.ToString()));
        Assert.All(addresses.Where(a => a.Family == IpFamily.IPv4), a => Assert.True(Lets(filter, Arp(operation: 2, a, default)), a.ToString()));
        if (ranges <= TargetFilter.MaxRuns) Assert.False(Lets(filter, Asking(IpAddress.FromIPv4(2))));
    }

    /// <summary>The widest gaps stay open, so that what is let through beyond the announced is the least possible.</summary>
    [Fact]
    public void Addresses_that_are_equally_far_apart_do_not_fall_into_one_run()
    {
        List<(uint First, uint Last)> runs = TargetFilter.Runs(Enumerable.Range(0, 1000).Select(i => IpAddress.FromIPv4((uint)i * 50)), IpFamily.IPv4, maxRuns: 600);
        Assert.Equal(600, runs.Count);
    }

    [Fact]
    public void Without_addresses_nothing_is_let_through()
    {
        FilterInstruction[] filter = TargetFilter.Build([]);
        Assert.All(Known, c => Assert.Equal(0u, Run(filter, c.Frame)));
    }

    [Fact]
    public void One_family_alone_leaves_the_other_out()
    {
        Assert.False(Lets(TargetFilter.Build([Segment.IPv4]), Solicitation));
        Assert.False(Lets(TargetFilter.Build([Segment.IPv6]), Request));
    }

    /// <summary>The kernel has taken the tag off, and the octets look like those of a frame without one.</summary>
    [Theory]
    [InlineData(null, true)]
    [InlineData((ushort)0x0000, true)]
    [InlineData((ushort)0xE000, true)]
    [InlineData((ushort)0x0064, false)]
    [InlineData((ushort)0xE001, false)]
    public void A_frame_of_a_VLAN_is_not_taken_for_one_without(ushort? tag, bool let)
    {
        FilterInstruction[] filter = TargetFilter.Build([Segment.IPv4, Segment.IPv6]);
        Assert.Equal(let, FilterMachine.Run(filter, Request, new(Broadcast, tag)) > 0);
        Assert.Equal(let, FilterMachine.Run(filter, Solicitation, new(Multicast, tag)) > 0);
    }

    [Theory]
    [InlineData(Host, true)]
    [InlineData(Broadcast, true)]
    [InlineData(Multicast, true)]
    [InlineData(OtherHost, false)]
    [InlineData(Outgoing, false)]
    public void What_this_host_sends_and_what_is_for_others_is_not_read(int packetType, bool let) =>
        Assert.Equal(let, FilterMachine.Run(TargetFilter.Build([Segment.IPv4]), Request, new(packetType, null)) > 0);

    /// <summary>The filter never decides differently from the responder where that answers or hears.</summary>
    [Fact]
    public void Nothing_that_would_be_answered_or_heard_is_rejected() =>
        (from known in Gen.OneOf(Known.Where(c => c.Frame.Length > 0).ToArray())
         from changes in Gen.Select(Gen.Int[0, known.Frame.Length - 1], Gen.Byte).Array[0, 3]
         select changes.Aggregate(known.Frame.ToArray(), (frame, change) => { frame[change.Item1] = change.Item2; return frame; })).Sample(frame =>
    {
        FilterInstruction[] filter = TargetFilter.Build(Concern);
        (byte[] untagged, ushort? tag) = Untag(frame);
        return Segment.Decide(frame, new byte[Responder.MaxReplyLength]).IsIgnored || FilterMachine.Run(filter, untagged, new(Host, tag)) > 0;
    }, iter: 50_000);

    private static bool Lets(FilterInstruction[] filter, byte[] frame) => Run(filter, frame) > 0;

    private static uint Run(FilterInstruction[] filter, byte[] frame) => FilterMachine.Run(filter, frame, new(Broadcast, null));

    private static byte[] Asking(IpAddress target)
    {
        byte[] frame = [.. target.Family == IpFamily.IPv4 ? Request : Solicitation];
        target.WriteBytes(frame.AsSpan(target.Family == IpFamily.IPv4 ? 38 : 62));
        return frame;
    }

    private static byte[] Arp(byte operation, IpAddress sender, IpAddress target)
    {
        byte[] frame = [.. Request];
        frame[21] = operation;
        sender.WriteBytes(frame.AsSpan(28));
        target.WriteBytes(frame.AsSpan(38));
        return frame;
    }

    private static byte[] Advertising(IpAddress target)
    {
        byte[] frame = [.. Advertisement];
        target.WriteBytes(frame.AsSpan(62));
        return frame;
    }

    private static IpAddress SixOf(uint last) => Segment.IPv6 with { Value = Segment.IPv6.Value >> 32 << 32 | last };

    private static IEnumerable<uint> Around(IEnumerable<uint> values) => values.SelectMany(v => new[] { unchecked(v - 1), v, unchecked(v + 1) });

    /// <summary>As the kernel hands a frame to a filter: the first tag taken off.</summary>
    private static (byte[] Frame, ushort? Tag) Untag(byte[] frame) =>
        frame.Length >= 18 && frame[12] == Ethernet.Vlan >> 8 && frame[13] == (Ethernet.Vlan & 0xFF) ? ([.. frame[..12], .. frame[16..]], (ushort)(frame[14] << 8 | frame[15])) : (frame, null);
}
