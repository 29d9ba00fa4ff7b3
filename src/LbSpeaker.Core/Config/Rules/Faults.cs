using LbSpeaker.Core.Values;

namespace LbSpeaker.Core.Config.Rules;

/// <summary>Gathers what the rules find wrong with one declaration.</summary>
internal sealed class Faults(DeclarationMeta meta)
{
    private readonly SortedSet<Problem> problems = [];

    public bool Any => problems.Count > 0;

    /// <summary>The shape of the field, or of an entry of it, is at fault.</summary>
    public bool Of(string path) => meta.ShapeFaults.AsEnumerable().Any(f => f.StartsWith(path + ":", StringComparison.Ordinal) || f.StartsWith(path + "[", StringComparison.Ordinal));

    public void Add(ProblemReason reason, string message) => problems.Add(new(meta.Kind, meta.Key, reason, message));

    public ValueArray<Problem> ToProblems() => problems.ToValueArray();
}
