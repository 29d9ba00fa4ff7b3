using LbSpeaker.Core.Net;

namespace LbSpeaker.Layer2.Announcing;

/// <summary>An address at an interface.</summary>
internal readonly record struct Announced(int Interface, IpAddress Address);

/// <summary>
/// When which address is announced without being asked: at once, again every 1.1 s for 5 s, then seldom. All addresses together keep to one pace, so that a node that
/// takes over a thousand of them does not flood the segment; what has not been announced yet goes before what is repeated. Time is counted from any fixed
/// moment and never goes back.
/// </summary>
internal sealed class BurstSchedule(Layer2Options options, Random random)
{
    /// <summary>One start of an address. What it left in the queue is void once another start, or none, is in force.</summary>
    private sealed class Run
    {
        public TimeSpan? BurstUntil { get; set; }
    }

    private readonly Dictionary<Announced, Run> running = [];
    private readonly PriorityQueue<(Announced Target, Run Run, bool IsExtra), (bool IsRepeat, TimeSpan Due, long Order)> queue = new();
    private readonly Pace pace = new(options.AnnouncementsPerSecond, options.PaceWindow);
    private long order;

    /// <summary>When <see cref="Take"/> has something to give again; null where nothing is announced.</summary>
    public TimeSpan? NextDue => TryPeek(out _, out TimeSpan due) ? due > pace.Next ? due : pace.Next : null;

    /// <summary>Begins the burst, from the beginning where it is in one already.</summary>
    public void Start(Announced target, TimeSpan now)
    {
        Run run = new();
        running[target] = run;
        Enqueue(target, run, isRepeat: false, now);
    }

    /// <summary>Announces it once more, as soon as the pace allows, and changes nothing of what was to come. Nothing where it is not announced.</summary>
    public void Once(Announced target, TimeSpan now)
    {
        if (running.TryGetValue(target, out Run? run)) queue.Enqueue((target, run, true), (false, now, order++));
    }

    public void Stop(Announced target) => running.Remove(target);

    public bool IsRunning(Announced target) => running.ContainsKey(target);

    /// <summary>What is due now and within the pace; each is planned again by this.</summary>
    public IReadOnlyList<Announced> Take(TimeSpan now)
    {
        List<Announced> due = [];
        while (TryPeek(out (Announced Target, Run Run, bool IsExtra) next, out TimeSpan at) && at <= now && pace.TryTake(now))
        {
            queue.Dequeue();
            due.Add(next.Target);
            if (next.IsExtra) continue;
            next.Run.BurstUntil ??= now + options.BurstLength;
            if (now + options.BurstInterval <= next.Run.BurstUntil) Enqueue(next.Target, next.Run, isRepeat: true, now + options.BurstInterval);
            else if (options.RepeatInterval > TimeSpan.Zero) Enqueue(next.Target, next.Run, isRepeat: true, now + options.RepeatInterval * (0.75 + 0.5 * random.NextDouble()));
        }
        return due;
    }

    private void Enqueue(Announced target, Run run, bool isRepeat, TimeSpan due) => queue.Enqueue((target, run, false), (isRepeat, due, order++));

    private bool TryPeek(out (Announced Target, Run Run, bool IsExtra) next, out TimeSpan due)
    {
        while (queue.TryPeek(out next, out (bool IsRepeat, TimeSpan Due, long Order) priority))
        {
            due = priority.Due;
            if (running.TryGetValue(next.Target, out Run? current) && current == next.Run) return true;
            queue.Dequeue();
        }
        due = default;
        return false;
    }
}
