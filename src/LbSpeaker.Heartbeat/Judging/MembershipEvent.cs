using LbSpeaker.Bfd;
using LbSpeaker.Heartbeat.Wire;

namespace LbSpeaker.Heartbeat.Judging;

/// <summary>A moment on both clocks.</summary>
/// <param name="Now">The monotonic one, by which all is timed.</param>
/// <param name="WallClock">For the times in reports alone.</param>
public readonly record struct Moment(TimeSpan Now, DateTimeOffset WallClock);

/// <summary>What can happen to a speaker's view of the others.</summary>
public abstract record MembershipEvent(Moment At)
{
    public sealed record PlanChanged(Moment At, HeartbeatPlan Plan) : MembershipEvent(At);

    /// <summary>The session with a node came up, or is down.</summary>
    /// <param name="Reason">None while it is up.</param>
    public sealed record PathChanged(Moment At, string Node, bool IsUp, DownReason Reason) : MembershipEvent(At);

    /// <summary>Something keeps the session with a node from sending or hearing, or does so no more.</summary>
    public sealed record FaultChanged(Moment At, string Node, BfdFault Fault) : MembershipEvent(At);

    /// <summary>An authentic message of a member, none twice and none that was overtaken.</summary>
    public sealed record Received(Moment At, string From, HeartbeatMessage Message) : MembershipEvent(At);

    /// <summary><see cref="MembershipState.NextDue"/> has come.</summary>
    public sealed record TimerExpired(Moment At) : MembershipEvent(At);
}

/// <summary>A message to be sent, once; it may be lost.</summary>
public readonly record struct Outgoing(string To, HeartbeatMessage Message);

/// <summary>What a step wants done beside the next state and its timer.</summary>
/// <param name="ReportChanged">A member stands otherwise than before.</param>
public readonly record struct MembershipEffects(IReadOnlyList<Outgoing> Outgoing, bool ReportChanged);
