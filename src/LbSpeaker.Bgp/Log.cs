using Microsoft.Extensions.Logging;

namespace LbSpeaker.Bgp;

/// <summary>Everything this room logs; event ids 4000 to 4099.</summary>
internal static partial class Log
{
    [LoggerMessage(4001, LogLevel.Information, "BGP session {Name} with {Peer} is up: AS {RemoteAs}, identifier {RemoteIdentifier}, hold time {HoldTime}, {Families}")]
    public static partial void SessionUp(this ILogger logger, string name, string peer, uint remoteAs, string remoteIdentifier, TimeSpan holdTime, string families);

    [LoggerMessage(4002, LogLevel.Warning, "BGP session {Name} with {Peer} is down after {Uptime}: {Reason}: {Text}")]
    public static partial void SessionDown(this ILogger logger, string name, string peer, TimeSpan uptime, string reason, string text);

    [LoggerMessage(4003, LogLevel.Warning, "BGP session {Name} with {Peer} does not come up: {Reason}: {Text}. Further attempts that end the same way are not logged")]
    public static partial void AttemptFailed(this ILogger logger, string name, string peer, string reason, string text);

    [LoggerMessage(4004, LogLevel.Information, "BGP session {Name} with {Peer} is ended: {Reason}: {Text}")]
    public static partial void SessionEnded(this ILogger logger, string name, string peer, string reason, string text);

    [LoggerMessage(4005, LogLevel.Warning, "BGP session {Name}: {Peer} sent a faulty UPDATE: {Findings}")]
    public static partial void FaultyUpdate(this ILogger logger, string name, string peer, string findings);

    [LoggerMessage(4006, LogLevel.Warning, "BGP session {Name} with {Peer}: routes are withheld: {Withheld}")]
    public static partial void Withheld(this ILogger logger, string name, string peer, string withheld);

    [LoggerMessage(4007, LogLevel.Warning, "{Fault}")]
    public static partial void AnnouncerFault(this ILogger logger, string fault);

    [LoggerMessage(4008, LogLevel.Information, "BGP: a connection that no BGPPeer of this node expects was closed")]
    public static partial void StrangerRefused(this ILogger logger);
}
