using System.Globalization;
using System.Text.RegularExpressions;

namespace LbSpeaker.Lab.Api.Cel;

/// <summary>Durations and timestamps. A tick of .NET is 100 ns, so finer parts of a duration are lost.</summary>
internal static partial class CelTimes
{
    public static IEnumerable<CelFunction> Functions =>
    [
        CelFunction.Global("duration", 1, a => a[0] switch
        {
            TimeSpan span => span,
            string text => ParseDuration(text) ?? throw new CelEvaluationException($"time: invalid duration \"{text}\""),
            _ => throw CelValue.NoOverload(),
        }),
        CelFunction.Global("timestamp", 1, a => a[0] switch
        {
            DateTimeOffset time => time,
            string text => ParseTimestamp(text) ?? throw new CelEvaluationException($"invalid timestamp \"{text}\""),
            long seconds => DateTimeOffset.FromUnixTimeSeconds(seconds),
            _ => throw CelValue.NoOverload(),
        }),
        Part("getHours", span => (long)span.TotalHours, time => time.Hour),
        Part("getMinutes", span => (long)span.TotalMinutes, time => time.Minute),
        Part("getSeconds", span => (long)span.TotalSeconds, time => time.Second),
        Part("getMilliseconds", span => span.Milliseconds, time => time.Millisecond),
        CelFunction.Method<DateTimeOffset>("getFullYear", time => (long)time.UtcDateTime.Year),
        CelFunction.Method<DateTimeOffset>("getMonth", time => (long)time.UtcDateTime.Month - 1),
        CelFunction.Method<DateTimeOffset>("getDate", time => (long)time.UtcDateTime.Day),
        CelFunction.Method<DateTimeOffset>("getDayOfMonth", time => (long)time.UtcDateTime.Day - 1),
        CelFunction.Method<DateTimeOffset>("getDayOfWeek", time => (long)time.UtcDateTime.DayOfWeek),
        CelFunction.Method<DateTimeOffset>("getDayOfYear", time => (long)time.UtcDateTime.DayOfYear - 1),
    ];

    private static CelFunction Part(string name, Func<TimeSpan, long> ofSpan, Func<DateTime, long> ofTime) => new(name, true, 1, a => a[0] switch
    {
        TimeSpan span => ofSpan(span),
        DateTimeOffset time => ofTime(time.UtcDateTime),
        _ => throw CelValue.NoOverload(),
    });

    /// <summary>A duration as Go writes it (<c>1h30m</c>, <c>-1.5s</c>, <c>300ms</c>); null when it is none.</summary>
    public static TimeSpan? ParseDuration(string text)
    {
        if (text is "0" or "+0" or "-0")
            return TimeSpan.Zero;
        if (GoDuration().Match(text) is not { Success: true } match)
            return null;
        var ticks = 0m;
        for (var i = 0; i < match.Groups[2].Captures.Count; i++)
        {
            if (!decimal.TryParse(match.Groups[2].Captures[i].Value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number))
                return null;
            ticks += number * match.Groups[3].Captures[i].Value switch
            {
                "h" => TimeSpan.TicksPerHour,
                "m" => TimeSpan.TicksPerMinute,
                "s" => TimeSpan.TicksPerSecond,
                "ms" => TimeSpan.TicksPerMillisecond,
                "us" or "µs" or "μs" => TimeSpan.TicksPerMicrosecond,
                _ => 0.01m,
            };
            // Go counts nanoseconds in 63 bits.
            if (ticks > long.MaxValue / 100)
                return null;
        }
        return new TimeSpan((long)(match.Groups[1].Value == "-" ? -ticks : ticks));
    }

    [GeneratedRegex(@"^([-+]?)(?:([0-9]+(?:\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h))+\z", RegexOptions.CultureInvariant)]
    private static partial Regex GoDuration();

    /// <summary>RFC 3339 with a zone; null when it is none.</summary>
    public static DateTimeOffset? ParseTimestamp(string text) =>
        Rfc3339().IsMatch(text) && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.None, out var time) ? time : null;

    [GeneratedRegex(@"^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[-+]\d{2}:\d{2})\z", RegexOptions.CultureInvariant)]
    private static partial Regex Rfc3339();

    public static string Text(TimeSpan span) => (span.Ticks / 1e7).ToString("0.#######", CultureInfo.InvariantCulture) + "s";

    public static string Text(DateTimeOffset time) => time.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", CultureInfo.InvariantCulture);
}
