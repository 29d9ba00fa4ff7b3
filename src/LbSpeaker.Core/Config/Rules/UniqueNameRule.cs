using LbSpeaker.Core.Cluster;

namespace LbSpeaker.Core.Config.Rules;

/// <summary>
/// A name stands once in all configuration namespaces. Declarations are shown to it from the oldest on; the younger of two is at fault.
/// </summary>
internal sealed class UniqueNameRule
{
    private readonly Dictionary<string, ObjectKey> names = new(StringComparer.Ordinal);

    public void Check(DeclarationMeta meta, Faults faults)
    {
        if (names.TryAdd(meta.Key.Name, meta.Key)) return;
        faults.Add(ProblemReason.Duplicate, $"{meta.Kind} {meta.Key} has the name of the older {names[meta.Key.Name]}: rename or delete one of them");
    }
}
