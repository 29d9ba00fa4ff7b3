using LbSpeaker.Core.Net;

namespace LbSpeaker.Layer2.Announcing;

/// <summary>An address at an interface.</summary>
internal readonly record struct Announced(int Interface, IpAddress Address);

/// <summary>
/// When which address is announced without being asked: at once, again every 1.1 s for 5 s, then seldom. All addresses together keep to one pace, so that a node that
/// takes over a thousand of them does not flood the segment. Pure but for what it remembers: the time comes from outside.
/// </summary>
internal sealed class BurstSchedule(Layer2Options options, Random random)
{
    private sealed record Entry(DateTimeOffset BurstUntil);

    private readonly Dictionary<Announced, Entry> entries = [];
    private readonly PriorityQueue<(Announced Target, Entry Entry), (DateTimeOffset Due, long Order)> queue = new();
    private long order;
    private DateTimeOffset nextSlot = DateTimeOffset.MinValue;

    /// <summary>When <see cref="Take"/> has something to give again; null where nothing is announced.</summary>
    public DateTimeOffset? NextDue => queue.TryPeek(out _, out (DateTimeOffset Due, long) first) ? first.Due > nextSlot ? first.Due : nextSlot : null;

    public void Start(Announced target, DateTimeOffset now)
    {
        Entry entry = new(now + options.BurstLength);
        entries[target] = entry;
        queue.Enqueue((target, entry), (now, order++));
    }

    public void Stop(Announced target) => entries.Remove(target);

    /// <summary>What is due now and within the pace; each is planned again by this.</summary>
    public IReadOnlyList<Announced> Take(DateTimeOffset now)
    {
        List<Announced> due = [];
        TimeSpan slot = TimeSpan.FromSeconds(1.0 / options.AnnouncementsPerSecond);
        // A little may be caught up after an idle time, no flood.
        if (nextSlot < now - options.PaceWindow) nextSlot = now - options.PaceWindow;
        while (queue.TryPeek(out (Announced Target, Entry Entry) item, out (DateTimeOffset Due, long) first) && first.Due <= now)
        {
            if (!entries.TryGetValue(item.Target, out Entry? current) || !ReferenceEquals(current, item.Entry))
            {
                queue.Dequeue();
                continue;
            }
            if (nextSlot > now) break;
            queue.Dequeue();
            due.Add(item.Target);
            nextSlot += slot;
            if (now + options.BurstInterval <= current.BurstUntil) queue.Enqueue(item, (now + options.BurstInterval, order++));
            else if (options.RepeatInterval > TimeSpan.Zero) queue.Enqueue(item, (now + options.RepeatInterval * (0.75 + 0.5 * random.NextDouble()), order++));
        }
        return due;
    }
}
