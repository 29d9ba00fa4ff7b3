using LbSpeaker.Core.Announcement.Bgp;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Config.Rules;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Core.Config;

/// <summary>Judges the BGPAdvertisements.</summary>
internal sealed class BgpAdvertisementCompiler(ValueArray<CompiledPool> pools, CommunityBook communities, IReadOnlySet<string> peers, IReadOnlyCollection<NodeView> nodes)
{
    private readonly Judge judge = new();
    private readonly AgreeingAttributesRule agreement = new(pools, nodes);

    public Judged<CompiledBgpAdvertisement> Compile(BgpAdvertisementDeclaration declaration)
    {
        Judged<CompiledBgpAdvertisement> judged = judge.Decide(declaration, declaration.LastValid, Read, Check, inForce => Warn(declaration, inForce));
        if (judged.InForce is not { } inForce) return judged;
        if (judged.Verdict.Standing == ConfigStanding.LastValid)
        {
            // What was valid once may be no longer, by another object's change: it goes on where it can, and where two disagree the older stands.
            inForce = inForce with { Pools = inForce.Pools.AsEnumerable().Where(name => AggregationRule.Fits(inForce, PoolOf(name))).ToValueArray(), Yields = true };
        }
        agreement.Add(inForce);
        return judged with { InForce = inForce };
    }

    private CompiledBgpAdvertisement Read(BgpAdvertisementDeclaration declaration, Faults faults)
    {
        ValueArray<LabelSelector> serviceSelectors = SelectorRule.Compile(declaration.ServiceSelectors, "serviceSelectors", faults);
        if (!declaration.ServiceSelectors.IsEmpty && declaration.AggregationLength != 32)
            faults.Add(ProblemReason.ExclusiveFields, "serviceSelectors and aggregationLength are mutually exclusive: an aggregate stands for all Services in it");
        if (!declaration.ServiceSelectors.IsEmpty && declaration.AggregationLengthV6 != 128)
            faults.Add(ProblemReason.ExclusiveFields, "serviceSelectors and aggregationLengthV6 are mutually exclusive: an aggregate stands for all Services in it");
        return new(
            declaration.Meta.Key,
            PoolSelectionRule.Compile(declaration.IPAddressPools, declaration.IPAddressPoolSelectors, pools, faults),
            SelectorRule.Compile(declaration.NodeSelectors, "nodeSelectors", faults),
            serviceSelectors,
            declaration.Peers.AsEnumerable().Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToValueArray(),
            RangeRule.Check(declaration.AggregationLength, 1, 32, "aggregationLength", faults),
            RangeRule.Check(declaration.AggregationLengthV6, 0, 128, "aggregationLengthV6", faults),
            new()
            {
                LocalPref = (uint)RangeRule.Check(declaration.LocalPref, 0, uint.MaxValue, "localPref", faults),
                Communities = declaration.Communities.AsEnumerable().Select(text => communities.Resolve(text, faults)).OfType<Community>().Distinct().Order().ToValueArray(),
                Med = declaration.Med is { } med ? (uint)RangeRule.Check(med, 0, uint.MaxValue, "med", faults) : null,
                Prepend = RangeRule.Check(declaration.AsPathPrepend, 0, 16, "asPathPrepend", faults),
            },
            declaration.LinkBandwidth);
    }

    private void Check(CompiledBgpAdvertisement read, Faults faults)
    {
        foreach (string name in read.Pools) AggregationRule.Check(read, PoolOf(name), faults);
        agreement.Check(read, faults);
    }

    private IEnumerable<string> Warn(BgpAdvertisementDeclaration declaration, CompiledBgpAdvertisement? inForce)
    {
        foreach (string warning in PoolSelectionRule.Warn(declaration.IPAddressPools, inForce, pools)) yield return warning;
        foreach (string name in declaration.Peers.AsEnumerable().Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
            if (!peers.Contains(name)) yield return $"names the BGPPeer {name}, which does not exist";
        if (peers.Count == 0) yield return "there is no BGPPeer: it announces nothing";
    }

    private CompiledPool PoolOf(string name) => pools.First(p => p.Name == name);
}
