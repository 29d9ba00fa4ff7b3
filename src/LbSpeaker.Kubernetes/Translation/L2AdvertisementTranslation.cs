using LbSpeaker.Core.Config;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Kubernetes.Translation;

/// <summary>metallb.io/v1beta1 L2Advertisement.</summary>
internal static class L2AdvertisementTranslation
{
    public static L2AdvertisementDeclaration ReadSpec(DeclarationMeta meta, ShapeReader spec, TranslationContext context)
    {
        spec.RefuseUnknown("ipAddressPools", "ipAddressPoolSelectors", "nodeSelectors", "serviceSelectors", "interfaces", "preferredNodeSelectors", "rebalance");
        return new(meta)
        {
            IPAddressPools = spec.Texts("ipAddressPools"),
            IPAddressPoolSelectors = spec.Selectors("ipAddressPoolSelectors", context),
            NodeSelectors = spec.Selectors("nodeSelectors", context),
            ServiceSelectors = spec.Selectors("serviceSelectors", context),
            Interfaces = spec.Texts("interfaces"),
            PreferredNodeSelectors = spec.Objects("preferredNodeSelectors").Select(preferred => Preferred(preferred, context)).ToValueArray(),
            Rebalance = spec.Flag("rebalance") is true,
        };
    }

    private static PreferredNodeSelectorDeclaration Preferred(ShapeReader preferred, TranslationContext context)
    {
        preferred.RefuseUnknown("weight", "preference");
        preferred.Require("weight", "preference");
        return new(preferred.Int32("weight"), SelectorTranslation.Selector(preferred.Object("preference"), context));
    }
}
