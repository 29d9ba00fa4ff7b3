using System.Globalization;
using System.Numerics;

namespace LbSpeaker.Core.Config.Rules;

/// <summary>A number lies in its range.</summary>
internal static class RangeRule
{
    /// <summary>The number itself, in range or not; a fault names the range.</summary>
    public static T Check<T>(T number, T first, T last, string field, Faults faults) where T : INumber<T>
    {
        if (number < first || number > last) faults.Add(ProblemReason.OutOfRange, string.Create(CultureInfo.InvariantCulture, $"{field} is {number}: expected {first} to {last}"));
        return number;
    }
}
