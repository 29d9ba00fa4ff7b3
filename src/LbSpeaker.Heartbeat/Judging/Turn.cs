using System.Collections.Immutable;
using LbSpeaker.Bfd;
using LbSpeaker.Heartbeat.Wire;

namespace LbSpeaker.Heartbeat.Judging;

/// <summary>One step of <see cref="Membership"/> while it is worked out.</summary>
internal sealed class Turn(MembershipState state, Moment at, HeartbeatSettings settings)
{
    /// <summary>So many witnesses are asked again in one go; it is their turn by the age of what they said.</summary>
    private const int WitnessesAtOnce = 3;

    /// <summary>Rumors of nodes that are no members yet are kept too, for their plans come at different times; not more than that.</summary>
    private const int StrayRumors = 1024;

    private readonly List<Outgoing> outgoing = [];
    private readonly TimeSpan now = at.Now, interval = settings.Interval.ToTimeSpan();
    private MembershipState state = state;
    private bool reportChanged, isUrgent, lostOne;

    public (MembershipState Next, MembershipEffects Effects) End()
    {
        // What is known of a silent node hangs on those who vouch for it.
        if (lostOne)
            foreach ((string node, WatchedNode watched) in state.Watched)
                if (watched.Path == PathState.Silent) Judge(node);
        if (isUrgent || state.NewsDue <= now) SpreadNews();
        return (state, new(outgoing, reportChanged));
    }

    public void Follow(HeartbeatPlan plan)
    {
        Roster before = state.Roster;
        if (before.Plan == plan) return;
        if (plan.Leaving && !before.Plan.Leaving && before.IsActive)
        {
            // While the paths are still up.
            Originate(before.Plan.Node, Standing.Leaving);
            SpreadNews();
        }
        Roster roster = Roster.Of(plan, settings);
        bool isFresh = !roster.IsActive || plan.Leaving || before.Plan.Leaving || before.Plan.Address != plan.Address || before.Plan.Node != plan.Node;
        state = state with
        {
            Roster = roster,
            PlannedAt = isFresh ? at.WallClock : state.PlannedAt,
            JoinedAt = isFresh ? state.JoinedAt.Clear()
                : state.JoinedAt.RemoveRange(state.JoinedAt.Keys.Where(n => !roster.IsMember(n))).SetItems(roster.Members.Where(n => !before.IsMember(n)).Select(n => KeyValuePair.Create(n, at.WallClock))),
            // A node without heartbeats of its own hears no news either.
            Rumors = !roster.IsActive || plan.Leaving ? OnlySelf(state.Rumors, plan.Node) : state.Rumors.RemoveRange(before.Members.Where(n => n != plan.Node && !roster.IsMember(n))),
        };
        ImmutableSortedDictionary<string, WatchedNode>.Builder watched = MembershipState.Empty<WatchedNode>().ToBuilder();
        foreach (string node in roster.Watched)
            watched[node] = !isFresh && before.AddressOf(node) == roster.AddressOf(node) && state.Watched.TryGetValue(node, out WatchedNode? known) ? known
                : WatchedNode.Create(at.WallClock);
        string[] gone = [.. state.Watched.Keys.Where(n => !watched.ContainsKey(n))];
        state = state with { Watched = watched.ToImmutable(), Introductions = state.Introductions.RemoveRange(state.Introductions.Keys.Where(n => !watched.TryGetValue(n, out WatchedNode? known) || known.Path != PathState.Up)) };
        foreach (string node in gone) Withdraw(node);
        foreach (string node in roster.Watched) Judge(node);
        reportChanged = true;
    }

    public void PathUp(string node)
    {
        if (!state.Watched.TryGetValue(node, out WatchedNode? watched)) return;
        bool wasDeaf = state.Watched.Values.All(w => w.Path != PathState.Up);
        Set(node, watched with { Path = PathState.Up, Reason = DownReason.None, IsTalking = false, HasLeft = false, IsTold = false, Inquiry = null, ContradictAt = TimeSpan.MaxValue });
        // Who heard nobody had nobody to ask: the first that comes back is asked for all others, and until it has answered none of them is dead.
        if (wasDeaf)
            foreach ((string other, WatchedNode lost) in state.Watched)
                if (lost is { Path: PathState.Failed or PathState.Closed, HasLeft: false }) Inquire(other, lost with { IsTold = false });
        Originate(node, Standing.Alive);
        state = state with { Introductions = state.Introductions.SetItem(node, ""), IntroductionsDue = Earlier(state.IntroductionsDue, now) };
        Introduce();
    }

    /// <summary>RFC 5882 section 4.2: what the neighbor's operator did is no failure.</summary>
    public void PathDown(string node, DownReason reason)
    {
        if (!state.Watched.TryGetValue(node, out WatchedNode? watched)) return;
        PathState before = watched.Path;
        switch (reason)
        {
            case DownReason.NeighborAdminDown:
                watched = watched with { Path = PathState.Closed, Reason = reason, ContradictAt = TimeSpan.MaxValue };
                if (state.Roster.Ring.IsMesh || before == PathState.Silent || watched.HasLeft)
                {
                    Set(node, watched with { HasLeft = true, Inquiry = null });
                    if (before != PathState.Silent) Originate(node, Standing.Leaving);
                }
                // On the ring it may only have got other neighbors: then these hear it.
                else if (before != PathState.Closed) Inquire(node, watched);
                break;
            case DownReason.AdminDown or DownReason.NotYetUp or DownReason.None:
                if (before != PathState.Up) return;
                Set(node, watched with { Path = PathState.Silent, Reason = reason, Inquiry = null, ContradictAt = TimeSpan.MaxValue });
                break;
            default:
                // What was not up did not fail, and what was closed did so by intent.
                if (before != PathState.Up) return;
                watched = watched with { Path = PathState.Failed, Reason = reason, ContradictAt = TimeSpan.MaxValue };
                if (watched.HasLeft) Set(node, watched);
                else Inquire(node, watched);
                break;
        }
        state = state with { Introductions = state.Introductions.Remove(node) };
        Withdraw(node);
    }

    public void Fault(string node, BfdFault fault)
    {
        if (!state.Watched.TryGetValue(node, out WatchedNode? watched) || watched.Fault == fault) return;
        state = state with { Watched = state.Watched.SetItem(node, watched with { Fault = fault }) };
        reportChanged = true;
    }

    /// <summary>A message has come, whatever it says.</summary>
    public void Spoke(string node)
    {
        if (!state.Watched.TryGetValue(node, out WatchedNode? watched) || watched.IsTalking) return;
        state = state with { Watched = state.Watched.SetItem(node, watched with { IsTalking = true }) };
        reportChanged = true;
    }

    /// <summary>Who asks hears nothing itself.</summary>
    public void Asked(string from, HeartbeatMessage.Ask ask)
    {
        bool hears = state.Watched.TryGetValue(ask.Subject, out WatchedNode? watched) && watched is { Path: PathState.Up, HasLeft: false };
        outgoing.Add(new(from, new HeartbeatMessage.Answer(ask.Inquiry, ask.Subject, hears)));
        if (watched?.Inquiry is { } inquiry && inquiry.Witnesses.ContainsKey(from)) Testify(ask.Subject, watched, inquiry, from, false);
    }

    public void Answered(string from, HeartbeatMessage.Answer answer)
    {
        if (state.Watched.TryGetValue(answer.Subject, out WatchedNode? watched) && watched.Inquiry is { } inquiry && inquiry.Number == answer.Inquiry && inquiry.Witnesses.ContainsKey(from))
            Testify(answer.Subject, watched, inquiry, from, answer.Hears);
    }

    public void Told(HeartbeatMessage.Notice notice)
    {
        foreach (Rumor rumor in notice.Rumors) Learn(rumor);
    }

    public void TimerExpired()
    {
        foreach ((string node, WatchedNode watched) in state.Watched)
        {
            if (watched.ContradictAt <= now)
            {
                Set(node, watched with { ContradictAt = TimeSpan.MaxValue });
                Originate(node, Standing.Alive);
            }
            else if (watched.Inquiry is { } inquiry && inquiry.NextAsk <= now) AskAgain(node, watched, inquiry);
        }
        Introduce();
    }

    private void Learn(in Rumor rumor)
    {
        string subject = rumor.Subject;
        bool isKnown = state.Rumors.TryGetValue(subject, out KnownRumor known);
        if (!rumor.IsNewsTo(isKnown ? known.Rumor : null)) return;
        if (!isKnown && !state.Roster.IsMember(subject) && state.Rumors.Count >= state.Roster.Count + StrayRumors) return;
        Store(rumor);
        if (subject == state.Roster.Plan.Node)
        {
            // It is of an earlier life, or somebody took a closed session for it. Of its life others tell, who hear it.
            if (rumor.Standing == Standing.Leaving && !state.Roster.Plan.Leaving) Originate(subject, Standing.Alive);
            return;
        }
        if (!state.Watched.TryGetValue(subject, out WatchedNode? watched))
        {
            if (rumor.Standing != Standing.Alive) Withdraw(subject);
            return;
        }
        switch (rumor.Standing, watched.Path)
        {
            case (Standing.Leaving, _):
                Set(subject, watched with { HasLeft = true, Inquiry = null, ContradictAt = TimeSpan.MaxValue });
                Withdraw(subject);
                break;
            case (Standing.Alive, PathState.Up):
                Set(subject, watched with { HasLeft = false, ContradictAt = TimeSpan.MaxValue });
                break;
            case (Standing.Alive, PathState.Failed or PathState.Closed):
                if (watched.Inquiry is null) Inquire(subject, watched);
                break;
            case (Standing.Alive, PathState.Silent):
                Set(subject, watched with { HasLeft = false, Inquiry = null });
                break;
            case (Standing.Dead, PathState.Silent):
                // Whoever says so may not have reached those who hear it.
                if (watched.Inquiry is null) Inquire(subject, watched);
                break;
            case (Standing.Dead, PathState.Up):
                if (!watched.HasLeft) Set(subject, watched with { ContradictAt = Earlier(watched.ContradictAt, now + interval) });
                break;
        }
    }

    /// <summary>Makes it known where it is not what all hold for true already.</summary>
    private void Originate(string subject, Standing standing)
    {
        if (!state.Rumors.TryGetValue(subject, out KnownRumor known)) Store(new(subject, 1, standing));
        else if (known.Rumor.Standing != standing && known.Rumor.Version < uint.MaxValue) Store(new(subject, known.Rumor.Version + 1, standing));
    }

    private void Store(in Rumor rumor)
    {
        bool isOtherwise = !state.Rumors.TryGetValue(rumor.Subject, out KnownRumor known) || known.Rumor.Standing != rumor.Standing;
        state = state with
        {
            Rumors = state.Rumors.SetItem(rumor.Subject, new(rumor, isOtherwise ? at.WallClock : known.Since)),
            News = state.News.Add(rumor.Subject),
            NewsDue = Earlier(state.NewsDue, now + settings.AskInterval),
        };
        // Nobody waits for good news: they go in batches.
        isUrgent |= rumor.Standing != Standing.Alive;
        lostOne |= rumor.Standing != Standing.Alive;
        reportChanged |= isOtherwise && state.Roster.IsMember(rumor.Subject) && !state.Watched.ContainsKey(rumor.Subject);
    }

    private void SpreadNews()
    {
        if (state.News.IsEmpty) return;
        List<HeartbeatMessage.Notice> notices = [.. HeartbeatMessage.Notices(state.News.Where(state.Rumors.ContainsKey).Select(n => state.Rumors[n].Rumor))];
        IEnumerable<string> targets = state.Watched.Where(w => w.Value.Path == PathState.Up).Select(w => w.Key).Concat(state.Roster.Chords.Where(IsNotGone));
        foreach (string target in targets)
            foreach (HeartbeatMessage.Notice notice in notices) outgoing.Add(new(target, notice));
        state = state with { News = state.News.Clear(), NewsDue = TimeSpan.MaxValue };
        isUrgent = false;
    }

    /// <summary>Tells those who are new here what is known, one notice each at a time.</summary>
    private void Introduce()
    {
        if (state.IntroductionsDue > now) return;
        foreach ((string node, string told) in state.Introductions)
        {
            if (HeartbeatMessage.Notices(After(told)).FirstOrDefault() is { } notice)
            {
                outgoing.Add(new(node, notice));
                state = state with { Introductions = state.Introductions.SetItem(node, notice.Rumors[^1].Subject) };
            }
            else state = state with { Introductions = state.Introductions.Remove(node) };
        }
        state = state with { IntroductionsDue = state.Introductions.IsEmpty ? TimeSpan.MaxValue : now + settings.AskInterval };
    }

    private IEnumerable<Rumor> After(string subject)
    {
        ImmutableSortedDictionary<string, KnownRumor> rumors = state.Rumors;
        return rumors.SkipWhile(r => string.CompareOrdinal(r.Key, subject) <= 0).Select(r => r.Value.Rumor);
    }

    /// <summary>Asks whoever could hear the node.</summary>
    private void Inquire(string subject, WatchedNode watched)
    {
        ImmutableSortedDictionary<string, Testimony> witnesses = MembershipState.Empty<Testimony>().AddRange(Candidates(subject).Select(w => KeyValuePair.Create(w, default(Testimony))));
        Inquiry inquiry = new(state.NextInquiry, witnesses, now);
        state = state with { NextInquiry = state.NextInquiry + 1 };
        AskAgain(subject, watched, inquiry);
    }

    private IEnumerable<string> Candidates(string subject) => state.Roster.Ring.Watchers(subject).Where(n =>
        n != state.Roster.Plan.Node && (state.Watched.TryGetValue(n, out WatchedNode? watched) ? watched is { Path: PathState.Up, HasLeft: false } : state.Roster.CanReach(n) && IsNotGone(n)));

    private bool IsNotGone(string node) => !state.Rumors.TryGetValue(node, out KnownRumor known) || known.Rumor.Standing == Standing.Alive;

    /// <summary>Asks those who owe an answer; who owes too many has answered no. Of those who hear the node some are asked whether they still do.</summary>
    private void AskAgain(string subject, WatchedNode watched, Inquiry inquiry)
    {
        ImmutableSortedDictionary<string, Testimony>.Builder witnesses = inquiry.Witnesses.ToBuilder();
        IEnumerable<string> owing = inquiry.Witnesses.Where(w => w.Value.Asks > 0 || w.Value.Hears is null).Select(w => w.Key);
        IEnumerable<string> due = inquiry.Witnesses.Where(w => w.Value is { Hears: true, Asks: 0 } && w.Value.At + settings.WitnessInterval <= now)
            .OrderBy(w => w.Value.At).Take(WitnessesAtOnce).Select(w => w.Key);
        foreach (string witness in owing.Concat(due))
        {
            Testimony testimony = witnesses[witness];
            if (testimony.Asks >= settings.AskLimit) witnesses[witness] = new(false, now, 0);
            else
            {
                witnesses[witness] = testimony with { Asks = testimony.Asks + 1 };
                outgoing.Add(new(witness, new HeartbeatMessage.Ask(inquiry.Number, subject)));
            }
        }
        bool isWaiting = witnesses.Any(w => w.Value.Asks > 0);
        Settle(subject, watched, inquiry with { Witnesses = witnesses.ToImmutable(), NextAsk = now + (isWaiting ? settings.AskInterval : settings.WitnessInterval) });
    }

    private void Testify(string subject, WatchedNode watched, Inquiry inquiry, string witness, bool hears) =>
        Settle(subject, watched, inquiry with { Witnesses = inquiry.Witnesses.SetItem(witness, new(hears, now, 0)) });

    /// <summary>The node is no witness any more, in no inquiry.</summary>
    private void Withdraw(string witness)
    {
        foreach ((string subject, WatchedNode watched) in state.Watched)
            if (watched.Inquiry is { } inquiry && inquiry.Witnesses.ContainsKey(witness)) Settle(subject, watched, inquiry with { Witnesses = inquiry.Witnesses.Remove(witness) });
    }

    private void Settle(string subject, WatchedNode watched, Inquiry inquiry)
    {
        if (inquiry.IsHeard) Set(subject, watched with { Inquiry = inquiry, IsTold = false, HasLeft = false });
        else if (inquiry.IsOpen) Set(subject, watched with { Inquiry = inquiry });
        else
        {
            // Nobody hears it, as far as was asked. Who has come since, and whose word is old, is asked before it is judged.
            string[] unasked = [.. Candidates(subject).Where(c => !inquiry.Witnesses.TryGetValue(c, out Testimony testimony) || testimony.At + settings.WitnessInterval < now)];
            if (unasked.Length > 0) AskAgain(subject, watched, inquiry with { Witnesses = inquiry.Witnesses.SetItems(unasked.Select(u => KeyValuePair.Create(u, default(Testimony)))) });
            else Conclude(subject, watched);
        }
    }

    private void Conclude(string subject, WatchedNode watched)
    {
        // Of a silent one it is for those to tell who have heard it.
        bool hasLeft = watched.HasLeft || watched.Path == PathState.Closed, isOurs = watched.Path != PathState.Silent;
        Set(subject, watched with { Inquiry = null, HasLeft = hasLeft, IsTold = true });
        if (isOurs && !watched.IsTold) Originate(subject, hasLeft ? Standing.Leaving : Standing.Dead);
    }

    private void Set(string node, WatchedNode watched)
    {
        state = state with { Watched = state.Watched.SetItem(node, watched) };
        Judge(node);
    }

    private void Judge(string node)
    {
        WatchedNode watched = state.Watched[node];
        MemberView view = state.Roster.Plan.Leaving ? MemberView.Unheard : watched switch
        {
            { Path: PathState.Up, HasLeft: false } => new(MemberState.Alive, false),
            { Path: not PathState.Up, Inquiry.IsHeard: true } => new(MemberState.Alive, true),
            { HasLeft: true } => new(MemberState.Leaving, false),
            // Nobody has heard it, and whoever is asked once more has not answered yet.
            { Path: PathState.Failed, IsTold: true } => new(MemberState.Dead, false),
            { Path: not PathState.Up, Inquiry: not null } => new(MemberState.Suspected, false),
            { Path: not PathState.Silent } => new(MemberState.Dead, false),
            _ => state.RumoredView(node) is { State: MemberState.Alive } ? new(MemberState.Alive, true) : state.RumoredView(node),
        };
        if (view == watched.View) return;
        state = state with { Watched = state.Watched.SetItem(node, watched with { View = view, Since = view.State == watched.View.State ? watched.Since : at.WallClock }) };
        reportChanged = true;
    }

    private static ImmutableSortedDictionary<string, KnownRumor> OnlySelf(ImmutableSortedDictionary<string, KnownRumor> rumors, string self) =>
        rumors.TryGetValue(self, out KnownRumor known) ? MembershipState.Empty<KnownRumor>().Add(self, known) : MembershipState.Empty<KnownRumor>();

    private static TimeSpan Earlier(TimeSpan left, TimeSpan right) => left < right ? left : right;
}
