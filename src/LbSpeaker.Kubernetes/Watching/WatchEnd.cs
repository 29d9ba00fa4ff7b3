namespace LbSpeaker.Kubernetes.Watching;

internal enum WatchEndKind
{
    /// <summary>The server closed it, as it does with every watch: resume.</summary>
    Closed,
    /// <summary>Broken or refused for now: resume after a pause.</summary>
    Failed,
    /// <summary>Its resourceVersion leads nowhere any more: list again.</summary>
    Expired,
}

/// <param name="Version">Where to resume.</param>
/// <param name="Progressed">It brought an event or a bookmark.</param>
internal readonly record struct WatchEnd(WatchEndKind Kind, string Version, bool Progressed, string Reason, TimeSpan? RetryAfter);

/// <summary>How far one watch has come.</summary>
internal sealed class WatchReading(string version)
{
    private string version = version;
    private bool progressed;

    public void Advance(string to)
    {
        version = to;
        progressed = true;
    }

    public WatchEnd End(WatchEndKind kind, string reason, TimeSpan? retryAfter = null) => new(kind, version, progressed, reason, retryAfter);
}
