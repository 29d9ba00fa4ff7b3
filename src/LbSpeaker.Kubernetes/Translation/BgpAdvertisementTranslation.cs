using LbSpeaker.Core.Config;

namespace LbSpeaker.Kubernetes.Translation;

/// <summary>metallb.io/v1beta1 BGPAdvertisement.</summary>
internal static class BgpAdvertisementTranslation
{
    public static BgpAdvertisementDeclaration ReadSpec(DeclarationMeta meta, ShapeReader spec, TranslationContext context)
    {
        spec.RefuseUnknown(
            "aggregationLength", "aggregationLengthV6", "localPref", "communities", "ipAddressPools", "ipAddressPoolSelectors", "nodeSelectors", "serviceSelectors", "peers",
            "med", "asPathPrepend", "linkBandwidth");
        return new(meta)
        {
            AggregationLength = spec.Int32("aggregationLength") ?? 32,
            AggregationLengthV6 = spec.Int32("aggregationLengthV6") ?? 128,
            LocalPref = spec.Int64("localPref") ?? 0,
            Communities = spec.Texts("communities"),
            IPAddressPools = spec.Texts("ipAddressPools"),
            IPAddressPoolSelectors = spec.Selectors("ipAddressPoolSelectors", context),
            NodeSelectors = spec.Selectors("nodeSelectors", context),
            ServiceSelectors = spec.Selectors("serviceSelectors", context),
            Peers = spec.Texts("peers"),
            Med = spec.Int64("med"),
            AsPathPrepend = spec.Int32("asPathPrepend") ?? 0,
            LinkBandwidth = spec.Flag("linkBandwidth") ?? false,
        };
    }
}
