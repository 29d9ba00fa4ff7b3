using LbSpeaker.Core.Announcement;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Reports;
using LbSpeaker.Kubernetes.Resources;

namespace LbSpeaker.Controller;

/// <summary>
/// What the condition of a Service says of the future (<see cref="ServiceReport.OutlookOf"/>), calm: a node that comes or goes changes it for many Services, and mostly it is back in a
/// moment. So what is told stays for a while although it is not quite so any more, unless something else about the condition is to be written.
/// </summary>
internal sealed class Outlooks
{
    /// <summary>For no longer a node is named as the next one that is not.</summary>
    public static readonly TimeSpan HeirRest = TimeSpan.FromSeconds(10);

    /// <summary>For no longer the nodes that are passed over are told otherwise than they are; a speaker that is replaced, or a node that restarts, is back by then.</summary>
    public static readonly TimeSpan Rest = TimeSpan.FromMinutes(1);

    /// <summary>Between two looks at the heirs of all Services.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    /// <param name="Head">What it stands behind.</param>
    /// <param name="Shown">What is told.</param>
    /// <param name="ShownHeir">Null where it was told by another controller.</param>
    /// <param name="Heir">As it was last asked for.</param>
    /// <param name="Due">When what is told ends to be; null where it is what there is to tell.</param>
    private sealed record Entry(ConditionReport Head, string Shown, Heir? ShownHeir, Heir? Heir, DateTimeOffset? Due);

    private readonly Dictionary<ObjectKey, Entry> entries = [];
    private readonly SortedSet<(DateTimeOffset Due, ObjectKey Service)> waiting = [];
    private DateTimeOffset nextLook = DateTimeOffset.MinValue;
    private long seen;
    private bool isLearning, isBehind;

    /// <summary>When a turn is due although nothing changed; null for never.</summary>
    public DateTimeOffset? NextDue
    {
        get
        {
            DateTimeOffset? due = waiting.Count == 0 ? null : waiting.Min.Due;
            // While it learns each turn is one step.
            DateTimeOffset? look = isLearning ? DateTimeOffset.MinValue : isBehind ? nextLook : null;
            return look is null || due < look ? due : look;
        }
    }

    /// <summary>Services that are to be reported now because of their outlook.</summary>
    /// <param name="announcer">Has planned.</param>
    /// <param name="reportsAll">Every Service is reported in this turn anyway.</param>
    public IReadOnlyCollection<ObjectKey> Take(AnnouncementPlanner announcer, bool reportsAll, DateTimeOffset now)
    {
        HashSet<ObjectKey> due = [.. waiting.TakeWhile(w => w.Due <= now).Select(w => w.Service)];
        bool hasLearnt = isLearning && !announcer.IsLearningHeirs;
        isLearning = announcer.IsLearningHeirs;
        isBehind |= hasLearnt || announcer.HeirsVersion != seen;
        if (isLearning || !isBehind || !(reportsAll || hasLearnt || now >= nextLook)) return due;
        (seen, isBehind, nextLook) = (announcer.HeirsVersion, false, now + Interval);
        if (reportsAll) return due;
        foreach ((ObjectKey service, Entry entry) in entries)
            if (announcer.HeirOf(service) != entry.Heir) due.Add(service);
        return due;
    }

    /// <summary>What is to stand behind the condition's message.</summary>
    /// <param name="head">The condition without it.</param>
    /// <param name="heir">Null where it is not known.</param>
    /// <param name="outlook">What there is to tell; null where it is not known.</param>
    public string Of(ServiceRecord record, ConditionReport head, Heir? heir, string? outlook, DateTimeOffset now)
    {
        Entry? last = entries.GetValueOrDefault(record.Key);
        Forget(record.Key);
        if (outlook is { Length: 0 }) return "";
        (string shown, Heir? shownHeir) = last is null ? (Written(record, head) ?? outlook ?? "", null) : last.Head == head ? (last.Shown, last.ShownHeir) : (outlook ?? "", heir);
        DateTimeOffset? due = null;
        if (outlook is not null && outlook != shown)
        {
            due = now + (heir == shownHeir ? Rest : HeirRest);
            if (last?.Due < due) due = last.Due;
            if (due <= now) (shown, due) = (outlook, null);
        }
        if (shown == outlook) shownHeir = heir;
        if (due is { } at) waiting.Add((at, record.Key));
        entries[record.Key] = new(head, shown, shownHeir, heir, due);
        return shown;
    }

    public void Forget(ObjectKey service)
    {
        if (entries.Remove(service, out Entry? entry) && entry.Due is { } due) waiting.Remove((due, service));
    }

    /// <summary>What another controller wrote behind the same is no reason to write; nor is that it wrote nothing there.</summary>
    private static string? Written(ServiceRecord record, ConditionReport head)
    {
        ConditionRecord? written = record.Conditions.FirstOrDefault(c => c.Type == head.Type && c.Reason == head.Reason && c.Message.StartsWith(head.Message, StringComparison.Ordinal));
        return written?.Message[head.Message.Length..] is { } rest && (rest.Length == 0 || rest.StartsWith("; ", StringComparison.Ordinal)) ? rest : null;
    }
}
