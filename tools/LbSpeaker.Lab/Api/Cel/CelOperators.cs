namespace LbSpeaker.Lab.Api.Cel;

/// <summary>The binary operators without the logic ones.</summary>
internal static class CelOperators
{
    public static object Apply(string op, object? left, object? right)
    {
        switch (op)
        {
            case "==":
                return CelValue.Equals(left, right);
            case "!=":
                return !CelValue.Equals(left, right);
            case "<":
                return CelValue.Compare(left, right) < 0;
            case "<=":
                return CelValue.Compare(left, right) <= 0;
            case ">":
                return CelValue.Compare(left, right) > 0;
            case ">=":
                return CelValue.Compare(left, right) >= 0;
            case "in":
                return right switch
                {
                    IReadOnlyList<object?> list => list.Any(item => CelValue.Equals(left, item)),
                    CelMap map => map.TryGet(left, out _),
                    _ => throw CelValue.NoOverload(),
                };
        }
        try
        {
            return Arithmetic(op, left, right);
        }
        catch (OverflowException)
        {
            throw new CelEvaluationException(left is ulong ? "unsigned integer overflow" : "integer overflow");
        }
        catch (DivideByZeroException)
        {
            throw new CelEvaluationException(op == "%" ? "modulus by zero" : "division by zero");
        }
    }

    private static object Arithmetic(string op, object? left, object? right) => checked((op, left, right) switch
    {
        ("+", long a, long b) => a + b,
        ("-", long a, long b) => a - b,
        ("*", long a, long b) => a * b,
        ("/", long a, long b) => a / b,
        ("%", long a, long b) => a % b,
        ("+", ulong a, ulong b) => a + b,
        ("-", ulong a, ulong b) => a - b,
        ("*", ulong a, ulong b) => a * b,
        ("/", ulong a, ulong b) => a / b,
        ("%", ulong a, ulong b) => a % b,
        ("+", double a, double b) => a + b,
        ("-", double a, double b) => a - b,
        ("*", double a, double b) => a * b,
        ("/", double a, double b) => a / b,
        ("+", string a, string b) => a + b,
        ("+", byte[] a, byte[] b) => (byte[])[.. a, .. b],
        ("+", IReadOnlyList<object?> a, IReadOnlyList<object?> b) => (object)new List<object?>([.. a, .. b]),
        ("+", TimeSpan a, TimeSpan b) => a + b,
        ("-", TimeSpan a, TimeSpan b) => a - b,
        ("+", DateTimeOffset a, TimeSpan b) => a + b,
        ("+", TimeSpan a, DateTimeOffset b) => b + a,
        ("-", DateTimeOffset a, TimeSpan b) => a - b,
        ("-", DateTimeOffset a, DateTimeOffset b) => a - b,
        _ => throw CelValue.NoOverload(),
    });
}
