using LbSpeaker.Core.Config;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Kubernetes.Translation;

/// <summary>metallb.io/v1beta1 Community.</summary>
internal static class CommunityTranslation
{
    public static CommunityDeclaration ReadSpec(DeclarationMeta meta, ShapeReader spec, TranslationContext context)
    {
        spec.RefuseUnknown("communities");
        return new(meta) { Communities = spec.Objects("communities").Select(Alias).ToValueArray() };
    }

    private static CommunityAliasDeclaration Alias(ShapeReader alias)
    {
        alias.RefuseUnknown("name", "value");
        return new(alias.Text("name") ?? "", alias.Text("value") ?? "");
    }
}
