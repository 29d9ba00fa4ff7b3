using System.Runtime.InteropServices;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Core.Announcement;

/// <summary>Who would own next if the speaker of the present owner died now.</summary>
/// <param name="Node">Null where no other node could.</param>
public readonly record struct Heir(string? Node);

/// <summary>
/// What <see cref="OwnerBook"/> would decide if the speaker of one node died and nothing else changed: every other owner stays, and what the dead one owned goes, from the oldest to the
/// youngest, to the first in rank that has room. Kept for the controller alone; a speaker need not know it before.
/// </summary>
/// <remarks>
/// Each electorate that the dead one was of goes on without it, together with those that were without it before. Only what has no more electorate then, or may have another owner for
/// other reasons than rank, is told by who knows why (<see cref="Ward.After"/>).
/// </remarks>
internal sealed class HeirBook
{
    /// <summary>How many nodes are ranked in one call of <see cref="Rank"/>, about: some ten milliseconds. All of a large cluster cost seconds.</summary>
    private const int RankedAtOnce = 16_384;

    /// <param name="unit">Without what it is settled by: here every owner is.</param>
    /// <param name="after">
    /// What is left of it without its owner: the unit itself where it keeps its electorate but for the owner, null where nobody is left. Its <see cref="OwnedUnit.Settled"/> is the heir
    /// whatever the others own.
    /// </param>
    private sealed class Ward(OwnedUnit unit, string owner, OwnedUnit? after, int ownerIndex)
    {
        public OwnedUnit Unit => unit;

        public string Owner => owner;

        public OwnedUnit? After => after;

        /// <summary>It keeps its electorate but for the owner.</summary>
        public bool IsPlain => ReferenceEquals(after, unit);

        public Share Share { get; } = new(ownerIndex, unit.Weight);
    }

    /// <summary>What is walked through for each node that may die: ten million of these in a large cluster.</summary>
    private readonly record struct Share(int Owner, int Weight);

    /// <summary>The units of one electorate.</summary>
    private sealed class Roster(ValueArray<string> nodes)
    {
        private readonly List<Share> shares = [];

        public ValueArray<string> Nodes => nodes;

        /// <summary>The oldest first.</summary>
        public List<Ward> Wards { get; } = [];

        /// <summary>Of each of them.</summary>
        public ReadOnlySpan<Share> Shares => CollectionsMarshal.AsSpan(shares);

        public int Weight { get; private set; }

        /// <summary>By the index of the node; of those beyond its end nothing.</summary>
        public int[] Loads { get; private set; } = [];

        public int LoadOf(int node) => node < Loads.Length ? Loads[node] : 0;

        public void Add(Ward ward)
        {
            int at = ~Wards.BinarySearch(ward, byAge);
            Wards.Insert(at, ward);
            shares.Insert(at, ward.Share);
            if (ward.Share.Owner >= Loads.Length)
            {
                int[] longer = new int[Math.Max(ward.Share.Owner + 1, nodes.Count)];
                Loads.CopyTo(longer, 0);
                Loads = longer;
            }
            Count(ward.Share, +1);
        }

        public void Remove(Ward ward)
        {
            int at = Wards.BinarySearch(ward, byAge);
            Wards.RemoveAt(at);
            shares.RemoveAt(at);
            Count(ward.Share, -1);
        }

        private void Count(Share share, int sign)
        {
            Loads[share.Owner] += sign * share.Weight;
            Weight += sign * share.Weight;
        }
    }

    /// <summary>What comes together in one electorate when a node dies.</summary>
    private sealed class Placement
    {
        private bool isMixed;

        public List<Roster> From { get; } = [];

        /// <summary>What the dead one owned.</summary>
        public List<Ward> Wards { get; } = [];

        /// <summary>Mostly it is one roster as it stands. What of the dead one's goes elsewhere is still in it then.</summary>
        private bool IsOneRoster => From.Count == 1 && !isMixed;

        public void Add(Ward ward)
        {
            Wards.Add(ward);
            isMixed |= !ward.IsPlain;
        }

        public bool Has(Ward ward) => !IsOneRoster || ward.IsPlain;

        /// <summary>The oldest first.</summary>
        public (List<Ward> Wards, Share[]? Shares) InOrder(int dead)
        {
            if (IsOneRoster) return (From[0].Wards, null);
            List<Ward> all = [.. From.SelectMany(f => f.Wards).Where(w => w.Share.Owner != dead), .. Wards];
            all.Sort((a, b) => Compare(a.Share.Owner == dead ? a.After! : a.Unit, b.Share.Owner == dead ? b.After! : b.Unit));
            return (all, [.. all.Select(w => w.Share)]);
        }
    }

    private static readonly IComparer<Ward> byAge = Comparer<Ward>.Create(static (a, b) => Compare(a.Unit, b.Unit));
    private readonly Dictionary<ObjectKey, Ward> wards = [];
    private readonly Dictionary<ValueArray<string>, Roster> rosters = [];
    private readonly Dictionary<string, HashSet<Roster>> rostersOf = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> index = new(StringComparer.Ordinal);
    private readonly Dictionary<ObjectKey, FirstInRank> ranks = [];
    private readonly HashSet<ObjectKey> unranked = [];
    private readonly Dictionary<string, (long Version, Dictionary<ObjectKey, string?> Heirs)> known = new(StringComparer.Ordinal);
    private Roster? latest;
    private ElectorateChange? latestChange;

    /// <summary>Grows with each change that may make another heir of any unit.</summary>
    public long Version { get; private set; }

    /// <summary>Everything that an answer needs is there.</summary>
    public bool IsReady => unranked.Count == 0;

    /// <summary>All but the ranks; of these what is not set again is to be forgotten by <see cref="ForgetLost"/>.</summary>
    public void Clear()
    {
        wards.Clear();
        rosters.Clear();
        rostersOf.Clear();
        index.Clear();
        known.Clear();
        unranked.Clear();
        latest = null;
        Version++;
    }

    public void ForgetLost()
    {
        foreach (ObjectKey lost in ranks.Keys.Where(k => !wards.ContainsKey(k)).ToList()) ranks.Remove(lost);
    }

    public void Set(OwnedUnit unit, string owner, OwnedUnit? after)
    {
        if (wards.TryGetValue(unit.Key, out Ward? old))
        {
            if (old.Owner == owner && old.Unit == unit && old.After == after) return;
            Remove(old);
        }
        Ward ward = wards[unit.Key] = new(unit, owner, after, IndexOf(owner));
        RosterOf(unit.Electorate).Add(ward);
        if (after is not null && !ward.IsPlain)
            foreach (string node in after.Electorate) IndexOf(node);
        Version++;
        FollowRank(ward);
    }

    public void Remove(ObjectKey key)
    {
        if (!wards.Remove(key, out Ward? old)) return;
        Remove(old);
        unranked.Remove(key);
        ranks.Remove(key);
    }

    /// <summary>Ranks what is new, up to a bound; the rest next time.</summary>
    public void Rank()
    {
        int ranked = 0;
        foreach (ObjectKey key in unranked)
        {
            if (ranked >= RankedAtOnce) return;
            unranked.Remove(key);
            OwnedUnit unit = wards[key].After!;
            ranks[key] = new(unit.Address, unit.Electorate);
            ranked += unit.Electorate.Count;
        }
    }

    /// <returns>Null where it is not known yet, or there is no such unit.</returns>
    public Heir? Of(ObjectKey key)
    {
        if (!IsReady || !wards.TryGetValue(key, out Ward? ward)) return null;
        if (!known.TryGetValue(ward.Owner, out (long Version, Dictionary<ObjectKey, string?> Heirs) heirs) || heirs.Version != Version)
            known[ward.Owner] = heirs = (Version, After(ward.Owner));
        return new(heirs.Heirs[key]);
    }

    private void Remove(Ward ward)
    {
        Roster roster = rosters[ward.Unit.Electorate];
        roster.Remove(ward);
        Version++;
        if (roster.Wards.Count > 0) return;
        rosters.Remove(roster.Nodes);
        foreach (string node in roster.Nodes) rostersOf[node].Remove(roster);
        if (latest == roster) latest = null;
    }

    private Roster RosterOf(ValueArray<string> nodes)
    {
        if (latest is not null && latest.Nodes.AsSpan() == nodes.AsSpan()) return latest;
        if (rosters.TryGetValue(nodes, out Roster? roster)) return latest = roster;
        rosters[nodes] = roster = new(nodes);
        foreach (string node in nodes)
        {
            if (!rostersOf.TryGetValue(node, out HashSet<Roster>? of)) rostersOf[node] = of = [];
            of.Add(roster);
            IndexOf(node);
        }
        return latest = roster;
    }

    /// <summary>Only where there is a choice is a rank asked for.</summary>
    private void FollowRank(Ward ward)
    {
        ObjectKey key = ward.Unit.Key;
        unranked.Remove(key);
        if (ward.After is not { Settled: null, Electorate.Count: > 1 } after)
        {
            ranks.Remove(key);
            return;
        }
        if (ranks.TryGetValue(key, out FirstInRank? rank) && rank.Address == after.Address && (rank.Electorate.AsSpan() == after.Electorate.AsSpan() || rank.Follow(ChangeTo(rank, after.Electorate)))) return;
        unranked.Add(key);
    }

    /// <summary>Mostly that of the last one.</summary>
    private ElectorateChange ChangeTo(FirstInRank rank, ValueArray<string> after) =>
        latestChange is { } change && change.Before.AsSpan() == rank.Electorate.AsSpan() && change.After.AsSpan() == after.AsSpan() ? change : latestChange = ElectorateChange.Of(rank.Electorate, after);

    /// <summary>Who would own each of the units of a node that dies.</summary>
    private Dictionary<ObjectKey, string?> After(string dead)
    {
        Dictionary<ObjectKey, string?> heirs = [];
        Dictionary<ValueArray<string>, Placement> placements = [];
        Placement PlacementIn(ValueArray<string> nodes)
        {
            if (!placements.TryGetValue(nodes, out Placement? placement)) placements[nodes] = placement = new();
            return placement;
        }
        int deadIndex = IndexOf(dead);
        foreach (Roster roster in rostersOf[dead])
        {
            ValueArray<string> left = roster.Nodes.Where(n => n != dead).ToValueArray();
            Placement? here = left.Count > 0 ? PlacementIn(left) : null;
            here?.From.Add(roster);
            ReadOnlySpan<Share> shares = roster.Shares;
            for (int i = 0; i < shares.Length; i++)
            {
                if (shares[i].Owner != deadIndex) continue;
                Ward ward = roster.Wards[i];
                if (ward.After is null) heirs[ward.Unit.Key] = null;
                else (ward.IsPlain ? here! : PlacementIn(ward.After.Electorate)).Add(ward);
            }
        }
        foreach ((ValueArray<string> nodes, Placement placement) in placements)
        {
            if (placement.Wards.Count == 0) continue;
            if (rosters.TryGetValue(nodes, out Roster? without)) placement.From.Add(without);
            Place(dead, nodes, placement, heirs);
        }
        return heirs;
    }

    /// <summary>As <see cref="OwnerBook"/> places what has no owner.</summary>
    private void Place(string dead, ValueArray<string> nodes, Placement placement, Dictionary<ObjectKey, string?> heirs)
    {
        int deadIndex = IndexOf(dead);
        int[] older = new int[index.Count], all = new int[index.Count];
        int total = 0, sofar = 0, open = placement.Wards.Count;
        foreach (Roster roster in placement.From)
        {
            for (int i = 0; i < roster.Loads.Length; i++) all[i] += roster.Loads[i];
            total += roster.Weight - roster.LoadOf(deadIndex);
        }
        foreach (Ward ward in placement.Wards)
        {
            total += ward.Share.Weight;
            if (ward.After!.Settled is { } settled) all[IndexOf(settled)] += ward.Share.Weight;
        }

        int bound = OwnerBook.Bound(total, nodes.Count);
        (List<Ward> inOrder, Share[]? ordered) = placement.InOrder(deadIndex);
        ReadOnlySpan<Share> shares = ordered ?? placement.From[0].Shares;
        for (int i = 0; i < shares.Length; i++)
        {
            (int owner, int weight) = shares[i];
            if (owner != deadIndex)
            {
                sofar += weight;
                older[owner] += weight;
                continue;
            }
            Ward ward = inOrder[i];
            if (!placement.Has(ward)) continue;
            sofar += weight;
            string heir = ward.After!.Settled ?? (nodes.Count == 1 ? nodes[0] : Choose(dead, nodes, ward.After, older, OwnerBook.Bound(sofar, nodes.Count), all, bound));
            heirs[ward.Unit.Key] = heir;
            older[IndexOf(heir)] += weight;
            if (ward.After.Settled is null) all[IndexOf(heir)] += weight;
            if (--open == 0) return;
        }
    }

    private string Choose(string dead, ValueArray<string> nodes, OwnedUnit unit, int[] older, int olderBound, int[] all, int bound)
    {
        foreach ((_, string node) in ranks[unit.Key].Nodes)
        {
            if (node == dead) continue;
            int at = index[node];
            if (all[at] + unit.Weight > bound) continue;
            // Where no node has room among the older ones the first that has room among all is the one.
            if (unit.Weight > olderBound || older[at] + unit.Weight <= olderBound) return node;
        }
        int[] indices = [.. nodes.Select(n => index[n])];
        int chosen = OwnerBook.Choose([.. OwnerElection.Rank(nodes, unit.Address).Select(n => indices[n])], unit.Weight, older, olderBound, all, bound);
        return nodes[Array.IndexOf(indices, chosen)];
    }

    private int IndexOf(string node)
    {
        if (!index.TryGetValue(node, out int at)) index[node] = at = index.Count;
        return at;
    }

    private static int Compare(OwnedUnit a, OwnedUnit b) => a.Age.CompareTo(b.Age) is not 0 and var order ? order : a.Key.CompareTo(b.Key);
}
