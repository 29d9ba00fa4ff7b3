using System.Collections;
using LbSpeaker.Core.Net;

namespace LbSpeaker.Core.Announcement.Bgp;

/// <summary>What becomes of a prefix from one set of routes to another.</summary>
/// <param name="Attributes">Null where the prefix is gone.</param>
public readonly record struct BgpRouteChange(IpPrefix Prefix, BgpRouteAttributes? Attributes);

/// <summary>
/// The routes of one session: an immutable map from prefix to attributes that compares by content. A set made from another shares with it all that did not
/// change, and what differs between two is found without looking at what they share: one more route on top of a hundred thousand costs what one route is worth.
/// </summary>
public sealed class BgpRouteSet : IReadOnlyCollection<BgpRoute>, IEquatable<BgpRouteSet>
{
    private const int BucketBits = 10;

    public static BgpRouteSet Empty { get; } = new(new BgpRoute[1 << BucketBits][], 0, 0);

    /// <summary>By hash of the prefix; each sorted, null where empty, and never written to once it stands here.</summary>
    private readonly BgpRoute[]?[] buckets;

    private readonly int countIPv4;

    private BgpRouteSet(BgpRoute[]?[] buckets, int count, int countIPv4)
    {
        this.buckets = buckets;
        Count = count;
        this.countIPv4 = countIPv4;
    }

    public int Count { get; }

    public bool IsEmpty => Count == 0;

    public int CountOf(IpFamily family) => family == IpFamily.IPv4 ? countIPv4 : Count - countIPv4;

    /// <summary>Null where the prefix is not announced.</summary>
    public BgpRouteAttributes? this[IpPrefix prefix]
    {
        get
        {
            BgpRoute[] bucket = buckets[BucketOf(prefix)] ?? [];
            int at = Find(bucket, prefix);
            return at >= 0 ? bucket[at].Attributes : null;
        }
    }

    public static BgpRouteSet Of(IEnumerable<BgpRoute> routes) => Empty.With(routes.Select(r => new BgpRouteChange(r.Prefix, r.Attributes)));

    /// <summary>This set after the changes; of two changes to one prefix the later counts.</summary>
    public BgpRouteSet With(IEnumerable<BgpRouteChange> changes)
    {
        Dictionary<int, SortedDictionary<IpPrefix, BgpRouteAttributes>> touched = [];
        foreach (BgpRouteChange change in changes)
        {
            int index = BucketOf(change.Prefix);
            if (!touched.TryGetValue(index, out SortedDictionary<IpPrefix, BgpRouteAttributes>? bucket))
            {
                touched[index] = bucket = [];
                foreach (BgpRoute route in buckets[index] ?? []) bucket[route.Prefix] = route.Attributes;
            }
            if (change.Attributes is null) bucket.Remove(change.Prefix); else bucket[change.Prefix] = change.Attributes;
        }
        if (touched.Count == 0) return this;

        BgpRoute[]?[] next = [.. buckets];
        int count = Count, four = countIPv4;
        foreach ((int index, SortedDictionary<IpPrefix, BgpRouteAttributes> bucket) in touched)
        {
            BgpRoute[] now = [.. bucket.Select(r => new BgpRoute(r.Key, r.Value))], before = buckets[index] ?? [];
            count += now.Length - before.Length;
            four += now.Count(IsIPv4) - before.Count(IsIPv4);
            next[index] = now.Length == 0 ? null : now;
        }
        return new(next, count, four);
    }

    /// <summary>What has to be sent to a router that has <paramref name="from"/> so that it has <paramref name="to"/>; in no particular order, the same for equal input.</summary>
    public static List<BgpRouteChange> Difference(BgpRouteSet from, BgpRouteSet to)
    {
        // No fewer than that, and from nothing exactly as many.
        List<BgpRouteChange> changes = new(Math.Abs(to.Count - from.Count));
        for (int i = 0; i < from.buckets.Length; i++)
            if (!ReferenceEquals(from.buckets[i], to.buckets[i])) Compare(from.buckets[i] ?? [], to.buckets[i] ?? [], changes);
        return changes;
    }

    public bool Equals(BgpRouteSet? other)
    {
        if (other is null || Count != other.Count) return false;
        if (ReferenceEquals(this, other)) return true;
        for (int i = 0; i < buckets.Length; i++)
            if (!ReferenceEquals(buckets[i], other.buckets[i]) && !buckets[i].AsSpan().SequenceEqual(other.buckets[i])) return false;
        return true;
    }

    public override bool Equals(object? obj) => Equals(obj as BgpRouteSet);

    public override int GetHashCode() => Count;

    public IEnumerator<BgpRoute> GetEnumerator()
    {
        foreach (BgpRoute[]? bucket in buckets)
            foreach (BgpRoute route in bucket ?? [])
                yield return route;
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private static bool IsIPv4(BgpRoute route) => route.Prefix.Family == IpFamily.IPv4;

    private static void Compare(BgpRoute[] from, BgpRoute[] to, List<BgpRouteChange> changes)
    {
        int old = 0, now = 0;
        while (old < from.Length || now < to.Length)
        {
            int order = old == from.Length ? 1 : now == to.Length ? -1 : from[old].Prefix.CompareTo(to[now].Prefix);
            if (order < 0) changes.Add(new(from[old].Prefix, null));
            else if (order > 0 || from[old].Attributes != to[now].Attributes) changes.Add(new(to[now].Prefix, to[now].Attributes));
            if (order <= 0) old++;
            if (order >= 0) now++;
        }
    }

    private static int Find(BgpRoute[] bucket, IpPrefix prefix)
    {
        int low = 0, high = bucket.Length - 1;
        while (low <= high)
        {
            int middle = (low + high) >>> 1;
            int order = bucket[middle].Prefix.CompareTo(prefix);
            if (order == 0) return middle;
            if (order < 0) low = middle + 1; else high = middle - 1;
        }
        return ~low;
    }

    /// <summary>Multiplicative hashing: neighbouring addresses fall into different buckets, and the same on every machine.</summary>
    private static int BucketOf(IpPrefix prefix)
    {
        ulong folded = (ulong)prefix.Address.Value ^ (ulong)(prefix.Address.Value >> 64) * 0xD6E8FEB86659FD93 ^ (ulong)prefix.Length << 56;
        return (int)(folded * 0x9E3779B97F4A7C15 >> (64 - BucketBits));
    }
}
