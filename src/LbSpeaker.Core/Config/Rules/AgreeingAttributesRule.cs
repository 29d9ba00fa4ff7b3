using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Core.Config.Rules;

/// <summary>
/// Two advertisements that can lead to one prefix on one session say the same of LOCAL_PREF, MED and prepending. Advertisements are shown to it from the
/// oldest on. With serviceSelectors it depends on the Service, and is judged when one is announced.
/// </summary>
internal sealed class AgreeingAttributesRule(ValueArray<CompiledPool> pools, IReadOnlyCollection<NodeView> nodes)
{
    private readonly List<CompiledBgpAdvertisement> older = [];

    public void Add(CompiledBgpAdvertisement advertisement) => older.Add(advertisement);

    public void Check(CompiledBgpAdvertisement advertisement, Faults faults)
    {
        foreach (CompiledBgpAdvertisement other in older)
        {
            if (advertisement.Attributes.AgreesWith(other.Attributes) || !advertisement.ServiceSelectors.IsEmpty || !other.ServiceSelectors.IsEmpty) continue;
            if (!HaveCommonPeer(advertisement, other) || !HaveCommonNode(advertisement, other)) continue;
            foreach (CompiledPool pool in pools)
                if (advertisement.Pools.Contains(pool.Name) && other.Pools.Contains(pool.Name) && HaveCommonLength(advertisement, other, pool))
                {
                    faults.Add(ProblemReason.Conflict, $"conflicts with the older BGPAdvertisement {other.Key} about the pool {pool.Name}: {Difference(other, advertisement)}");
                    break;
                }
        }
    }

    private static string Difference(CompiledBgpAdvertisement older, CompiledBgpAdvertisement younger) =>
        older.Attributes.LocalPref != younger.Attributes.LocalPref ? $"localPref {older.Attributes.LocalPref} there, {younger.Attributes.LocalPref} here"
        : older.Attributes.Med != younger.Attributes.Med ? $"med {Text(older.Attributes.Med)} there, {Text(younger.Attributes.Med)} here"
        : $"asPathPrepend {older.Attributes.Prepend} there, {younger.Attributes.Prepend} here";

    private static string Text(uint? number) => number is { } given ? given.ToString(System.Globalization.CultureInfo.InvariantCulture) : "unset";

    private static bool HaveCommonPeer(CompiledBgpAdvertisement one, CompiledBgpAdvertisement other) =>
        one.Peers.IsEmpty || other.Peers.IsEmpty || one.Peers.AsEnumerable().Any(p => other.Peers.Contains(p));

    private bool HaveCommonNode(CompiledBgpAdvertisement one, CompiledBgpAdvertisement other) =>
        one.NodeSelectors.IsEmpty && other.NodeSelectors.IsEmpty || nodes.Any(n => one.NodeSelectors.AnyMatches(n.Labels) && other.NodeSelectors.AnyMatches(n.Labels));

    private static bool HaveCommonLength(CompiledBgpAdvertisement one, CompiledBgpAdvertisement other, CompiledPool pool)
    {
        foreach (IpRange range in pool.Ranges)
            if (range.Family == IpFamily.IPv4 ? one.LengthV4 == other.LengthV4 : one.LengthV6 == other.LengthV6) return true;
        return false;
    }
}
