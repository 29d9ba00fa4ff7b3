using LbSpeaker.Core.Config;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Kubernetes.Translation;

/// <summary>meta/v1 LabelSelector, as written.</summary>
internal static class SelectorTranslation
{
    public static ValueArray<SelectorDeclaration> Selectors(this ShapeReader reader, string name, TranslationContext context) =>
        reader.Objects(name).Select(selector => Selector(selector, context)).ToValueArray();

    public static SelectorDeclaration Selector(ShapeReader selector, TranslationContext context)
    {
        selector.RefuseUnknown("matchLabels", "matchExpressions");
        List<SelectorExpressionDeclaration> expressions = [];
        foreach (ShapeReader expression in selector.Objects("matchExpressions"))
        {
            expression.RefuseUnknown("key", "operator", "values");
            expressions.Add(new(expression.Text("key") ?? "", expression.Text("operator") ?? "", expression.Texts("values")));
        }
        return new(selector.Map("matchLabels", context.Strings), expressions.ToValueArray());
    }
}
