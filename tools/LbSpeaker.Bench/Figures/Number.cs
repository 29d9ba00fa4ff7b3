using System.Globalization;

namespace LbSpeaker.Bench.Figures;

/// <summary>Numbers as people read them.</summary>
internal static class Number
{
    /// <summary>Three digits, thousands parted: more would claim what no run of a shared machine can know.</summary>
    public static string Text(double value)
    {
        if (value == 0) return "0";
        int magnitude = (int)Math.Floor(Math.Log10(Math.Abs(value)));
        double rounded = magnitude >= 3 ? Math.Round(value / Math.Pow(10, magnitude - 2)) * Math.Pow(10, magnitude - 2) : Math.Round(value, Math.Clamp(2 - magnitude, 0, 15));
        return rounded.ToString("#,##0.#########", CultureInfo.InvariantCulture);
    }

    public static string Text(double value, string unit) => $"{Text(value)} {unit}";
}
