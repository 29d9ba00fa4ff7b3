namespace LbSpeaker.Layer2.Capture;

/// <summary>
/// Notices that this process stood still: stopped, frozen, starved. Whoever stood still may have been taken for dead, and another node answers for him; so nothing is answered
/// or announced by what was decided before. Any thread may look, and one looks each <see cref="Interval"/>, so that a longer gap is no idleness.
/// </summary>
/// <param name="patience">A gap that is longer is a standstill; at least twice <see cref="Interval"/>.</param>
internal sealed class Standstills(TimeProvider time, TimeSpan patience)
{
    public static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    private readonly Lock gate = new();
    private long last = time.GetTimestamp();
    private int count;

    public TimeSpan Patience => patience;

    /// <summary>How many there have been until now.</summary>
    public int Look()
    {
        lock (gate)
        {
            long now = time.GetTimestamp();
            if (time.GetElapsedTime(last, now) > patience) count++;
            last = now;
            return count;
        }
    }
}
