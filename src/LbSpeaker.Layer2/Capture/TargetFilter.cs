using LbSpeaker.Core.Net;
using LbSpeaker.Layer2.Frames;
using LbSpeaker.Linux;

namespace LbSpeaker.Layer2.Capture;

/// <summary>
/// The kernel filter of an interface: ARP requests and Neighbor Solicitations whose target may be ours, ARP of those who may have one of our addresses, and
/// advertisements of them, decided in log(n) steps, so that a flood of frames about other hosts never wakes the process. It may let through a little more than is of
/// concern (the answering decision is exact), never less.
/// </summary>
/// <remarks>
/// <code>
/// sent by this host, or to another one → no · tagged with a VLAN other than 0 → no
/// ARP:  operation 1 → tree over the target, and where that says no: · operation 1 or 2 → tree over the sender
/// IPv6: next header 58, type 135 or 136 → tree over the last 32 bits of the target
/// </code>
/// </remarks>
internal static class TargetFilter
{
    /// <summary>Octets of a frame that are captured: enough for a solicitation with more options than any host sends. What is longer counts as truncated.</summary>
    public const int SnapshotLength = 256;

    /// <summary>Runs of neighbouring addresses that one tree tells apart; with more, the nearest are taken together. Two such trees and one of senders are within what the kernel takes.</summary>
    public const int MaxRuns = 600;

    /// <summary>The tree of senders tells apart this part of the runs: what it lets through beyond is few, the requests of hosts whose addresses lie between ours.</summary>
    private const int PartOfSenders = 6;

    private const uint Multicast = 2;

    /// <param name="maxRuns">Runs told apart in each family, 1 to <see cref="MaxRuns"/>: the fewer, the shorter the program.</param>
    public static FilterInstruction[] Build(IReadOnlyCollection<IpAddress> addresses, int maxRuns = MaxRuns)
    {
        FilterProgram program = new();
        Ends ends = new(program, () => program.Return(SnapshotLength), () => program.Return(0));

        // The kernel has taken the tag off, so the tests of the octets below see a tagged frame as if it had none.
        int arp = AppendArp(program, ends, Runs(addresses, IpFamily.IPv4, maxRuns), maxRuns);
        int ndp = AppendNdp(program, ends, Runs(addresses, IpFamily.IPv6, maxRuns));
        program.IfEqual(Ethernet.Arp, arp, program.IfEqual(Ethernet.IPv6, ndp, ends.No));
        int type = program.LoadHalf(12);
        program.IfAnyBit(Ethernet.VlanMask, ends.No, type);
        int tag = program.LoadVlanTag();
        program.IfEqual(0, type, tag);
        int present = program.LoadVlanTagPresent();
        program.IfAbove(Multicast, ends.No, present);
        program.LoadPacketType();
        return program.ToArray();
    }

    private static int AppendArp(FilterProgram program, Ends ends, List<(uint First, uint Last)> runs, int maxRuns)
    {
        if (runs.Count == 0) return ends.No;
        AppendTree(program, ends, Coarse(runs, Math.Max(1, maxRuns / PartOfSenders)));
        int sender = program.LoadWord(28);
        Ends orSender = new(program, () => program.Return(SnapshotLength), () => program.Jump(sender));
        AppendTree(program, orSender, runs);
        int target = program.LoadWord(38);
        program.IfEqual(1, target, program.IfEqual(2, program.Jump(sender), ends.No));
        return program.LoadHalf(20);
    }

    private static int AppendNdp(FilterProgram program, Ends ends, List<(uint First, uint Last)> runs)
    {
        if (runs.Count == 0) return ends.No;
        AppendTree(program, ends, runs);
        int target = program.LoadWord(74);
        program.IfEqual(NeighborSolicitation.Type, target, program.IfEqual(NeighborAdvertisement.Type, target, ends.No));
        int type = program.LoadByte(54);
        program.IfEqual(58, type, ends.No);
        return program.LoadByte(20);
    }

    /// <summary>A balanced tree: halves told apart by the first address of the upper one, a run by its ends.</summary>
    private static int AppendTree(FilterProgram program, Ends ends, List<(uint First, uint Last)> runs)
    {
        if (runs.Count == 1)
        {
            (uint first, uint last) = runs[0];
            (int yes, int no) = (ends.Yes, ends.No);
            return first == last ? program.IfEqual(first, yes, no) : program.IfAtLeast(first, program.IfAbove(last, no, yes), no);
        }
        int middle = runs.Count / 2;
        int upper = AppendTree(program, ends, runs[middle..]);
        int lower = AppendTree(program, ends, runs[..middle]);
        return program.IfAtLeast(runs[middle].First, upper, lower);
    }

    internal static List<(uint First, uint Last)> Runs(IEnumerable<IpAddress> addresses, IpFamily family, int maxRuns)
    {
        List<(uint First, uint Last)> runs = [];
        foreach (uint value in addresses.Where(a => a.Family == family).Select(a => (uint)a.Value).Distinct().Order())
            if (runs.Count > 0 && runs[^1].Last + 1 == value) runs[^1] = (runs[^1].First, value);
            else runs.Add((value, value));
        return Coarse(runs, maxRuns);
    }

    /// <summary>The widest gaps stay.</summary>
    private static List<(uint First, uint Last)> Coarse(List<(uint First, uint Last)> runs, int maxRuns)
    {
        if (runs.Count <= maxRuns) return runs;
        HashSet<int> closed = [.. Enumerable.Range(1, runs.Count - 1).OrderBy(i => runs[i].First - runs[i - 1].Last).Take(runs.Count - maxRuns)];
        List<(uint First, uint Last)> coarse = [runs[0]];
        for (int i = 1; i < runs.Count; i++)
            if (closed.Contains(i)) coarse[^1] = (coarse[^1].First, runs[i].Last);
            else coarse.Add(runs[i]);
        return coarse;
    }

    /// <summary>Where a tree ends, written again where the last ones are out of reach.</summary>
    private sealed class Ends(FilterProgram program, Func<int> writeYes, Func<int> writeNo)
    {
        private int yes = writeYes(), no = writeNo();

        public int Yes => program.IsNear(yes) ? yes : yes = writeYes();

        public int No => program.IsNear(no) ? no : no = writeNo();
    }
}
