using LbSpeaker.Bgp.Wire;
using LbSpeaker.Core.Net;

namespace LbSpeaker.Bgp.Session;

/// <summary>What may happen to a session. In brackets the numbers of RFC 4271 section 8.1.</summary>
public abstract record SessionEvent
{
    private SessionEvent() { }

    /// <summary>It is wanted from now on (1, 3 to 7: which of them the settings say).</summary>
    public sealed record Start : SessionEvent;

    /// <summary>It is wanted no longer (2, 8).</summary>
    /// <param name="End">Deconfigured, SettingsChanged or Shutdown.</param>
    public sealed record Stop(SessionEnd End) : SessionEvent;

    /// <summary>It must not be begun. One that runs goes on.</summary>
    public sealed record Deny(StartDenial Denial) : SessionEvent;

    public sealed record Allow(StartDenial Denial) : SessionEvent;

    public sealed record BfdChanged(bool IsUp) : SessionEvent;

    /// <summary>(9 to 13)</summary>
    /// <param name="HasUnread">Octets of the router wait to be read.</param>
    public sealed record TimerExpired(SessionTimer Timer, int Epoch, bool HasUnread = false) : SessionEvent;

    /// <summary>A connection is open: one that we dialed (16) or one that we accepted (17).</summary>
    /// <param name="Identifier">Our BGP identifier on it.</param>
    /// <param name="IsRestart">This process is young and has had no session with the router yet: it may have had one in an earlier life.</param>
    public sealed record ConnectionOpened(int Connection, bool IsDialed, IpAddress Identifier, bool IsRestart) : SessionEvent;

    /// <summary>A connection could not be opened, or is gone (18).</summary>
    public sealed record ConnectionFailed(int Connection, SessionEnd End) : SessionEvent;

    /// <summary>(19, 24 to 27)</summary>
    public sealed record Received(int Connection, BgpMessage Message) : SessionEvent;

    /// <summary>What came is no message, or one that ends the session (21, 22, 28).</summary>
    /// <param name="Answer">What to say before the connection is closed.</param>
    public sealed record ReceivedInvalid(int Connection, NotificationMessage Answer) : SessionEvent;

    /// <summary>TCP took octets of ours.</summary>
    public sealed record Written(int Connection) : SessionEvent;
}
