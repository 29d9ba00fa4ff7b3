using LbSpeaker.Core.Net;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Core.Announcement;

/// <summary>
/// The first of an electorate in the rank of one address: all that rank up to a horizon. To rank a thousand nodes is to hash a thousand times; these few are kept while nodes come and
/// go, of whom each newcomer alone is hashed.
/// </summary>
internal sealed class FirstInRank
{
    /// <summary>As many as nearly always have one with room among them, and after which it is worth beginning anew.</summary>
    private const int Wanted = 12, TooFew = 4, TooMany = 32;

    private readonly string suffix;
    private readonly List<(ulong Rank, string Node)> first;
    private ulong horizon;

    public FirstInRank(IpAddress address, ValueArray<string> electorate)
    {
        Address = address;
        Electorate = electorate;
        suffix = OwnerElection.Suffix(address);
        first = new(electorate.Count);
        foreach (string node in electorate) first.Add((OwnerElection.RankOf(node, suffix), node));
        Cut(Wanted);
        first.TrimExcess();
    }

    public IpAddress Address { get; }

    public ValueArray<string> Electorate { get; private set; }

    /// <summary>From the first on.</summary>
    public IReadOnlyList<(ulong Rank, string Node)> Nodes => first;

    /// <returns>False where too few are left or too many are new: it is no good any more.</returns>
    public bool Follow(ElectorateChange change)
    {
        if (change.Joined.Count > Electorate.Count / 2) return false;
        Electorate = change.After;
        if (change.Left.Count > 0) first.RemoveAll(f => change.Left.Contains(f.Node));
        foreach (string node in change.Joined)
            if (OwnerElection.RankOf(node, suffix) is var rank && rank <= horizon)
                first.Insert(~first.BinarySearch((rank, node), ByRank), (rank, node));
        if (first.Count > TooMany) Cut(Wanted);
        return first.Count >= TooFew || first.Count == Electorate.Count;
    }

    private static IComparer<(ulong Rank, string Node)> ByRank { get; } =
        Comparer<(ulong Rank, string Node)>.Create(static (a, b) => a.Rank.CompareTo(b.Rank) is not 0 and var order ? order : string.CompareOrdinal(a.Node, b.Node));

    private void Cut(int count)
    {
        first.Sort(ByRank);
        horizon = ulong.MaxValue;
        if (first.Count <= count) return;
        horizon = first[count - 1].Rank;
        // Two of one rank would be the find of the century; both stay.
        first.RemoveAll(f => f.Rank > horizon);
    }
}

/// <summary>What became of an electorate.</summary>
internal sealed record ElectorateChange(ValueArray<string> Before, ValueArray<string> After, IReadOnlyList<string> Joined, IReadOnlySet<string> Left)
{
    /// <summary>Both are sorted.</summary>
    public static ElectorateChange Of(ValueArray<string> before, ValueArray<string> after)
    {
        List<string> joined = [];
        HashSet<string> left = new(StringComparer.Ordinal);
        for (int i = 0, j = 0; i < before.Count || j < after.Count;)
        {
            int order = i == before.Count ? 1 : j == after.Count ? -1 : string.CompareOrdinal(before[i], after[j]);
            if (order < 0) left.Add(before[i]);
            if (order > 0) joined.Add(after[j]);
            if (order <= 0) i++;
            if (order >= 0) j++;
        }
        return new(before, after, joined, left);
    }
}
