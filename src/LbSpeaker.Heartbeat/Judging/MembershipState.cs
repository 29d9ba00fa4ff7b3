using System.Collections.Immutable;
using LbSpeaker.Bfd;
using LbSpeaker.Core.Values;
using LbSpeaker.Heartbeat.Wire;

namespace LbSpeaker.Heartbeat.Judging;

/// <summary>The path to a watched node.</summary>
public enum PathState : byte
{
    /// <summary>No heartbeat came through since it was wanted.</summary>
    Silent,
    Up,
    /// <summary>It was up, and heartbeats stay away or the node says that it hears ours no more.</summary>
    Failed,
    /// <summary>The node has closed it by intent: it leaves, or it watches others now.</summary>
    Closed,
}

/// <summary>What a witness said.</summary>
/// <param name="Hears">Null while it has not answered.</param>
/// <param name="At">When it said so.</param>
/// <param name="Asks">How often it was asked since.</param>
public readonly record struct Testimony(bool? Hears, TimeSpan At, int Asks);

/// <summary>Others are asked whether they hear a node; it lasts while one of them does.</summary>
/// <param name="Number">Answers carry it.</param>
/// <param name="NextAsk">When whoever has not answered is asked again.</param>
public sealed record Inquiry(ulong Number, ImmutableSortedDictionary<string, Testimony> Witnesses, TimeSpan NextAsk)
{
    public bool IsHeard => Witnesses.Any(w => w.Value.Hears == true);

    public bool IsOpen => Witnesses.Any(w => w.Value.Hears is null);
}

/// <summary>A member as it stands.</summary>
public readonly record struct MemberView(MemberState State, bool IsPathFailed)
{
    public static MemberView Unheard { get; }
}

/// <summary>A node that this one watches.</summary>
/// <param name="Reason">Why the path is down.</param>
/// <param name="HasLeft">It told that it goes, and has not been back.</param>
/// <param name="IsTalking">A message of it has come since the path is up.</param>
/// <param name="IsTold">Its death was told to the others: once each time that the path fails, unless a witness appears.</param>
/// <param name="ContradictAt">Others say that it is dead. If we still hear it then, we say otherwise; they may have noticed its death before us.</param>
public sealed record WatchedNode(
    PathState Path,
    DownReason Reason,
    BfdFault Fault,
    bool IsTalking,
    bool HasLeft,
    bool IsTold,
    Inquiry? Inquiry,
    TimeSpan ContradictAt,
    MemberView View,
    DateTimeOffset Since)
{
    /// <summary>One that is new here.</summary>
    public static WatchedNode Create(DateTimeOffset since) =>
        new(PathState.Silent, DownReason.NotYetUp, BfdFault.None, IsTalking: false, HasLeft: false, IsTold: false, null, TimeSpan.MaxValue, MemberView.Unheard, since);
}

/// <summary>What is told of a node, and since when.</summary>
public readonly record struct KnownRumor(Rumor Rumor, DateTimeOffset Since);

/// <summary>All that a speaker holds for true of the others.</summary>
/// <param name="PlannedAt">Since when it wants to hear of them.</param>
/// <param name="JoinedAt">Those that have become members since.</param>
/// <param name="Watched">By node: those with whom it keeps a session.</param>
/// <param name="Rumors">By subject. This node may be one of them.</param>
/// <param name="News">Subjects of rumors that are to be passed on.</param>
/// <param name="Introductions">Neighbors whose path has come up and who are being told all that is known: up to which subject.</param>
/// <param name="NextInquiry">The number of the next inquiry.</param>
public sealed record MembershipState(
    Roster Roster,
    DateTimeOffset PlannedAt,
    ImmutableSortedDictionary<string, DateTimeOffset> JoinedAt,
    ImmutableSortedDictionary<string, WatchedNode> Watched,
    ImmutableSortedDictionary<string, KnownRumor> Rumors,
    ImmutableSortedSet<string> News,
    TimeSpan NewsDue,
    ImmutableSortedDictionary<string, string> Introductions,
    TimeSpan IntroductionsDue,
    ulong NextInquiry)
{
    /// <param name="firstInquiry">Any number: answers to an earlier life of this speaker must not fit.</param>
    public static MembershipState Create(ulong firstInquiry) => new(Roster.None, default, Empty<DateTimeOffset>(), Empty<WatchedNode>(), Empty<KnownRumor>(), ImmutableSortedSet.Create<string>(StringComparer.Ordinal),
        TimeSpan.MaxValue, Empty<string>(), TimeSpan.MaxValue, firstInquiry);

    /// <summary>When <see cref="MembershipEvent.TimerExpired"/> is to come.</summary>
    public TimeSpan NextDue
    {
        get
        {
            TimeSpan due = NewsDue < IntroductionsDue ? NewsDue : IntroductionsDue;
            foreach ((_, WatchedNode node) in Watched)
            {
                if (node.ContradictAt < due) due = node.ContradictAt;
                if (node.Inquiry is { } inquiry && inquiry.NextAsk < due) due = inquiry.NextAsk;
            }
            return due;
        }
    }

    public MemberView ViewOf(string node) => Watched.TryGetValue(node, out WatchedNode? watched) ? watched.View : RumoredView(node);

    /// <summary>As others tell of it. A node that leaves is told nothing any more; and where all are gone who could tell of its death, nobody knows how it stands.</summary>
    internal MemberView RumoredView(string node)
    {
        if (Roster.Plan.Leaving || !Roster.IsActive || !Rumors.TryGetValue(node, out KnownRumor known)) return MemberView.Unheard;
        return known.Rumor.Standing switch
        {
            Standing.Alive => Roster.Ring.Watchers(node).Any(Vouches) ? new(MemberState.Alive, false) : MemberView.Unheard,
            Standing.Leaving => new(MemberState.Leaving, false),
            _ => new(MemberState.Dead, false),
        };
    }

    private bool Vouches(string watcher) => watcher != Roster.Plan.Node && (Watched.TryGetValue(watcher, out WatchedNode? watched) && watched.Path != PathState.Silent
        ? watched.View.State == MemberState.Alive
        : Rumors.TryGetValue(watcher, out KnownRumor known) && known.Rumor.Standing == Standing.Alive);

    public ValueArray<MemberReport> Report() => Roster.Members.Order(StringComparer.Ordinal).Select(node =>
    {
        MemberView view = ViewOf(node);
        Watched.TryGetValue(node, out WatchedNode? watched);
        DateTimeOffset since = watched?.Since ?? (Rumors.TryGetValue(node, out KnownRumor known) && view.State != MemberState.Unheard ? known.Since : JoinedAt.GetValueOrDefault(node, PlannedAt));
        return new MemberReport(node, view.State, since, view.IsPathFailed, Detail(node, watched, view)) { IsWatched = watched is not null };
    }).ToValueArray();

    private string Detail(string node, WatchedNode? watched, MemberView view)
    {
        if (!Roster.IsActive || Roster.Plan.Leaving) return "";
        if (!Roster.CanReach(node)) return "its address does not go with that of this node";
        if (watched is null) return view.State == MemberState.Unheard ? "others watch it, and none has told of it yet" : "as those tell who watch it";
        string fault = watched.Fault == BfdFault.None ? "" : $"heartbeats cannot be sent or heard: {watched.Fault}";
        string standing = watched.Path switch
        {
            PathState.Up when view.State == MemberState.Leaving => "it says that it leaves",
            // Every neighbor begins with what it knows. Where a firewall passes heartbeats alone, no witness can be asked.
            PathState.Up => watched.IsTalking ? "" : "heartbeats alone have come from it so far, and no datagram",
            PathState.Silent when view.State == MemberState.Unheard => "no heartbeat came through yet",
            PathState.Silent => "no heartbeat came through yet; as others tell",
            _ => view.State == MemberState.Alive ? $"the path is down ({watched.Reason}); others hear it" : $"the path is down ({watched.Reason})",
        };
        return fault.Length == 0 ? standing : standing.Length == 0 ? fault : $"{standing}; {fault}";
    }

    internal static ImmutableSortedDictionary<string, T> Empty<T>() => ImmutableSortedDictionary.Create<string, T>(StringComparer.Ordinal);
}
