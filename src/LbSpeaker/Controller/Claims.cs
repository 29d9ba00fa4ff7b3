using LbSpeaker.Core.Allocation;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Reports;
using LbSpeaker.Core.Values;
using LbSpeaker.Kubernetes.Resources;

namespace LbSpeaker.Controller;

/// <summary>
/// What is remembered of each IPClaim: what was decided for it, which the planner is shown until the watch shows it too, and since when no Service names it. Of time the
/// planner sees no more than a phase. A controller that takes over learns all of it from the statuses.
/// </summary>
internal sealed class Claims
{
    private readonly Dictionary<ObjectKey, Memory> claims = [];
    private readonly HashSet<ObjectKey> observed = [];
    /// <summary>Those that will expire, the first to do so first.</summary>
    private readonly SortedSet<(DateTimeOffset At, ObjectKey Claim)> due = [];

    /// <summary>When <see cref="Expired"/> has something new to tell; null where nothing is to come.</summary>
    public DateTimeOffset? NextDue => due.Count == 0 ? null : due.Min.At;

    /// <returns>What the planner is to be shown of it.</returns>
    public ClaimView Observe(ClaimRecord record, DateTimeOffset now)
    {
        observed.Add(record.Key);
        if (claims.TryGetValue(record.Key, out Memory? memory) && memory.Record.View.Uid != record.View.Uid)
        {
            Forget(record.Key);
            observed.Add(record.Key);
            memory = null;
        }
        if (memory is null)
            claims[record.Key] = memory = new(record)
            {
                UnusedSince = record.Status.UnusedSince,
                WasUsed = !record.Status.UsedBy.IsEmpty || record.Status.UnusedSince is not null,
            };
        memory.Record = record;
        return Show(memory, now);
    }

    public void Forget(ObjectKey claim)
    {
        if (claims.Remove(claim, out Memory? memory) && memory.Due is { } at) due.Remove((at, claim));
        observed.Remove(claim);
    }

    /// <returns>Those that time made to be shown otherwise.</returns>
    public IReadOnlyList<ClaimView> Expired(DateTimeOffset now)
    {
        List<ClaimView> changed = [];
        while (NextDue <= now) changed.Add(Show(claims[due.Min.Claim], now));
        return changed;
    }

    /// <param name="decided">Those whose decision may differ from the last; null where all may.</param>
    /// <returns>What each of them is to say, how it is to be shown from now on, and what there is to tell of it.</returns>
    public IReadOnlyList<(ClaimReport Report, ClaimView Shown, ValueArray<EventReport> Events)> Take(
        IReadOnlyDictionary<ObjectKey, ClaimDecision> decisions, IEnumerable<ObjectKey>? decided, DateTimeOffset now)
    {
        List<(ClaimReport, ClaimView, ValueArray<EventReport>)> taken = [];
        foreach (ObjectKey key in (decided ?? decisions.Keys).Concat(observed).Distinct().Order())
        {
            if (!claims.TryGetValue(key, out Memory? memory) || !decisions.TryGetValue(key, out ClaimDecision? decision)) continue;
            if (!decision.UsedBy.IsEmpty) (memory.WasUsed, memory.UnusedSince) = (true, null);
            // A controller that was away when the last Service went starts to count when it sees that.
            else if (memory.WasUsed) memory.UnusedSince ??= WholeSecond(now);

            ClaimReport report = ClaimReport.Of(decision, memory.Record.View, memory.UnusedSince, memory.ExpiresAt);
            ConditionRecord? stands = memory.Record.Status.Conditions.FirstOrDefault(c => c.Type == ConditionTypes.Held);
            ValueArray<EventReport> events = memory.Last is { } last
                ? report.EventsSince(last.Addresses, (last.Held.Reason, last.Held.Message))
                : report.EventsSince(AddressesIn(memory.Record.View), stands is null ? null : (stands.Reason, stands.Message));
            memory.Last = report;
            taken.Add((report, Show(memory, now), events));
        }
        observed.Clear();
        return taken;
    }

    /// <summary>The record with what was decided laid over it: nobody else writes there, and what the watch shows may be older.</summary>
    private ClaimView Show(Memory memory, DateTimeOffset now)
    {
        ObjectKey key = memory.Record.Key;
        if (memory.Due is { } before) due.Remove((before, key));
        memory.Due = memory.ExpiresAt > now ? memory.ExpiresAt : null;
        if (memory.Due is { } after) due.Add((after, key));
        ClaimView view = memory.Record.View with
        {
            Phase = memory.ExpiresAt <= now ? ClaimPhase.Expired : memory.WasUsed ? ClaimPhase.Kept : ClaimPhase.Unused,
        };
        if (memory.Last is { } last) view = view with { Held = last.Addresses.Select(a => a.ToString()).ToValueArray(), HeldFrom = last.Pools };
        return view;
    }

    private static ValueArray<IpAddress> AddressesIn(ClaimView claim) =>
        claim.Held.Select(h => IpAddress.TryParse(h, out IpAddress address) ? address : (IpAddress?)null).OfType<IpAddress>().ToValueArray();

    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    /// <summary>As times stand in a status.</summary>
    private static DateTimeOffset WholeSecond(DateTimeOffset time) => new(time.UtcTicks - time.UtcTicks % Second.Ticks, TimeSpan.Zero);

    private sealed class Memory(ClaimRecord record)
    {
        public ClaimRecord Record { get; set; } = record;

        public ClaimReport? Last { get; set; }

        /// <summary>When it is in the list of those that will expire; null where it is not.</summary>
        public DateTimeOffset? Due { get; set; }

        /// <summary>A Service names it, or one did.</summary>
        public bool WasUsed { get; set; }

        /// <summary>Null while a Service names it, and where none did.</summary>
        public DateTimeOffset? UnusedSince { get; set; }

        /// <summary>In whole seconds, as the status has it, and not too early.</summary>
        public DateTimeOffset? ExpiresAt => Record.View.TimeToLive is { } ttl && UnusedSince is { } since && ttl < DateTimeOffset.MaxValue - since - Second
            ? WholeSecond(since + ttl + Second - TimeSpan.FromTicks(1))
            : null;
    }
}
