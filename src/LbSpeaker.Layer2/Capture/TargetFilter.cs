using LbSpeaker.Core.Net;
using LbSpeaker.Layer2.Frames;
using LbSpeaker.Linux;

namespace LbSpeaker.Layer2.Capture;

/// <summary>
/// The kernel filter of an interface: ARP requests and Neighbor Solicitations whose target may be ours, decided in log(n) steps, so that a flood
/// of requests for other hosts never wakes the process. It may let through a little more than is announced (the answering decision is exact), never less.
/// </summary>
internal static class TargetFilter
{
    /// <summary>Runs of neighbouring addresses that one tree tells apart; with more, the nearest are taken together.</summary>
    public const int MaxRuns = 350;

    private const ushort LoadWord = 0x20, LoadHalf = 0x28, LoadByte = 0x30, JumpIfEqual = 0x15, JumpIfAtLeast = 0x35, JumpIfAbove = 0x25, Jump = 0x05, Return = 0x06;
    private const uint WholeFrame = 0x40000;

    public static FilterInstruction[] Build(IEnumerable<IpAddress> addresses)
    {
        List<uint> v4 = [], v6 = [];
        foreach (IpAddress address in addresses) (address.Family == IpFamily.IPv4 ? v4 : v6).Add((uint)address.Value);

        List<FilterInstruction> arp = [new(LoadHalf, 0, 0, 20), new(JumpIfEqual, 1, 0, 1), new(Return, 0, 0, 0), new(LoadWord, 0, 0, 38)];
        AppendTree(arp, Runs(v4));
        // A solicitation: ICMPv6 (next header 58), type 135; of the target the last 32 bits are compared.
        List<FilterInstruction> ndp =
        [
            new(LoadByte, 0, 0, 20), new(JumpIfEqual, 1, 0, 58), new(Return, 0, 0, 0),
            new(LoadByte, 0, 0, 54), new(JumpIfEqual, 1, 0, 135), new(Return, 0, 0, 0), new(LoadWord, 0, 0, 74),
        ];
        AppendTree(ndp, Runs(v6));
        return
        [
            new(LoadHalf, 0, 0, 12),
            new(JumpIfEqual, 3, 0, Ethernet.Arp),
            new(JumpIfEqual, 1, 0, Ethernet.IPv6),
            new(Return, 0, 0, 0),
            new(Jump, 0, 0, (uint)arp.Count),
            .. arp,
            .. ndp,
        ];
    }

    /// <summary>For the time before the first address is known.</summary>
    public static FilterInstruction[] Nothing { get; } = [new(Return, 0, 0, 0)];

    /// <summary>Every ARP request and every ICMPv6 packet: where the kernel has no room for the tree.</summary>
    public static FilterInstruction[] Requests { get; } =
    [
        new(LoadHalf, 0, 0, 12), new(JumpIfEqual, 0, 2, Ethernet.Arp), new(LoadHalf, 0, 0, 20), new(JumpIfEqual, 3, 4, 1),
        new(JumpIfEqual, 0, 3, Ethernet.IPv6), new(LoadByte, 0, 0, 20), new(JumpIfEqual, 0, 1, 58), new(Return, 0, 0, WholeFrame), new(Return, 0, 0, 0),
    ];

    internal static List<(uint First, uint Last)> Runs(List<uint> values)
    {
        List<(uint First, uint Last)> runs = [];
        foreach (uint value in values.Distinct().Order())
            if (runs.Count > 0 && runs[^1].Last + 1 == value) runs[^1] = (runs[^1].First, value);
            else runs.Add((value, value));
        if (runs.Count <= MaxRuns) return runs;

        uint[] gaps = [.. Enumerable.Range(1, runs.Count - 1).Select(i => runs[i].First - runs[i - 1].Last).Order()];
        uint closed = gaps[runs.Count - MaxRuns - 1];
        List<(uint First, uint Last)> coarse = [runs[0]];
        foreach ((uint first, uint last) in runs.Skip(1))
            if (first - coarse[^1].Last <= closed) coarse[^1] = (coarse[^1].First, last);
            else coarse.Add((first, last));
        return coarse;
    }

    private static void AppendTree(List<FilterInstruction> program, List<(uint First, uint Last)> runs)
    {
        if (runs.Count == 0)
        {
            program.Add(new(Return, 0, 0, 0));
            return;
        }
        if (runs.Count == 1)
        {
            program.Add(new(JumpIfAtLeast, 0, 2, runs[0].First));
            program.Add(new(JumpIfAbove, 1, 0, runs[0].Last));
            program.Add(new(Return, 0, 0, WholeFrame));
            program.Add(new(Return, 0, 0, 0));
            return;
        }
        int middle = runs.Count / 2;
        List<FilterInstruction> below = [];
        AppendTree(below, runs[..middle]);
        // Conditional jumps reach 255 instructions; the far half is reached by an unconditional one.
        program.Add(new(JumpIfAtLeast, 0, 1, runs[middle].First));
        program.Add(new(Jump, 0, 0, (uint)below.Count));
        program.AddRange(below);
        AppendTree(program, runs[middle..]);
    }
}
