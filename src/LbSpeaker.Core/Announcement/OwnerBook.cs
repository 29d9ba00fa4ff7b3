using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Core.Announcement;

/// <summary>What has one owner: the addresses of a Service, or of several that share some.</summary>
/// <param name="Key">The first of its Services by namespace and name.</param>
/// <param name="Age">Of its eldest Service: younger ones find their place after older ones, and so change nothing for them.</param>
/// <param name="Address">What the candidates are ranked by.</param>
/// <param name="Weight">How many addresses, 1 and up.</param>
/// <param name="Electorate">The candidates that come into question, sorted by name; not empty.</param>
/// <param name="Settled">The owner whatever the others own: where it is to move to, or who owns it already. Null where neither is a candidate.</param>
internal sealed record OwnedUnit(ObjectKey Key, Age Age, IpAddress Address, int Weight, ValueArray<string> Electorate, string? Settled);

/// <summary>
/// Bounded-load rendezvous, calm: who owns stays owner; what has none goes to the first in rank that has room, so that of the units of one electorate no node owns more
/// than 1.25 times the average, rounded up, while another one has room.
/// </summary>
/// <remarks>
/// Units without an owner are placed from the oldest to the youngest, and room is asked for twice: among the units up to this one in age, so that younger ones change nothing
/// for it, and among all, whatever their age. Neither depends on which units of a placement are recorded already: of the older ones it does not matter whether they are settled
/// or placed, and a node's load among all is never more than it comes to in the end. So two speakers of which one has seen more records than the other agree, and
/// an address that waits for its first owner stays with it while others are created.
/// </remarks>
internal sealed class OwnerBook
{
    private sealed class Entry(OwnedUnit unit, Electorate electorate)
    {
        public OwnedUnit Unit => unit;

        public Electorate Electorate => electorate;

        public string? Owner { get; set; }

        /// <summary>Asked for while it waits for an owner only.</summary>
        public int[]? Ranking { get; set; }
    }

    /// <summary>Units with the same candidates: what an average is taken over.</summary>
    private sealed class Electorate(ValueArray<string> nodes)
    {
        public ValueArray<string> Nodes => nodes;

        public int Weight { get; set; }

        /// <summary>By the index of the node.</summary>
        public int[] SettledLoad { get; } = new int[nodes.Count];

        /// <summary>The oldest first.</summary>
        public SortedSet<(Age Age, ObjectKey Key)> Units { get; } = [];

        /// <summary>How many of them are without an owner.</summary>
        public int Open { get; set; }

        public int IndexOf(string node)
        {
            int low = 0, high = nodes.Count - 1;
            while (low <= high)
            {
                int middle = (low + high) / 2;
                switch (string.CompareOrdinal(nodes[middle], node))
                {
                    case 0: return middle;
                    case < 0: low = middle + 1; break;
                    default: high = middle - 1; break;
                }
            }
            throw new ArgumentException($"{node} is no candidate", nameof(node));
        }
    }

    private readonly Dictionary<ObjectKey, Entry> entries = [];
    private readonly Dictionary<ValueArray<string>, Electorate> electorates = [];
    private readonly HashSet<Electorate> unsettled = [];
    private Electorate? latest;
    private readonly Gathered<ObjectKey> changed = new();

    public void Clear()
    {
        entries.Clear();
        electorates.Clear();
        latest = null;
        unsettled.Clear();
        changed.Clear();
    }

    public string? OwnerOf(ObjectKey unit) => entries.GetValueOrDefault(unit)?.Owner;

    public OwnedUnit? Find(ObjectKey unit) => entries.GetValueOrDefault(unit)?.Unit;

    public void Set(OwnedUnit unit)
    {
        if (entries.TryGetValue(unit.Key, out Entry? old) && old.Unit == unit) return;
        Remove(unit.Key);
        Electorate electorate = ElectorateOf(unit.Electorate);
        // What it was ranked by is mostly what it is ranked by.
        int[]? ranking = old is not null && old.Electorate == electorate && old.Unit.Address == unit.Address ? old.Ranking : null;
        entries[unit.Key] = new(unit, electorate) { Owner = unit.Settled, Ranking = ranking };
        electorate.Weight += unit.Weight;
        electorate.Units.Add((unit.Age, unit.Key));
        if (unit.Settled is { } owner) electorate.SettledLoad[electorate.IndexOf(owner)] += unit.Weight; else electorate.Open++;
        unsettled.Add(electorate);
        changed.Add(unit.Key);
    }

    /// <summary>Mostly the very array of the last one: a thousand names need not be compared.</summary>
    private Electorate ElectorateOf(ValueArray<string> nodes)
    {
        if (latest is { Weight: > 0 } && latest.Nodes.AsSpan() == nodes.AsSpan()) return latest;
        if (!electorates.TryGetValue(nodes, out Electorate? electorate)) electorates[nodes] = electorate = new(nodes);
        return latest = electorate;
    }

    public void Remove(ObjectKey key)
    {
        if (!entries.Remove(key, out Entry? old)) return;
        Electorate electorate = old.Electorate;
        electorate.Weight -= old.Unit.Weight;
        electorate.Units.Remove((old.Unit.Age, key));
        if (old.Unit.Settled is { } owner) electorate.SettledLoad[electorate.IndexOf(owner)] -= old.Unit.Weight; else electorate.Open--;
        unsettled.Add(electorate);
        changed.Remove(key);
        if (electorate.Weight > 0) return;
        electorates.Remove(electorate.Nodes);
        unsettled.Remove(electorate);
    }

    /// <summary>Finds an owner for each unit without one.</summary>
    /// <returns>The units that were set, or whose owner is another than before.</returns>
    public IReadOnlyCollection<ObjectKey> Settle()
    {
        foreach (Electorate electorate in unsettled) Place(electorate);
        unsettled.Clear();
        return changed.Take();
    }

    /// <summary>
    /// The fewest moves after which no two nodes of an electorate differ by more than one unit of the greatest weight: from the node with the most to the one with the
    /// least, each time the unit that ranks the latter first.
    /// </summary>
    /// <returns>In the order in which they are to be made.</returns>
    public IReadOnlyList<(ObjectKey Unit, string From, string To)> Rebalance()
    {
        List<(ObjectKey, string, string)> moves = [];
        foreach (IGrouping<Electorate, Entry> group in entries.Values.OrderBy(e => e.Unit.Key).GroupBy(e => e.Electorate))
        {
            Electorate electorate = group.Key;
            int[] load = new int[electorate.Nodes.Count];
            List<Entry>[] owned = [.. electorate.Nodes.Select(_ => new List<Entry>())];
            foreach (Entry entry in group)
            {
                int owner = electorate.IndexOf(entry.Owner!);
                load[owner] += entry.Unit.Weight;
                owned[owner].Add(entry);
            }
            while (true)
            {
                int most = Array.IndexOf(load, load.Max()), least = Array.IndexOf(load, load.Min());
                Entry? moved = owned[most].Where(e => load[least] + e.Unit.Weight < load[most])
                    .MinBy(e => Array.IndexOf(e.Ranking ??= OwnerElection.Rank(electorate.Nodes, e.Unit.Address), least));
                if (moved is null) break;
                owned[most].Remove(moved);
                owned[least].Add(moved);
                load[most] -= moved.Unit.Weight;
                load[least] += moved.Unit.Weight;
                moves.Add((moved.Unit.Key, electorate.Nodes[most], electorate.Nodes[least]));
            }
        }
        return moves;
    }

    private void Place(Electorate electorate)
    {
        // From the oldest that has none on; mostly those are the youngest of all.
        List<Entry> placed = [];
        int open = electorate.Open;
        foreach ((_, ObjectKey key) in electorate.Units.Reverse())
        {
            if (open == 0) break;
            Entry entry = entries[key];
            placed.Add(entry);
            if (entry.Unit.Settled is null) open--;
        }
        placed.Reverse();

        int[] older = [.. electorate.SettledLoad], all = [.. electorate.SettledLoad];
        int weight = electorate.Weight, bound = Bound(electorate.Weight, all.Length);
        foreach (Entry entry in placed)
        {
            weight -= entry.Unit.Weight;
            if (entry.Unit.Settled is { } owner) older[electorate.IndexOf(owner)] -= entry.Unit.Weight;
        }
        foreach (Entry entry in placed)
        {
            weight += entry.Unit.Weight;
            if (entry.Unit.Settled is { } settled)
            {
                older[electorate.IndexOf(settled)] += entry.Unit.Weight;
                continue;
            }
            int owner = Choose(entry.Ranking ??= OwnerElection.Rank(electorate.Nodes, entry.Unit.Address), entry.Unit.Weight, older, Bound(weight, all.Length), all, bound);
            older[owner] += entry.Unit.Weight;
            all[owner] += entry.Unit.Weight;
            if (entry.Owner == electorate.Nodes[owner]) continue;
            entry.Owner = electorate.Nodes[owner];
            changed.Add(entry.Unit.Key);
        }
    }

    /// <summary>The first in rank with room among the older units and among all; else among all; else, since a pair of addresses may fit nowhere, the one with the fewest older ones.</summary>
    internal static int Choose(int[] ranking, int weight, int[] older, int olderBound, int[] all, int allBound)
    {
        int second = -1, idlest = ranking[0];
        foreach (int node in ranking)
        {
            if (older[node] < older[idlest]) idlest = node;
            if (all[node] + weight > allBound) continue;
            if (older[node] + weight <= olderBound) return node;
            if (second < 0) second = node;
        }
        return second >= 0 ? second : idlest;
    }

    /// <summary>1.25 times the average, rounded up.</summary>
    internal static int Bound(int weight, int nodes) => (5 * weight + 4 * nodes - 1) / (4 * nodes);
}
