using System.Globalization;

namespace LbSpeaker.Bfd;

/// <summary>
/// An interval as BFD has it everywhere: whole microseconds in 32 bits (RFC 5880 section 4.1). A type of its own, so that milliseconds of a configuration cannot
/// slip onto the wire as microseconds.
/// </summary>
public readonly record struct BfdInterval(uint Microseconds) : IComparable<BfdInterval>
{
    public static BfdInterval Zero => default;

    public static BfdInterval OneSecond => new(1_000_000);

    /// <param name="milliseconds">0 to 4,294,967.</param>
    /// <exception cref="ArgumentOutOfRangeException">It does not fit in 32 bits of microseconds.</exception>
    public static BfdInterval FromMilliseconds(int milliseconds)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(milliseconds);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(milliseconds, 4_294_967);
        return new((uint)milliseconds * 1000);
    }

    public static BfdInterval Max(BfdInterval left, BfdInterval right) => left > right ? left : right;

    public TimeSpan ToTimeSpan() => TimeSpan.FromTicks(Microseconds * TimeSpan.TicksPerMicrosecond);

    public int CompareTo(BfdInterval other) => Microseconds.CompareTo(other.Microseconds);

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Microseconds / 1000.0:0.###} ms");

    public static bool operator <(BfdInterval left, BfdInterval right) => left.Microseconds < right.Microseconds;

    public static bool operator >(BfdInterval left, BfdInterval right) => left.Microseconds > right.Microseconds;

    public static bool operator <=(BfdInterval left, BfdInterval right) => left.Microseconds <= right.Microseconds;

    public static bool operator >=(BfdInterval left, BfdInterval right) => left.Microseconds >= right.Microseconds;
}
