using System.Threading.Channels;
using LbSpeaker.Bgp.Session;

namespace LbSpeaker.Bgp.Peering;

/// <summary>
/// The timers of one session. A timer that is started anew before it has expired, as the hold timer is at each message, costs no more than a number: its alarm goes
/// off at the old time and is set again for the rest.
/// </summary>
internal sealed class PeerTimers(TimeProvider time, Random jitter, ChannelWriter<PeerMessage> mailbox) : IDisposable
{
    private sealed class Clock
    {
        public ITimer? Alarm { get; set; }

        /// <summary>When the alarm goes off; null: it is not set.</summary>
        public long? AlarmAt { get; set; }

        public long Deadline { get; set; }

        public int Epoch { get; set; }
    }

    private readonly Dictionary<SessionTimer, Clock> clocks = [];

    public void Start(SessionEffect.StartTimer effect)
    {
        if (!clocks.TryGetValue(effect.Timer, out Clock? clock)) clocks[effect.Timer] = clock = new();
        // RFC 4271 section 10: a factor from 0.75 to 1.
        TimeSpan delay = effect.IsJittered ? effect.Delay * (1 - jitter.NextDouble() / 4) : effect.Delay;
        clock.Epoch = effect.Epoch;
        clock.Deadline = time.GetTimestamp() + (long)(delay.TotalSeconds * time.TimestampFrequency);
        if (clock.AlarmAt is not { } at || at > clock.Deadline) Set(effect.Timer, clock);
    }

    public void Stop(SessionTimer timer)
    {
        if (clocks.TryGetValue(timer, out Clock? clock)) clock.Epoch = 0;
    }

    /// <summary>An alarm has gone off.</summary>
    /// <returns>The epoch that has expired; null where none has.</returns>
    public int? Expire(SessionTimer timer)
    {
        Clock clock = clocks[timer];
        clock.AlarmAt = null;
        if (clock.Epoch == 0) return null;
        if (time.GetTimestamp() < clock.Deadline)
        {
            Set(timer, clock);
            return null;
        }
        int epoch = clock.Epoch;
        clock.Epoch = 0;
        return epoch;
    }

    public void Dispose()
    {
        foreach (Clock clock in clocks.Values) clock.Alarm?.Dispose();
    }

    private void Set(SessionTimer timer, Clock clock)
    {
        clock.Alarm ??= time.CreateTimer(_ => mailbox.TryWrite(new PeerMessage.Alarm(timer)), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        clock.AlarmAt = clock.Deadline;
        TimeSpan delay = time.GetElapsedTime(time.GetTimestamp(), clock.Deadline);
        // Rounded up: an alarm that goes off early has to be set once more.
        clock.Alarm.Change(delay > TimeSpan.Zero ? TimeSpan.FromMilliseconds(Math.Ceiling(delay.TotalMilliseconds)) : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }
}
