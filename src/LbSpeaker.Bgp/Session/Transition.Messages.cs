using LbSpeaker.Bgp.Wire;

namespace LbSpeaker.Bgp.Session;

/// <summary>What the router's messages come to.</summary>
internal sealed partial class Transition
{
    private void Receive(int connection, BgpMessage message)
    {
        if (message is NotificationMessage notification) TakeNotification(connection, notification);
        else if (connection == next.Tracked?.Number) ReceiveTracked(next.Tracked, message);
        else
            switch (next.State, message)
            {
                case (BgpState.OpenSent, OpenMessage open):
                    Accept(open);
                    break;
                // Event 26.
                case (BgpState.OpenConfirm, KeepaliveMessage):
                    BecomeEstablished();
                    break;
                case (BgpState.Established, KeepaliveMessage):
                    StartHold();
                    break;
                case (BgpState.Established, not OpenMessage):
                    // Event 27; RFC 4271 section 4.4 has the timer restarted by KEEPALIVE, UPDATE and, with it, whatever else shows the router alive.
                    StartHold();
                    effects.Add(new SessionEffect.Deliver(message));
                    break;
                default:
                    Unexpected(message);
                    break;
            }
    }

    private void ReceiveTracked(SessionConnection tracked, BgpMessage message)
    {
        if (message is not OpenMessage open)
        {
            DropTracked(new(NotificationError.UnexpectedMessageInOpenSent, [(byte)message.Type]));
            return;
        }
        if (Opening.Judge(open, tracked.Sent!, settings) is { } bad)
        {
            DropTracked(bad.Answer);
            return;
        }
        switch (next.State)
        {
            // RFC 4271 section 6.8: nothing to compare with yet; the first may still be the better one.
            case BgpState.OpenSent:
                StopTimer(SessionTimer.TrackedHold);
                StopTimer(SessionTimer.Hold);
                next = next with { Connection = tracked, Tracked = next.Connection };
                StartTimer(SessionTimer.TrackedHold, settings.OpenHoldTime);
                Accept(open);
                break;
            case BgpState.OpenConfirm when TrackedWins(tracked, open):
                effects.Add(new SessionEffect.Close(next.Connection!.Number, LostCollision));
                Promote();
                Accept(open);
                break;
            // RFC 4271 section 6.8: an established session wins (CollisionDetectEstablishedState is off).
            default:
                DropTracked(LostCollision);
                break;
        }
    }

    /// <summary>RFC 4271 section 6.8: the connection stays that the speaker with the higher identifier has opened; RFC 6286 section 2.3: of equal ones, with the higher AS.</summary>
    private bool TrackedWins(SessionConnection tracked, OpenMessage open)
    {
        // Another speaker than the one we have talked to, or one that has connected twice: the newer word counts.
        if (open.Identifier != next.Terms!.Received.Identifier || tracked.IsDialed == next.Connection!.IsDialed) return true;
        OpenMessage ours = tracked.Sent!;
        bool weAreHigher = ours.Identifier != open.Identifier ? ours.Identifier > open.Identifier : ours.AsNumber > open.AsNumber;
        return tracked.IsDialed == weAreHigher;
    }

    /// <summary>Event 19, or 22.</summary>
    private void Accept(OpenMessage open)
    {
        SessionConnection connection = next.Connection!;
        if (Opening.Judge(open, connection.Sent!, settings) is { } bad)
        {
            Fail(bad.End, bad.Answer);
            return;
        }
        next = next with { State = BgpState.OpenConfirm, Terms = SessionTerms.Of(connection.Sent!, open, settings.Peer.KeepaliveTime) };
        Send(connection.Number, KeepaliveMessage.Instance);
        StopTimer(SessionTimer.Hold);
        StartHold();
        StartKeepalive();
    }

    private void BecomeEstablished()
    {
        // An attempt of ours that is still under way could only lose.
        if (next.Tracked is { Sent: null }) DropTracked(null);
        next = next with { State = BgpState.Established };
        StartHold();
        StartSendHold();
        StartTimer(SessionTimer.Stable, settings.StableTime);
        effects.Add(new SessionEffect.SessionUp(next.Connection!.Number, next.Terms!));
    }

    /// <summary>Events 24 and 25.</summary>
    private void TakeNotification(int connection, NotificationMessage notification)
    {
        SessionEnd end = new(SessionEndReason.NotificationReceived, $"the router ended it: {notification}");
        // A collision's loser is told so; the other connection goes on.
        if (connection == next.Tracked?.Number || (next.Tracked is not null && notification.Error.Code == NotificationError.CeaseUnspecific.Code)) Lose(connection, end);
        else Fail(end, null);
    }

    /// <summary>RFC 6608 section 3: the subcode says in which state, the data which message.</summary>
    private void Unexpected(BgpMessage message)
    {
        NotificationError error = next.State switch
        {
            BgpState.OpenSent => NotificationError.UnexpectedMessageInOpenSent,
            BgpState.OpenConfirm => NotificationError.UnexpectedMessageInOpenConfirm,
            _ => NotificationError.UnexpectedMessageInEstablished,
        };
        Fail(new(SessionEndReason.UnexpectedMessage, $"the router sent {Article(message.Type)} {NameOf(message.Type)} in {next.State}"), new(error, [(byte)message.Type]));
    }

    /// <summary>Events 21, 22 and 28.</summary>
    private void Refuse(int connection, NotificationMessage answer)
    {
        if (connection == next.Tracked?.Number) DropTracked(answer);
        else Fail(new(SessionEndReason.MalformedMessage, $"what the router sent was answered with {answer}"), answer);
    }

    private static string NameOf(MessageType type) => type == MessageType.RouteRefresh ? "ROUTE-REFRESH" : type.ToString().ToUpperInvariant();

    private static string Article(MessageType type) => type is MessageType.Open or MessageType.Update ? "an" : "a";
}
