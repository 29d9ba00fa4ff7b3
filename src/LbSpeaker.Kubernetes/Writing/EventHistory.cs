using LbSpeaker.Core.Reports;

namespace LbSpeaker.Kubernetes.Writing;

/// <summary>
/// Remembers which events were written, so that saying the same again is counted on the first one, or not said at all while nothing changed.
/// Owned by the one loop that writes events.
/// </summary>
internal sealed class EventHistory(TimeProvider time)
{
    /// <summary>The same words about an object to which nothing else happened are not repeated more often than this.</summary>
    internal static readonly TimeSpan Quiet = TimeSpan.FromMinutes(5);

    /// <summary>Forgetting costs one more event object, never one event less.</summary>
    private const int Capacity = 4096;

    private readonly Dictionary<Words, Entry> entries = [];
    private readonly Dictionary<string, long> newestOfObject = new(StringComparer.Ordinal);
    private long sequence;

    internal sealed record Words(string Object, EventReason Reason, string Message);

    /// <param name="Sequence">When it was last written, counted in new events.</param>
    internal sealed record Entry(string Name, DateTimeOffset First, DateTimeOffset Last, int Count, long Sequence);

    /// <summary>What to do about these words.</summary>
    /// <returns>The entry to write: a count of 1 is a new event, more an existing one to update. Null: it was said, and nothing happened since.</returns>
    public Entry? Next(Words words, Func<string> newName)
    {
        DateTimeOffset now = time.GetUtcNow();
        if (entries.TryGetValue(words, out Entry? known))
        {
            bool otherSince = newestOfObject.GetValueOrDefault(words.Object) > known.Sequence;
            bool isDue = otherSince || now - known.Last >= Quiet;
            Entry counted = isDue ? known with { Count = known.Count + 1, Last = now, Sequence = sequence } : known with { Count = known.Count + 1 };
            entries[words] = counted;
            return isDue ? counted : null;
        }
        return Begin(words, newName());
    }

    /// <summary>Starts over: the event that was counted on is gone (the API server keeps them for an hour).</summary>
    public Entry Begin(Words words, string name)
    {
        if (entries.Count >= Capacity)
        {
            entries.Clear();
            newestOfObject.Clear();
        }
        DateTimeOffset now = time.GetUtcNow();
        Entry entry = new(name, now, now, 1, ++sequence);
        entries[words] = entry;
        newestOfObject[words.Object] = sequence;
        return entry;
    }
}
