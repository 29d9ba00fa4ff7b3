using LbSpeaker.Core.Announcement;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Reports;
using LbSpeaker.Core.Values;
using LbSpeaker.Layer2.Announcing;
using LbSpeaker.Layer2.Capture;

namespace LbSpeaker.Layer2.Claiming;

/// <summary>
/// How this node stands to each address of the plan: which are asked for, held, yielded and handed over. It sends nothing and has one owner; time is
/// counted from any fixed moment and never goes back.
/// </summary>
internal sealed class Claims(ClaimOptions options, TimeSpan paceWindow, Random random)
{
    private readonly SortedDictionary<IpAddress, Standing> standings = [];
    private readonly SortedSet<(TimeSpan Due, IpAddress Address)> due = [];
    private readonly Pace pace = new(options.ProbesPerSecond, paceWindow);
    private Layer2Plan plan = Layer2Plan.Empty;
    private bool hasChanged;

    /// <summary>When this node began, or went on after it had stood still.</summary>
    private TimeSpan? returnedAt;

    /// <summary>When this node heard others again after it had heard none.</summary>
    private TimeSpan? heardAgainAt;

    /// <summary>When <see cref="Advance"/> has something to do; null where nothing will happen by itself.</summary>
    public TimeSpan? NextDue => due.Count == 0 ? null : due.Min.Due > pace.Next ? due.Min.Due : pace.Next;

    /// <summary>By address.</summary>
    public IEnumerable<AddressConflict> Conflicts =>
        standings.SelectMany(s => s.Value.Rivals, (s, r) => new AddressConflict(s.Key, r.Mac, r.Interface, r.Fellow, s.Value.Outcome, r.Since));

    public bool IsAnswered(IpAddress address) => standings[address].IsAnswered;

    public bool IsWatched(IpAddress address) => standings[address].IsWatched;

    /// <summary>Answered to all but those who are to have it next.</summary>
    public bool IsLeaving(IpAddress address) => standings[address].Stage == Stage.Leaving;

    public bool IsAnnounced(IpAddress address) => standings[address].Stage == Stage.Held;

    public bool IsHandedOver(IpAddress address) => standings[address].Stage == Stage.Left;

    /// <summary>Why the address is not answered although there is an interface for it; null where that is not so.</summary>
    public UnreachableReason? WhySilent(IpAddress address) => standings[address] switch
    {
        { Reach: 0 } => null,
        { Stage: Stage.Yielded } => UnreachableReason.Yielded,
        { Stage: Stage.Refused } or { Stage: Stage.Probing, Rivals.IsEmpty: false } => UnreachableReason.InUse,
        { Stage: Stage.Probing or Stage.Returning } => UnreachableReason.Probing,
        _ => null,
    };

    /// <param name="reach">On how many interfaces an address of the plan can be asked and answered for.</param>
    /// <returns>Addresses that are held as before, and are to be taken over from somebody else now: he may have begun to leave them and not have heard who has them.</returns>
    public IReadOnlyList<IpAddress> Follow(Layer2Plan next, Func<IpAddress, Layer2Duty, int> reach, TimeSpan now)
    {
        bool hearsAgain = plan.IsCutOff && !next.IsCutOff;
        if (hearsAgain) heardAgainAt = now;
        plan = next;
        bool isWary = now < (returnedAt ??= now) + options.Wariness || HasBeenCutOff(now);
        List<IpAddress> contested = [];
        foreach (IpAddress gone in standings.Keys.Where(a => !next.Addresses.ContainsKey(a)).ToList()) Set(gone, null);
        foreach ((IpAddress address, Layer2Duty duty) in next.Addresses)
        {
            int interfaces = reach(address, duty);
            Standing? before = standings.GetValueOrDefault(address);
            Standing after = before is null ? Standing.Of(options, duty, interfaces, isWary, now) : before.Follow(duty, interfaces, now);
            if (hearsAgain) after = after.HeardAgain(now);
            Set(address, after);
            if (before?.Stage == Stage.Held && after.Stage == Stage.Held && duty.From is not null && duty.From != before.Duty.From) contested.Add(address);
        }
        return contested;
    }

    /// <summary>This process stood still, and is not to answer by what it knew before.</summary>
    public void StoodStill(TimeSpan now)
    {
        returnedAt = now;
        foreach ((IpAddress address, Standing standing) in standings.ToList()) Set(address, standing.Returned(now));
    }

    /// <param name="at">By the clock on the wall.</param>
    /// <returns>Whether the address is to be announced for it, and the conflict where there is a new one.</returns>
    public (bool Announce, ConflictOutcome? Conflict) Hear(Heard heard, TimeSpan now, DateTimeOffset at)
    {
        IpAddress address = heard.Sighting.Address;
        if (!standings.TryGetValue(address, out Standing? standing)) return default;
        string? fellow = plan.Fellows.GetValueOrDefault(heard.Sighting.Mac);
        Voice voice = new(heard, fellow, fellow is not null && (HasBeenCutOff(now) || OwnerElection.Outranks(fellow, plan.Node, address)), at);
        Step step = standing.Hear(voice, options.RetryInterval * (0.75 + 0.5 * random.NextDouble()), now);
        Set(address, step.Next);
        return (step.Send, step.Conflict);
    }

    /// <summary>Does what is due.</summary>
    /// <returns>The addresses that are to be asked for now.</returns>
    public IReadOnlyList<IpAddress> Advance(TimeSpan now)
    {
        List<IpAddress> asked = [];
        while (due.Count > 0 && due.Min.Due <= now && pace.Next <= now)
        {
            IpAddress address = due.Min.Address;
            Step step = standings[address].Tick(now);
            Set(address, step.Next);
            if (step.Send && pace.TryTake(now)) asked.Add(address);
        }
        return asked;
    }

    /// <summary>Whether what is to be answered, announced or reported may differ from when this was last called.</summary>
    public bool TakeChange()
    {
        bool changed = hasChanged;
        hasChanged = false;
        return changed;
    }

    /// <summary>Whoever has an address of this node by now has it with the word of all others that are heard.</summary>
    private bool HasBeenCutOff(TimeSpan now) => plan.IsCutOff || now < heardAgainAt + options.Wariness;

    private void Set(IpAddress address, Standing? next)
    {
        Standing? last = standings.GetValueOrDefault(address);
        if (last?.NextDue is { } before) due.Remove((before, address));
        if (next is null) standings.Remove(address);
        else standings[address] = next;
        if (next?.NextDue is { } after) due.Add((after, address));
        hasChanged |= last is null || next is null || !next.LooksLike(last);
    }
}
