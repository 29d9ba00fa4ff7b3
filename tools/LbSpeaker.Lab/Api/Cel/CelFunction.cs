namespace LbSpeaker.Lab.Api.Cel;

/// <summary>A function or method with a fixed number of arguments; a method counts its target as the first.</summary>
internal sealed record CelFunction(string Name, bool IsMethod, int Arity, Func<object?[], object?> Body)
{
    private static readonly Dictionary<(string, bool, int), CelFunction> Known =
        ((IEnumerable<CelFunction>)[.. CelStandard.Functions, .. CelStrings.Functions, .. CelLists.Functions, .. CelTimes.Functions, .. CelNetwork.Functions])
        .ToDictionary(function => (function.Name, function.IsMethod, function.Arity));

    public static CelFunction? Find(string name, bool isMethod, int arity) => Known.GetValueOrDefault((name, isMethod, arity));

    public object? Invoke(object?[] arguments) => Body(arguments);

    public static CelFunction Global(string name, int arity, Func<object?[], object?> body) => new(name, false, arity, body);

    public static CelFunction Method<T>(string name, Func<T, object?> body) =>
        new(name, true, 1, a => a is [T target] ? body(target) : throw CelValue.NoOverload());

    public static CelFunction Method<T, TFirst>(string name, Func<T, TFirst, object?> body) =>
        new(name, true, 2, a => a is [T target, TFirst first] ? body(target, first) : throw CelValue.NoOverload());

    public static CelFunction Method<T, TFirst, TSecond>(string name, Func<T, TFirst, TSecond, object?> body) =>
        new(name, true, 3, a => a is [T target, TFirst first, TSecond second] ? body(target, first, second) : throw CelValue.NoOverload());
}
