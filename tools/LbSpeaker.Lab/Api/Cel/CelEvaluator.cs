namespace LbSpeaker.Lab.Api.Cel;

/// <summary>The innermost variable, and those around it.</summary>
internal sealed record CelScope(string Name, object? Value, CelScope? Outer);

/// <summary>Evaluation over the tree. Logic absorbs errors where the other side decides, as CEL asks.</summary>
internal static class CelEvaluator
{
    public static object? Evaluate(CelNode node, CelScope scope) => node switch
    {
        CelLiteral literal => literal.Value,
        CelIdentifier identifier => Lookup(identifier.Name, scope),
        CelSelect select => Select(Evaluate(select.Target, scope), select.Field),
        CelHas has => Has(Evaluate(has.Select.Target, scope), has.Select.Field),
        CelIndex index => Index(Evaluate(index.Target, scope), Evaluate(index.Key, scope)),
        CelListNode list => list.Items.Select(item => Evaluate(item, scope)).ToList(),
        CelMapNode map => new CelMap([.. map.Entries.Select(entry =>
            KeyValuePair.Create(Evaluate(entry.Key, scope) ?? throw new CelEvaluationException("unsupported key type"), Evaluate(entry.Value, scope)))]),
        CelUnary unary => Unary(unary.Operator, Evaluate(unary.Operand, scope)),
        CelBinary { Operator: "&&" or "||" } logic => Logic(logic, scope),
        CelBinary binary => CelOperators.Apply(binary.Operator, Evaluate(binary.Left, scope), Evaluate(binary.Right, scope)),
        CelConditional choice => Evaluate(Bool(Evaluate(choice.Test, scope)) ? choice.Then : choice.Else, scope),
        CelCall call => call.Function.Invoke([.. call.Arguments.Select(argument => Evaluate(argument, scope))]),
        CelMacro macro => Macro(macro, scope),
        _ => throw new InvalidOperationException(node.GetType().Name),
    };

    private static object? Lookup(string name, CelScope? scope)
    {
        while (scope is not null && scope.Name != name)
            scope = scope.Outer;
        return (scope ?? throw new InvalidOperationException(name)).Value;
    }

    private static object? Select(object? target, string field) => target is CelMap map
        ? map.TryField(field, out var value) ? value : throw new CelEvaluationException($"no such key: {field}")
        : throw CelValue.NoOverload();

    private static bool Has(object? target, string field) =>
        target is CelMap map ? map.TryField(field, out _) : throw CelValue.NoOverload();

    private static object? Index(object? target, object? key) => (target, key) switch
    {
        (CelMap map, _) => map.TryGet(key, out var value) ? value : throw new CelEvaluationException($"no such key: {key}"),
        (IReadOnlyList<object?> list, long at) when at >= 0 && at < list.Count => list[(int)at],
        (IReadOnlyList<object?>, long at) => throw new CelEvaluationException($"index out of bounds: {at}"),
        _ => throw CelValue.NoOverload(),
    };

    private static object Unary(string op, object? operand) => (op, operand) switch
    {
        ("!", bool value) => !value,
        ("-", long.MinValue) => throw new CelEvaluationException("integer overflow"),
        ("-", long value) => -value,
        ("-", double value) => -value,
        ("-", TimeSpan value) => -value,
        _ => throw CelValue.NoOverload(),
    };

    private static bool Logic(CelBinary node, CelScope scope)
    {
        var decisive = node.Operator == "||";
        CelEvaluationException? failure = null;
        foreach (var side in (CelNode[])[node.Left, node.Right])
        {
            try
            {
                if (Bool(Evaluate(side, scope)) == decisive)
                    return decisive;
            }
            catch (CelEvaluationException e)
            {
                failure ??= e;
            }
        }
        return failure is null ? !decisive : throw failure;
    }

    private static object Macro(CelMacro macro, CelScope scope)
    {
        var range = Evaluate(macro.Range, scope) switch
        {
            IReadOnlyList<object?> list => list,
            CelMap map => [.. map.Keys],
            _ => throw CelValue.NoOverload(),
        };
        object? Body(CelNode node, object? item) => Evaluate(node, new CelScope(macro.Variable, item, scope));

        switch (macro.Kind)
        {
            case "all":
                return Quantify(range.Select(item => (Func<bool>)(() => Bool(Body(macro.Body, item)))), decisive: false);
            case "exists":
                return Quantify(range.Select(item => (Func<bool>)(() => Bool(Body(macro.Body, item)))), decisive: true);
            case "exists_one":
                return range.Count(item => Bool(Body(macro.Body, item))) == 1;
            case "filter":
                return range.Where(item => Bool(Body(macro.Body, item))).ToList();
            default:
                return range.Where(item => macro.Filter is null || Bool(Body(macro.Filter, item)))
                    .Select(item => Body(macro.Body, item)).ToList();
        }
    }

    private static bool Quantify(IEnumerable<Func<bool>> tests, bool decisive)
    {
        CelEvaluationException? failure = null;
        foreach (var test in tests)
        {
            try
            {
                if (test() == decisive)
                    return decisive;
            }
            catch (CelEvaluationException e)
            {
                failure ??= e;
            }
        }
        return failure is null ? !decisive : throw failure;
    }

    internal static bool Bool(object? value) => value is bool truth ? truth : throw CelValue.NoOverload();
}
