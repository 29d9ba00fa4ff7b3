using LbSpeaker.Core.Values;

namespace LbSpeaker.Core.Config.Rules;

/// <summary>A label selector can be read (Kubernetes API conventions, meta/v1 LabelSelector; syntax of keys and values as for labels).</summary>
internal static class SelectorRule
{
    /// <summary>Compiles the selectors that are sound, without repeats and in the order written; each fault names <paramref name="field"/>.</summary>
    public static ValueArray<LabelSelector> Compile(ValueArray<SelectorDeclaration> selectors, string field, Faults faults)
    {
        List<LabelSelector> compiled = [];
        for (int i = 0; i < selectors.Count; i++)
            if (TryCompile(selectors[i], $"{field}[{i}]", faults, out LabelSelector selector) && !compiled.Contains(selector)) compiled.Add(selector);
        return compiled.ToValueArray();
    }

    public static bool TryCompile(SelectorDeclaration declaration, string field, Faults faults, out LabelSelector selector)
    {
        HashSet<SelectorRequirement> requirements = [];
        bool sound = true;
        foreach ((string key, string value) in declaration.MatchLabels)
        {
            sound &= CheckKey(key, field, faults) & CheckValue(key, value, field, faults);
            requirements.Add(new(key, SelectorOperator.In, [value]));
        }
        foreach (SelectorExpressionDeclaration expression in declaration.MatchExpressions)
            if (TryCompile(expression, field, faults, out SelectorRequirement? requirement)) requirements.Add(requirement);
            else sound = false;

        // One order for selectors that mean the same, so that they are equal by value.
        selector = new(requirements
            .OrderBy(r => r.Key, StringComparer.Ordinal).ThenBy(r => r.Operator).ThenBy(r => string.Join(',', r.Values.AsEnumerable()), StringComparer.Ordinal)
            .ToValueArray());
        return sound;
    }

    private static bool TryCompile(SelectorExpressionDeclaration expression, string field, Faults faults, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out SelectorRequirement? requirement)
    {
        requirement = null;
        SelectorOperator? named = expression.Operator switch
        {
            "In" => SelectorOperator.In,
            "NotIn" => SelectorOperator.NotIn,
            "Exists" => SelectorOperator.Exists,
            "DoesNotExist" => SelectorOperator.DoesNotExist,
            _ => null,
        };
        bool sound = CheckKey(expression.Key, field, faults);
        foreach (string value in expression.Values) sound &= CheckValue(expression.Key, value, field, faults);
        if (named is not { } op)
        {
            faults.Add(ProblemReason.InvalidSelector, $"{field}: unknown operator \"{expression.Operator}\": expected In, NotIn, Exists or DoesNotExist");
            return false;
        }
        bool wantsValues = op is SelectorOperator.In or SelectorOperator.NotIn;
        if (wantsValues == expression.Values.IsEmpty)
        {
            faults.Add(ProblemReason.InvalidSelector, $"{field}: operator {op} on key \"{expression.Key}\" {(wantsValues ? "needs at least one value" : "takes no values")}");
            return false;
        }
        requirement = new(expression.Key, op, expression.Values.AsEnumerable().Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToValueArray());
        return sound;
    }

    private static bool CheckKey(string key, string field, Faults faults)
    {
        int slash = key.IndexOf('/', StringComparison.Ordinal);
        bool sound = IsName(key.AsSpan(slash + 1)) && (slash < 0 || IsDnsSubdomain(key.AsSpan(0, slash)));
        if (!sound) faults.Add(ProblemReason.InvalidSelector, $"{field}: \"{key}\" is no label key");
        return sound;
    }

    private static bool CheckValue(string key, string value, string field, Faults faults)
    {
        bool sound = value.Length == 0 || IsName(value);
        if (!sound) faults.Add(ProblemReason.InvalidSelector, $"{field}: \"{value}\" is no label value (key \"{key}\")");
        return sound;
    }

    private static bool IsName(ReadOnlySpan<char> text)
    {
        if (text.Length is 0 or > 63 || !char.IsAsciiLetterOrDigit(text[0]) || !char.IsAsciiLetterOrDigit(text[^1])) return false;
        foreach (char c in text)
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_' or '.')) return false;
        return true;
    }

    private static bool IsDnsSubdomain(ReadOnlySpan<char> text)
    {
        if (text.Length is 0 or > 253) return false;
        foreach (Range part in text.Split('.'))
        {
            ReadOnlySpan<char> label = text[part];
            if (label.IsEmpty || label[0] == '-' || label[^1] == '-') return false;
            foreach (char c in label)
                if (!char.IsAsciiLetterLower(c) && !char.IsAsciiDigit(c) && c != '-') return false;
        }
        return true;
    }
}
