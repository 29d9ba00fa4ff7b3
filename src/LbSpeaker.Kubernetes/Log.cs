using Microsoft.Extensions.Logging;

namespace LbSpeaker.Kubernetes;

/// <summary>Everything this room logs; event ids 3000 to 3099.</summary>
internal static partial class Log
{
    [LoggerMessage(3001, LogLevel.Debug, "listed {Kind} in {Namespace}: {Count} objects at resourceVersion {ResourceVersion}")]
    public static partial void Listed(this ILogger logger, string kind, string @namespace, int count, string resourceVersion);

    [LoggerMessage(3002, LogLevel.Warning, "listing {Kind} failed, again in {Delay}: {Reason}")]
    public static partial void ListFailed(this ILogger logger, string kind, TimeSpan delay, string reason);

    [LoggerMessage(3003, LogLevel.Warning, "the API server does not know {Kind} ({Path}): its CustomResourceDefinition is missing; install the CRDs. Asking again in {Delay}")]
    public static partial void KindMissing(this ILogger logger, string kind, string path, TimeSpan delay);

    [LoggerMessage(3004, LogLevel.Debug, "the watch of {Kind} ended ({Reason}); resuming from resourceVersion {ResourceVersion} in {Delay}")]
    public static partial void WatchEnded(this ILogger logger, string kind, string reason, string resourceVersion, TimeSpan delay);

    [LoggerMessage(3005, LogLevel.Information, "the watch of {Kind} cannot go on ({Reason}); listing again in {Delay}")]
    public static partial void WatchExpired(this ILogger logger, string kind, string reason, TimeSpan delay);

    [LoggerMessage(3006, LogLevel.Warning, "{Kind} {Key} has a wrong shape: {Faults}")]
    public static partial void WrongShape(this ILogger logger, string kind, string key, string faults);

    [LoggerMessage(3007, LogLevel.Information, "every watched kind has been listed")]
    public static partial void Synced(this ILogger logger);

    [LoggerMessage(3008, LogLevel.Information, "live speakers: {Nodes}")]
    public static partial void LiveSpeakers(this ILogger logger, string nodes);

    [LoggerMessage(3009, LogLevel.Warning, "the list of {Kind} is still of resourceVersion {Version} and older than {Newest}, which was seen: the API server was set back, and it is taken")]
    public static partial void OlderListTaken(this ILogger logger, string kind, string version, string newest);

    [LoggerMessage(3010, LogLevel.Information, "{Kind} in {Namespace} cannot be read and counts as missing: {Reason}")]
    public static partial void CountsAsMissing(this ILogger logger, string kind, string @namespace, string reason);

    [LoggerMessage(3020, LogLevel.Warning, "writing {What} failed, again in {Delay}: {Reason}")]
    public static partial void WriteFailed(this ILogger logger, string what, TimeSpan delay, string reason);

    [LoggerMessage(3021, LogLevel.Error, "the API server refuses {What}: {Reason}")]
    public static partial void WriteRefused(this ILogger logger, string what, string reason);

    [LoggerMessage(3022, LogLevel.Debug, "{What} changed meanwhile; the watch will tell")]
    public static partial void WriteConflict(this ILogger logger, string what);

    [LoggerMessage(3023, LogLevel.Debug, "wrote {What}")]
    public static partial void Wrote(this ILogger logger, string what);

    [LoggerMessage(3024, LogLevel.Information, "the own Pod {Namespace}/{Name} cannot be read ({Reason}): what is created here has no owner and stays when the Pod goes")]
    public static partial void NoOwnerPod(this ILogger logger, string @namespace, string name, string reason);

    [LoggerMessage(3025, LogLevel.Warning, "event {EventReason} of {Key} is given up: {Reason}")]
    public static partial void EventGivenUp(this ILogger logger, string eventReason, string key, string reason);

    [LoggerMessage(3030, LogLevel.Information, "leading as {Identity}")]
    public static partial void Leading(this ILogger logger, string identity);

    [LoggerMessage(3031, LogLevel.Warning, "lost the lead as {Identity}: {Reason}")]
    public static partial void LostLead(this ILogger logger, string identity, string reason);

    [LoggerMessage(3032, LogLevel.Information, "gave the lead back as {Identity}")]
    public static partial void ReleasedLead(this ILogger logger, string identity);

    [LoggerMessage(3033, LogLevel.Information, "waiting for the lead; {Holder} holds it")]
    public static partial void WaitingForLead(this ILogger logger, string holder);

    [LoggerMessage(3034, LogLevel.Warning, "renewing the Lease {Name} failed: {Reason}")]
    public static partial void LeaseNotRenewed(this ILogger logger, string name, string reason);

    [LoggerMessage(3035, LogLevel.Warning, "the Secret {Name} cannot be read or made ({Reason}): without it speakers do not hear each other, and their Leases alone tell which of them live")]
    public static partial void HeartbeatSecretMissing(this ILogger logger, string name, string reason);
}
