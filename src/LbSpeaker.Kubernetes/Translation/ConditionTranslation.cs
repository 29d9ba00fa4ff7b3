using LbSpeaker.Core.Values;
using LbSpeaker.Kubernetes.Resources;

namespace LbSpeaker.Kubernetes.Translation;

/// <summary>status.conditions.</summary>
internal static class ConditionTranslation
{
    public static ValueArray<ConditionRecord> Read(ShapeReader status, TranslationContext context, string prefix = "")
    {
        List<ConditionRecord>? conditions = null;
        foreach (ShapeReader condition in status.Objects("conditions"))
        {
            if (condition.Text("type") is not { } type || !type.StartsWith(prefix, StringComparison.Ordinal)) continue;
            (conditions ??= []).Add(new(
                context.Strings.Intern(type),
                context.Strings.Intern(condition.Text("status") ?? ""),
                context.Strings.Intern(condition.Text("reason") ?? ""),
                context.Strings.Intern(condition.Text("message") ?? ""),
                condition.Int64("observedGeneration") ?? 0,
                condition.Time("lastTransitionTime")));
        }
        return conditions is null ? [] : conditions.ToValueArray();
    }
}
