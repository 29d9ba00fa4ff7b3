using LbSpeaker.Core.Announcement.Bgp;

namespace LbSpeaker.Core.Config.Rules;

/// <summary>Exactly one of peerASN and dynamicASN says of which AS the router is.</summary>
internal static class PeerAsRule
{
    public static PeerAs Compile(BgpPeerDeclaration declaration, Faults faults)
    {
        RangeRule.Check(declaration.PeerAsn, 0, uint.MaxValue, "peerASN", faults);
        bool hasNumber = declaration.PeerAsn != 0, isDynamic = declaration.DynamicAsn is not null;
        if (hasNumber == isDynamic) faults.Add(ProblemReason.ExclusiveFields, $"exactly one of peerASN and dynamicASN must be set: {(hasNumber ? "both are" : "neither is")}");
        if (hasNumber && declaration.EbgpMultiHop && declaration.PeerAsn == declaration.MyAsn)
            faults.Add(ProblemReason.ExclusiveFields, $"ebgpMultiHop is for routers of another AS: peerASN and myASN are both {declaration.MyAsn}");
        switch (declaration.DynamicAsn)
        {
            case null: return new(PeerAsKind.Number, (uint)declaration.PeerAsn);
            case "internal": return new(PeerAsKind.Internal, 0);
            case "external": return new(PeerAsKind.External, 0);
            default:
                faults.Add(ProblemReason.OutOfRange, $"dynamicASN is \"{declaration.DynamicAsn}\": expected internal or external");
                return default;
        }
    }
}
