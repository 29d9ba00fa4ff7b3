namespace LbSpeaker.Core.Values;

/// <summary>How a requirement of a <see cref="LabelSelector"/> compares (Kubernetes, meta/v1 LabelSelectorOperator).</summary>
public enum SelectorOperator { In, NotIn, Exists, DoesNotExist }

/// <summary>One requirement: <paramref name="Key"/> <paramref name="Operator"/> <paramref name="Values"/>.</summary>
public sealed record SelectorRequirement(string Key, SelectorOperator Operator, ValueArray<string> Values)
{
    public bool Matches(LabelSet labels)
    {
        string? value = labels[Key];
        return Operator switch
        {
            SelectorOperator.In => value is not null && Values.Contains(value),
            SelectorOperator.NotIn => value is null || !Values.Contains(value),
            SelectorOperator.Exists => value is not null,
            SelectorOperator.DoesNotExist => value is null,
            _ => throw new InvalidOperationException($"selector operator {Operator}"),
        };
    }
}

/// <summary>
/// A checked label selector (meta/v1): all requirements hold. Without requirements it matches everything.
/// <c>matchLabels</c> are <see cref="SelectorOperator.In"/> requirements with one value.
/// </summary>
public sealed record LabelSelector(ValueArray<SelectorRequirement> Requirements)
{
    public bool Matches(LabelSet labels)
    {
        foreach (SelectorRequirement requirement in Requirements)
            if (!requirement.Matches(labels)) return false;
        return true;
    }
}

public static class LabelSelectorLists
{
    /// <summary>Selectors in a list are alternatives; an empty list selects everything.</summary>
    public static bool AnyMatches(this ValueArray<LabelSelector> selectors, LabelSet labels)
    {
        if (selectors.IsEmpty) return true;
        foreach (LabelSelector selector in selectors)
            if (selector.Matches(labels)) return true;
        return false;
    }
}
