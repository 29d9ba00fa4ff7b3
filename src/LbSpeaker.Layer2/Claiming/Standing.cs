using LbSpeaker.Core.Announcement;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Reports;
using LbSpeaker.Core.Values;
using LbSpeaker.Layer2.Capture;

namespace LbSpeaker.Layer2.Claiming;

/// <summary>How far an address is.</summary>
internal enum Stage
{
    /// <summary>To be claimed, and there is no interface to ask on.</summary>
    Waiting,
    /// <summary>Asked for.</summary>
    Probing,
    /// <summary>A stranger has it; asked for again later.</summary>
    Refused,
    /// <summary>Answered and announced.</summary>
    Held,
    /// <summary>Asked for, since this node was away: another may have taken it over, or may have it still.</summary>
    Returning,
    /// <summary>The speaker of another node has it that goes before this one, or took it over, or does not leave it yet; asked for, to see whether it is still there.</summary>
    Yielded,
    /// <summary>Answered until the next owner is heard, and not announced.</summary>
    Leaving,
    /// <summary>The next owner has it.</summary>
    Left,
}

/// <summary>Somebody else who has the address.</summary>
/// <param name="Since">When he was first heard.</param>
/// <param name="HeardAt">When last.</param>
internal sealed record Rival(MacAddress Mac, string Interface, string? Fellow, DateTimeOffset Since, TimeSpan HeardAt);

/// <summary>What is heard of somebody else, as this node sees him.</summary>
/// <param name="Fellow">His node; null for a stranger.</param>
/// <param name="Outranks">He is a fellow, and goes before this node.</param>
/// <param name="At">By the clock on the wall.</param>
internal readonly record struct Voice(Heard Heard, string? Fellow, bool Outranks, DateTimeOffset At);

/// <summary>What comes of an event.</summary>
/// <param name="Send">A frame to send for it now: a probe where the address is asked for, an announcement where it is held.</param>
/// <param name="Conflict">A conflict that was not there before.</param>
internal readonly record struct Step(Standing Next, bool Send = false, ConflictOutcome? Conflict = null);

/// <summary>One address of the plan: the state of its claim. Immutable and without a clock; each event gives the next state.</summary>
/// <param name="Duty">The plan's.</param>
/// <param name="Reach">The number of interfaces that it can be asked and answered for on.</param>
/// <param name="Due">When <see cref="Tick"/> does something next.</param>
/// <param name="Probes">Sent since this stage began, or since the owner answered one.</param>
internal sealed record Standing(ClaimOptions Options, Layer2Duty Duty, int Reach, Stage Stage, TimeSpan? Due, int Probes = 0)
{
    /// <summary>More who have the same address are not told of: a flood from invented hosts must not fill the report.</summary>
    public const int MaxRivals = 4;

    /// <summary>What seems to be somebody's is asked for again so many times sooner than what is.</summary>
    private const int DoubtsOfRetry = 10;

    private TimeSpan? defendedAt, lostAt;

    /// <summary>When this node was there again after it had been away.</summary>
    private TimeSpan? returnedAt;

    /// <summary>A stranger said that he has it, and is asked again.</summary>
    private bool isDoubted;

    /// <summary>Whom it is taken over from, and until when he may have it: counted from when he is first heard, which may be long after his death was found.</summary>
    private (string Fellow, TimeSpan? Until)? spared;

    /// <summary>Sorted by hardware address.</summary>
    public ValueArray<Rival> Rivals { get; private init; }

    public bool IsAnswered => Stage is Stage.Held or Stage.Leaving;

    /// <summary>It matters who else has the address.</summary>
    public bool IsWatched => Stage is not (Stage.Waiting or Stage.Left);

    /// <summary>What is said of <see cref="Rivals"/>.</summary>
    public ConflictOutcome Outcome => Stage switch
    {
        Stage.Yielded => ConflictOutcome.Yielded,
        Stage.Held => ConflictOutcome.Defended,
        _ => ConflictOutcome.Refused,
    };

    /// <summary>When <see cref="Tick"/> is to be called; null where nothing will happen by itself.</summary>
    public TimeSpan? NextDue => Rivals.Where(_ => Forgets).Select(r => (TimeSpan?)(r.HeardAt + Options.Memory)).Append(Due).Min();

    /// <summary>Whether those who have it are forgotten when they fall silent. A fellow that was yielded to is asked instead.</summary>
    private bool Forgets => Stage is Stage.Refused or Stage.Held;

    /// <summary>An address that comes into the plan.</summary>
    /// <param name="isWary">This node was away just now: whom it believes to be dead may live.</param>
    public static Standing Of(ClaimOptions options, Layer2Duty duty, int reach, bool isWary, TimeSpan now) => duty.Role switch
    {
        Layer2Role.Own when isWary && duty.From is not null => new Standing(options, duty, reach, Stage.Returning, now).At(reach, now),
        Layer2Role.Own => new Standing(options, duty, reach, Stage.Held, null).Spare(),
        Layer2Role.Claim => new Standing(options, duty, reach, Stage.Waiting, null).At(reach, now),
        // Who did not answer before does not begin now.
        _ => new(options, duty, reach, Stage.Left, null),
    };

    /// <summary>The plan or the interfaces may have changed.</summary>
    public Standing Follow(Layer2Duty duty, int reach, TimeSpan now) => (duty == Duty ? this : Turn(duty, now)).At(reach, now);

    /// <summary>The same to whoever looks from outside: nothing but times and counts has changed.</summary>
    public bool LooksLike(Standing other) => Stage == other.Stage && Rivals.Select(r => r.Mac).SequenceEqual(other.Rivals.Select(r => r.Mac));

    public Step Hear(Voice voice, TimeSpan retryInterval, TimeSpan now)
    {
        bool hasIt = voice.Heard.Sighting.HasIt;
        // The first that is heard of whom it was taken over from.
        if (hasIt && spared is (var from, null) && from == voice.Fellow) return (this with { spared = (from, now + Options.Spare) }).Hear(voice, retryInterval, now);
        switch (Stage)
        {
            // RFC 5227 section 2.1.1, RFC 4862 section 5.4.3: somebody has it, or probes for it too.
            // A fellow that has it may be about to leave it: he is asked again soon. Of two nodes that probe at once one goes on.
            case Stage.Probing when voice.Fellow is not null && (hasIt || voice.Outranks):
                return Enter(Stage.Yielded, now + Options.YieldCheckInterval).Note(voice, now);
            // A first word is not believed: it may come from a fellow whose hardware address is not known yet, as while a cluster starts, and would cost a Service its address.
            case Stage.Probing when voice.Fellow is null && Probes > 0:
                return hasIt && isDoubted
                    ? (this with { Stage = Stage.Refused, Due = now + retryInterval }).Note(voice, now)
                    : new(this with { Probes = 0, Due = now + retryInterval / DoubtsOfRetry, isDoubted = hasIt });
            case Stage.Refused when hasIt:
                return Note(voice, now);
            case Stage.Held when hasIt && voice.Outranks && !Spares(voice, now):
                return Enter(Stage.Yielded, now + Options.YieldCheckInterval).Note(voice, now);
            case Stage.Held when hasIt:
                // RFC 5227 section 2.4: a host that keeps its address says so once, and not again within DEFEND_INTERVAL.
                bool defends = defendedAt is not { } last || last + (voice.Fellow is null ? Options.DefendInterval : Options.FellowDefendInterval) <= now;
                Standing told = defends ? this with { defendedAt = now } : this;
                // Whom it is taken over from falls silent by himself: that is no conflict. Whether he has is asked when he ought to have.
                return Spares(voice, now) ? new(told with { Due = voice.Outranks ? spared!.Value.Until : Due }, defends) : told.Note(voice, now) with { Send = defends };
            // Whoever took it over has it by a later decision than this one's, whatever the rank.
            case Stage.Returning when hasIt && voice.Fellow is not null:
                return Enter(Stage.Yielded, now + Options.YieldCheckInterval).Note(voice, now);
            case Stage.Yielded when hasIt && (voice.Outranks || Rivals.Any(r => r.Mac == voice.Heard.Sighting.Mac)):
                return (this with { Probes = 0, Due = now + Options.YieldCheckInterval }).Note(voice, now);
            case Stage.Leaving when hasIt && voice.Fellow is not null:
                return new(Enter(Stage.Left, null));
            default:
                return new(this);
        }
    }

    /// <summary>This node was away for so long that it may have a successor it does not know of yet: it asks before it answers, and says nothing before.</summary>
    public Standing Returned(TimeSpan now) => (Stage switch
    {
        Stage.Held => Enter(Stage.Returning, now),
        Stage.Leaving => Enter(Stage.Left, null),
        _ => this,
    }) with { returnedAt = now };

    /// <summary>What another has taken over while none of the others was heard is answered by both: it is asked for while it is answered.</summary>
    public Standing HeardAgain(TimeSpan now) => Stage == Stage.Held ? this with { Due = now, Probes = 0 } : this;

    public Step Tick(TimeSpan now)
    {
        Standing kept = Forgets && Rivals.Any(r => r.HeardAt + Options.Memory <= now) ? this with { Rivals = Rivals.Where(r => now < r.HeardAt + Options.Memory).ToValueArray() } : this;
        if (Due is null || now < Due) return new(kept);
        return Stage switch
        {
            Stage.Refused => kept.Begin(now).Tick(now),
            Stage.Probing or Stage.Returning when Probes < Options.Probes => kept.Ask(now + (Probes + 1 < Options.Probes ? Options.ProbeInterval : Options.AnnounceWait)),
            Stage.Yielded when Probes < Options.YieldChecks => kept.Ask(now + Options.YieldCheckInterval),
            Stage.Held when Probes < Options.Probes => kept.Ask(now + Options.ProbeInterval),
            Stage.Held => new(kept with { Due = null, Probes = 0 }),
            Stage.Leaving => new(Enter(Stage.Left, null)),
            _ => new(Enter(Stage.Held, null)),
        };
    }

    private Standing Turn(Layer2Duty duty, TimeSpan now)
    {
        Standing turned = this with { Duty = duty };
        return duty.Role switch
        {
            // It is asked for by what this node cannot know of, whatever the plan says meanwhile; it takes a moment.
            Layer2Role.Own or Layer2Role.Claim when Stage == Stage.Returning => turned,
            // Whoever has it may be about to leave it, or see things otherwise: that is soon known.
            Layer2Role.Own or Layer2Role.Claim when Stage == Stage.Yielded => turned with { Probes = 0, Due = now },
            Layer2Role.Own when Stage == Stage.Held => turned.Spare(),
            // The plan may be of before this node was away.
            Layer2Role.Own when Stage != Stage.Leaving && now < returnedAt + Options.Wariness => turned.Enter(Stage.Returning, now),
            // Somebody decided that it is owned: nothing is waited for.
            Layer2Role.Own => turned.Enter(Stage.Held, null).Spare(),
            Layer2Role.Claim when Stage == Stage.Leaving => turned.Enter(Stage.Held, null),
            Layer2Role.Claim when Stage != Stage.Held => turned.Enter(Stage.Waiting, null),
            Layer2Role.HandOver when Stage == Stage.Held => turned.Enter(Stage.Leaving, now + Options.HandOverLimit),
            Layer2Role.HandOver when Stage != Stage.Leaving => turned.Enter(Stage.Left, null),
            _ => turned,
        };
    }

    /// <summary>A new interface was not asked on: all of the asking begins again.</summary>
    private Standing At(int reach, TimeSpan now)
    {
        Standing there = this with { Reach = reach };
        return Stage switch
        {
            Stage.Probing or Stage.Refused when reach == 0 => there.Enter(Stage.Waiting, null),
            Stage.Returning when reach == 0 => there.Enter(Stage.Held, null) with { lostAt = now - Options.Absence },
            Stage.Waiting when reach > 0 => there.Begin(now),
            Stage.Held or Stage.Leaving or Stage.Left when reach == 0 && Reach > 0 => there with { lostAt = now },
            Stage.Held or Stage.Leaving or Stage.Left when reach > 0 && Reach == 0 && lostAt + Options.Absence <= now => there.Returned(now),
            Stage.Probing when reach > Reach => there.Begin(now),
            Stage.Returning when reach > Reach => there.Enter(Stage.Returning, now),
            _ => there,
        };
    }

    /// <summary>Begins to spare whom it is to be taken over from; once as long as it is held, since records may change to and fro while two believe to own it.</summary>
    private Standing Spare() => Duty.From is { } from && from != spared?.Fellow ? this with { spared = (from, null) } : this;

    private bool Spares(Voice voice, TimeSpan now) => spared is var (fellow, until) && fellow == voice.Fellow && now < until;

    private Standing Begin(TimeSpan now) => this with { Stage = Stage.Probing, Due = now, Probes = 0 };

    private Step Ask(TimeSpan next) => new(this with { Probes = Probes + 1, Due = next }, Send: true);

    private Standing Enter(Stage stage, TimeSpan? due) => this with { Stage = stage, Due = due, Probes = 0, Rivals = [], spared = null, isDoubted = false };

    private Step Note(Voice voice, TimeSpan now)
    {
        MacAddress mac = voice.Heard.Sighting.Mac;
        Rival? known = Rivals.FirstOrDefault(r => r.Mac == mac);
        Rival rival = known is null ? new(mac, voice.Heard.Interface, voice.Fellow, voice.At, now) : known with { Fellow = voice.Fellow, HeardAt = now };
        IEnumerable<Rival> others = Rivals.Where(r => r.Mac != mac);
        if (known is null && Rivals.Count == MaxRivals)
        {
            // A fellow is told of in any case.
            if (voice.Fellow is null || Rivals.All(r => r.Fellow is not null)) return new(this);
            others = others.OrderBy(r => r.Fellow is null).ThenByDescending(r => r.HeardAt).Take(MaxRivals - 1);
        }
        Standing noted = this with { Rivals = others.Append(rival).OrderBy(r => r.Mac).ToValueArray() };
        return new(noted, Conflict: known is null ? Outcome : null);
    }
}
