namespace LbSpeaker.Core.Config.Rules;

/// <summary>The object has the fields and types of its kind.</summary>
internal static class ShapeRule
{
    public static void Check(DeclarationMeta meta, Faults faults)
    {
        foreach (string fault in meta.ShapeFaults) faults.Add(ProblemReason.Malformed, fault);
    }
}
