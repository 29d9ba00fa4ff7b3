using LbSpeaker.Bgp.Wire;

namespace LbSpeaker.Bgp.Session;

/// <summary>What is to be done after an event, in the order in which it stands.</summary>
public abstract record SessionEffect
{
    private SessionEffect() { }

    public sealed record Connect(int Connection) : SessionEffect;

    public sealed record Send(int Connection, BgpMessage Message) : SessionEffect;

    /// <summary>Closes a connection, or gives up the attempt at it.</summary>
    /// <param name="LastWords">Sent before, as far as TCP takes it in short time; null: nothing.</param>
    public sealed record Close(int Connection, NotificationMessage? LastWords) : SessionEffect;

    /// <summary>Replaces one of the same name that runs.</summary>
    /// <param name="IsJittered">To be shortened by up to a quarter (RFC 4271 section 10).</param>
    public sealed record StartTimer(SessionTimer Timer, int Epoch, TimeSpan Delay, bool IsJittered) : SessionEffect;

    public sealed record StopTimer(SessionTimer Timer) : SessionEffect;

    /// <summary>Routes may be exchanged on this connection.</summary>
    public sealed record SessionUp(int Connection, SessionTerms Terms) : SessionEffect;

    /// <summary>The session is over, or the attempt at one. What was sent is forgotten.</summary>
    public sealed record Ended(SessionEnd End) : SessionEffect;

    /// <summary>UPDATE, End-of-RIB or ROUTE-REFRESH of an established session.</summary>
    public sealed record Deliver(BgpMessage Message) : SessionEffect;
}
