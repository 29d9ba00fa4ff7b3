using System.Collections;
using System.Collections.Immutable;
using System.Runtime.CompilerServices;

namespace LbSpeaker.Core.Values;

/// <summary>
/// An immutable list that compares by content. A record that holds an <see cref="ImmutableArray{T}"/> compares it by
/// reference, and then two equal plans look different; whatever crosses a room's border holds this instead.
/// </summary>
[CollectionBuilder(typeof(ValueArray), nameof(ValueArray.Create))]
public readonly struct ValueArray<T> : IReadOnlyList<T>, IEquatable<ValueArray<T>>
{
    private readonly T[]? items;

    internal ValueArray(T[] items) => this.items = items;

    public static ValueArray<T> Empty => default;

    public int Count => items?.Length ?? 0;

    public bool IsEmpty => Count == 0;

    public T this[int index] => items is null ? throw new ArgumentOutOfRangeException(nameof(index)) : items[index];

    public ReadOnlySpan<T> AsSpan() => items;

    public bool Contains(T item) => items is not null && Array.IndexOf(items, item) >= 0;

    public bool Equals(ValueArray<T> other)
    {
        if (ReferenceEquals(items, other.items)) return true;
        if (Count != other.Count) return false;
        EqualityComparer<T> comparer = EqualityComparer<T>.Default;
        for (int i = 0; i < Count; i++)
            if (!comparer.Equals(items![i], other.items![i])) return false;
        return true;
    }

    public override bool Equals(object? obj) => obj is ValueArray<T> other && Equals(other);

    public override int GetHashCode()
    {
        HashCode hash = default;
        foreach (T item in AsSpan()) hash.Add(item);
        return hash.ToHashCode();
    }

    public override string ToString() => $"[{string.Join(", ", AsSpan().ToArray())}]";

    public static bool operator ==(ValueArray<T> left, ValueArray<T> right) => left.Equals(right);

    public static bool operator !=(ValueArray<T> left, ValueArray<T> right) => !left.Equals(right);

    public ReadOnlySpan<T>.Enumerator GetEnumerator() => AsSpan().GetEnumerator();

    IEnumerator<T> IEnumerable<T>.GetEnumerator() => ((IEnumerable<T>)(items ?? [])).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => (items ?? []).GetEnumerator();
}

public static class ValueArray
{
    public static ValueArray<T> Create<T>(ReadOnlySpan<T> items) => items.IsEmpty ? default : new ValueArray<T>(items.ToArray());

    public static ValueArray<T> ToValueArray<T>(this IEnumerable<T> items)
    {
        T[] copy = [.. items];
        return copy.Length == 0 ? default : new ValueArray<T>(copy);
    }
}
