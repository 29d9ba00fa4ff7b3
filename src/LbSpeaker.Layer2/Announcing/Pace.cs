namespace LbSpeaker.Layer2.Announcing;

/// <summary>So many a second, and no more. Time is counted from any fixed moment and never goes back.</summary>
/// <param name="perSecond">1 and up.</param>
/// <param name="window">How much may be caught up at once after an idle time.</param>
internal sealed class Pace(int perSecond, TimeSpan window)
{
    private readonly TimeSpan slot = TimeSpan.FromSeconds(1.0 / perSecond);

    /// <summary>When the next one may be.</summary>
    public TimeSpan Next { get; private set; } = TimeSpan.MinValue;

    public bool TryTake(TimeSpan now)
    {
        if (Next < now - window) Next = now - window;
        if (Next > now) return false;
        Next += slot;
        return true;
    }
}
