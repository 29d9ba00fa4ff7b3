namespace LbSpeaker.Lab.Api.Cel;

/// <summary>Kubernetes' list library and the sets extension.</summary>
internal static class CelLists
{
    public static IEnumerable<CelFunction> Functions =>
    [
        CelFunction.Method<IReadOnlyList<object?>>("isSorted", list => list.Zip(list.Skip(1)).All(pair => CelValue.Compare(pair.First, pair.Second) <= 0)),
        CelFunction.Method<IReadOnlyList<object?>>("sum", list => list.Count == 0 ? 0L : list.Aggregate((a, b) => CelOperators.Apply("+", a, b))),
        CelFunction.Method<IReadOnlyList<object?>>("min", list => Extreme(list, "min", sign: -1)),
        CelFunction.Method<IReadOnlyList<object?>>("max", list => Extreme(list, "max", sign: 1)),
        Sets("sets.contains", (a, b) => b.All(item => Has(a, item))),
        Sets("sets.equivalent", (a, b) => b.All(item => Has(a, item)) && a.All(item => Has(b, item))),
        Sets("sets.intersects", (a, b) => b.Any(item => Has(a, item))),
    ];

    private static CelFunction Sets(string name, Func<IReadOnlyList<object?>, IReadOnlyList<object?>, bool> test) => CelFunction.Global(
        name, 2, a => a is [IReadOnlyList<object?> left, IReadOnlyList<object?> right] ? test(left, right) : throw CelValue.NoOverload());

    private static bool Has(IReadOnlyList<object?> list, object? sought) => list.Any(item => CelValue.Equals(item, sought));

    private static object? Extreme(IReadOnlyList<object?> list, string name, int sign) => list.Count == 0
        ? throw new CelEvaluationException($"{name} called on empty list")
        : list.Aggregate((best, item) => CelValue.Compare(item, best) * sign > 0 ? item : best);
}
