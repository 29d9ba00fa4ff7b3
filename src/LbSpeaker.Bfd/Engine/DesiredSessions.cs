using System.Collections.Frozen;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Bfd.Engine;

/// <summary>What each owner wants, and what that comes to. Any thread may set; the merged value is immutable.</summary>
internal sealed class DesiredSessions
{
    private readonly Lock gate = new();
    private readonly SortedDictionary<string, ValueArray<BfdWish>> byOwner = new(StringComparer.Ordinal);
    private volatile FrozenDictionary<BfdSessionKey, BfdSettings> merged = FrozenDictionary<BfdSessionKey, BfdSettings>.Empty;

    /// <summary>Another instance whenever something was set that differs from before.</summary>
    public FrozenDictionary<BfdSessionKey, BfdSettings> Merged => merged;

    /// <summary>Replaces all that this owner wants. False where it wants the same as before.</summary>
    /// <exception cref="ArgumentException">A wish that could never be fulfilled, or one session twice; nothing is replaced.</exception>
    public bool Set(string owner, ValueArray<BfdWish> wanted)
    {
        HashSet<BfdSessionKey> keys = [];
        foreach (BfdWish wish in wanted)
        {
            wish.Check();
            if (!keys.Add(wish.Key)) throw new ArgumentException($"{wish.Key}: wanted twice", nameof(wanted));
        }
        lock (gate)
        {
            if (byOwner.TryGetValue(owner, out ValueArray<BfdWish> before) && before == wanted) return false;
            byOwner[owner] = wanted;
            Dictionary<BfdSessionKey, BfdSettings> all = [];
            foreach (BfdWish wish in byOwner.Values.SelectMany(w => w)) all.TryAdd(wish.Key, wish.Settings);
            merged = all.ToFrozenDictionary();
            return true;
        }
    }
}
