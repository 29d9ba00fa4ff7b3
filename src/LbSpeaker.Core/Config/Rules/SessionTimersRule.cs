namespace LbSpeaker.Core.Config.Rules;

/// <summary>The timers of a session fit each other and the protocol (RFC 4271 sections 4.2 and 10). Parts of seconds are cut off.</summary>
internal static class SessionTimersRule
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(ushort.MaxValue);

    /// <summary>Where only one is given the other follows: keepalive a third of hold. Where none is, 90 and 30 seconds.</summary>
    public static (TimeSpan Hold, TimeSpan Keepalive) Compile(TimeSpan? holdTime, TimeSpan? keepaliveTime, Faults faults)
    {
        if (keepaliveTime < TimeSpan.Zero)
        {
            faults.Add(ProblemReason.OutOfRange, $"keepaliveTime is {keepaliveTime.Value.TotalSeconds:0.###} s: expected 0 or more");
            keepaliveTime = null;
        }
        TimeSpan hold = WholeSeconds(holdTime ?? (keepaliveTime is { } given ? given * 3 : TimeSpan.FromSeconds(90)));
        TimeSpan keepalive = WholeSeconds(keepaliveTime ?? hold / 3);
        if (hold < TimeSpan.Zero || hold > Longest || hold > TimeSpan.Zero && hold < TimeSpan.FromSeconds(3))
            faults.Add(ProblemReason.OutOfRange, $"holdTime{(holdTime is null ? ", three times keepaliveTime," : "")} is {hold.TotalSeconds:0} s: expected 0, or 3 s to {Longest.TotalSeconds:0} s");
        if (keepalive > hold)
            faults.Add(ProblemReason.OutOfRange, $"keepaliveTime is {keepalive.TotalSeconds:0} s: expected no more than holdTime, {hold.TotalSeconds:0} s");
        // With a hold time below 3 keepalives a keepalive of 0 would be none at all.
        return (hold, keepalive == TimeSpan.Zero ? hold / 3 : keepalive);
    }

    public static TimeSpan? CompileConnectTime(TimeSpan? connectTime, Faults faults)
    {
        if (connectTime is not { } time) return null;
        if (time != WholeSeconds(time) || time < TimeSpan.FromSeconds(1) || time > Longest)
            faults.Add(ProblemReason.OutOfRange, $"connectTime is {time.TotalSeconds:0.###} s: expected whole seconds from 1 s to {Longest.TotalSeconds:0} s");
        return time;
    }

    private static TimeSpan WholeSeconds(TimeSpan time) => TimeSpan.FromSeconds(Math.Truncate(time.TotalSeconds));
}
