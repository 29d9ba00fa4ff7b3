using System.Collections;

namespace LbSpeaker.Core.Values;

/// <summary>What comes together until somebody takes it. A set that is cleared keeps the room of the most that it ever held, and each look through it costs as much; this one begins anew.</summary>
/// <remarks>Of one owner.</remarks>
public sealed class Gathered<T>(IEqualityComparer<T>? comparer = null) : IEnumerable<T>
{
    private HashSet<T> items = new(comparer);

    public int Count => items.Count;

    /// <returns>False where it is there already.</returns>
    public bool Add(T item) => items.Add(item);

    public void UnionWith(IEnumerable<T> more) => items.UnionWith(more);

    public bool Remove(T item) => items.Remove(item);

    public void Clear() => Take();

    /// <summary>All that came since the last time; the taker's own.</summary>
    public IReadOnlySet<T> Take()
    {
        HashSet<T> taken = items;
        if (taken.Count > 0) items = new(comparer);
        return taken;
    }

    public IEnumerator<T> GetEnumerator() => items.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
