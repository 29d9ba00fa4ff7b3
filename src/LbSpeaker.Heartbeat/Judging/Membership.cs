using LbSpeaker.Heartbeat.Wire;

namespace LbSpeaker.Heartbeat.Judging;

/// <summary>
/// Who is alive, as a function. A path that fails is a suspicion: whoever could hear the node is asked, and it is dead once nobody does. What a speaker finds out it tells, and what is
/// news it passes on, so that it is known everywhere.
/// </summary>
public static class Membership
{
    public static (MembershipState Next, MembershipEffects Effects) Step(MembershipState state, MembershipEvent happened, HeartbeatSettings settings)
    {
        Turn turn = new(state, happened.At, settings);
        if (happened is MembershipEvent.Received message) turn.Spoke(message.From);
        switch (happened)
        {
            case MembershipEvent.PlanChanged changed: turn.Follow(changed.Plan); break;
            case MembershipEvent.PathChanged { IsUp: true } up: turn.PathUp(up.Node); break;
            case MembershipEvent.PathChanged down: turn.PathDown(down.Node, down.Reason); break;
            case MembershipEvent.FaultChanged changed: turn.Fault(changed.Node, changed.Fault); break;
            case MembershipEvent.Received { Message: HeartbeatMessage.Ask ask } received: turn.Asked(received.From, ask); break;
            case MembershipEvent.Received { Message: HeartbeatMessage.Answer answer } received: turn.Answered(received.From, answer); break;
            case MembershipEvent.Received { Message: HeartbeatMessage.Notice notice }: turn.Told(notice); break;
            case MembershipEvent.TimerExpired: turn.TimerExpired(); break;
        }
        return turn.End();
    }
}
