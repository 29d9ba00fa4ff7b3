namespace LbSpeaker.Core.Values;

/// <summary>A list that may be long, as people are shown it in one object: how many, and the first of them.</summary>
/// <param name="First"><see cref="FirstOf.Most"/> at most.</param>
public sealed record FirstOf<T>(int Total, ValueArray<T> First)
{
    public static FirstOf<T> None { get; } = new(0, []);
}

public static class FirstOf
{
    /// <summary>So that an object stays one that can be read and written.</summary>
    public const int Most = 100;

    public static FirstOf<T> Of<T>(IReadOnlyCollection<T> all) => new(all.Count, all.Take(Most).ToValueArray());
}
