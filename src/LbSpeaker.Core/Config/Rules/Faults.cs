using LbSpeaker.Core.Values;

namespace LbSpeaker.Core.Config.Rules;

/// <summary>Gathers what the rules find wrong with one declaration.</summary>
internal sealed class Faults(DeclarationMeta meta)
{
    private readonly SortedSet<Problem> problems = [];

    public bool Any => problems.Count > 0;

    public void Add(ProblemReason reason, string message) => problems.Add(new(meta.Kind, meta.Key, reason, message));

    public ValueArray<Problem> ToProblems() => problems.ToValueArray();
}
