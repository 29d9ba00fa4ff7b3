using System.Globalization;
using System.Net;
using System.Text;

namespace LbSpeaker.Lab.Api.Cel;

/// <summary>Sizes and conversions of the standard library.</summary>
internal static class CelStandard
{
    public static IEnumerable<CelFunction> Functions =>
    [
        CelFunction.Global("size", 1, a => Size(a[0])),
        CelFunction.Method<object>("size", Size),
        CelFunction.Global("dyn", 1, a => a[0]),
        CelFunction.Global("int", 1, a => ToInt(a[0])),
        CelFunction.Global("uint", 1, a => ToUint(a[0])),
        CelFunction.Global("double", 1, a => ToDouble(a[0])),
        CelFunction.Global("string", 1, a => Text(a[0])),
        CelFunction.Global("bytes", 1, a => a[0] switch { string s => Encoding.UTF8.GetBytes(s), byte[] b => b, _ => throw CelValue.NoOverload() }),
        CelFunction.Global("bool", 1, a => ToBool(a[0])),
    ];

    private static object Size(object? value) => value switch
    {
        string text => (long)text.EnumerateRunes().Count(),
        byte[] bytes => (long)bytes.Length,
        IReadOnlyList<object?> list => (long)list.Count,
        CelMap map => (long)map.Count,
        _ => throw CelValue.NoOverload(),
    };

    private static long ToInt(object? value) => value switch
    {
        long n => n,
        ulong n => n <= long.MaxValue ? (long)n : throw OutOfRange("int"),
        double d => d > long.MinValue && d < long.MaxValue ? (long)d : throw OutOfRange("int"),
        string s when long.TryParse(s, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var n) => n,
        DateTimeOffset t => t.ToUnixTimeSeconds(),
        string => throw new CelEvaluationException("type conversion error from 'string' to 'int'"),
        _ => throw CelValue.NoOverload(),
    };

    private static ulong ToUint(object? value) => value switch
    {
        ulong n => n,
        long n => n >= 0 ? (ulong)n : throw OutOfRange("uint"),
        double d => d >= 0 && d < ulong.MaxValue ? (ulong)d : throw OutOfRange("uint"),
        string s when ulong.TryParse(s, NumberStyles.None, CultureInfo.InvariantCulture, out var n) => n,
        string => throw new CelEvaluationException("type conversion error from 'string' to 'uint'"),
        _ => throw CelValue.NoOverload(),
    };

    private static double ToDouble(object? value) => value switch
    {
        double d => d,
        long n => (double)n,
        ulong n => (double)n,
        string s when double.TryParse(s, NumberStyles.Float, CultureInfo.InvariantCulture, out var d) => d,
        string => throw new CelEvaluationException("type conversion error from 'string' to 'double'"),
        _ => throw CelValue.NoOverload(),
    };

    private static bool ToBool(object? value) => value switch
    {
        bool b => b,
        "1" or "t" or "T" or "true" or "TRUE" or "True" => true,
        "0" or "f" or "F" or "false" or "FALSE" or "False" => false,
        string => throw new CelEvaluationException("type conversion error from 'string' to 'bool'"),
        _ => throw CelValue.NoOverload(),
    };

    /// <summary>What string() makes of a value.</summary>
    public static string Text(object? value) => value switch
    {
        string s => s,
        bool b => b ? "true" : "false",
        long n => n.ToString(CultureInfo.InvariantCulture),
        ulong n => n.ToString(CultureInfo.InvariantCulture),
        double d => d.ToString("R", CultureInfo.InvariantCulture).Replace("E", "e", StringComparison.Ordinal),
        byte[] b => Encoding.UTF8.GetString(b),
        TimeSpan t => CelTimes.Text(t),
        DateTimeOffset t => CelTimes.Text(t),
        IPAddress ip => ip.ToString(),
        CelCidr cidr => cidr.ToString(),
        _ => throw CelValue.NoOverload(),
    };

    private static CelEvaluationException OutOfRange(string type) => new($"range error converting to {type}");
}
