using LbSpeaker.Core.Announcement;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Reports;
using LbSpeaker.Core.Values;
using LbSpeaker.Layer2;

namespace LbSpeaker.Speaker;

/// <summary>
/// What the announcer says, by address: whether this node announces what it is to announce, which takes one of the wanted interfaces, and that nobody else has it.
/// </summary>
internal sealed class Layer2Findings(string node, Layer2Report report)
{
    private readonly Dictionary<IpAddress, UnreachableReason> silences = report.Unreachable.AsEnumerable().ToDictionary(u => u.Address, u => u.Reason);
    private readonly Dictionary<IpAddress, AddressConflict> conflicts = report.Conflicts.AsEnumerable().DistinctBy(c => c.Address).ToDictionary(c => c.Address);
    private readonly HashSet<IpAddress> claimed = [.. report.Claimed], handedOver = [.. report.HandedOver];

    public Layer2Report Report => report;

    /// <summary>Answered no more, since its next owner has it.</summary>
    public bool IsHandedOver(IpAddress address) => handedOver.Contains(address);

    /// <returns>The addresses of which <see cref="Of"/> may come to something else than it did by the ones before; null where it may of any.</returns>
    public IReadOnlySet<IpAddress>? Since(Layer2Findings? before)
    {
        if (before is null || before.Report.Interfaces != report.Interfaces) return null;
        HashSet<IpAddress> changed = [.. claimed];
        changed.SymmetricExceptWith(before.claimed);
        changed.UnionWith(Differences(silences, before.silences));
        changed.UnionWith(Differences(conflicts, before.conflicts));
        return changed;
    }

    /// <param name="announcements">Those of one Service on this node.</param>
    /// <param name="plan">What the announcer was told: of an address that is new here nothing is known before it says so.</param>
    /// <returns>Null while that is still to come for one of them.</returns>
    public Layer2ServiceReport? Of(IReadOnlyCollection<Layer2Announcement> announcements, Layer2Plan plan)
    {
        SortedSet<string> names = new(StringComparer.Ordinal);
        List<NotAnnouncedView> failures = [];
        List<IpAddress> owned = [];
        bool announces = false, all = false;
        foreach (Layer2Announcement announcement in announcements)
        {
            IpAddress address = announcement.Address;
            List<string> usable = [.. report.Interfaces.Where(i => Serves(i, announcement)).Select(i => i.Name)];
            UnreachableReason? silence = silences.TryGetValue(address, out UnreachableReason reason) ? reason : null;
            if (silence == UnreachableReason.InUse) Fail(NotAnnouncedReason.AddressInUse, $"{Holder(address)} has the address: it is not claimed");
            else if (usable.Count == 0) Fail(NotAnnouncedReason.NoInterface, WhyNot(announcement));
            else if (plan.Addresses.GetValueOrDefault(address) is { IsNew: true } && !claimed.Contains(address))
            {
                if (silence != UnreachableReason.Yielded) return null;
                Fail(NotAnnouncedReason.Yielded, $"{Holder(address)} has the address: it is taken when that one leaves it");
            }
            else
            {
                owned.Add(address);
                if (silence == UnreachableReason.Yielded)
                {
                    Fail(NotAnnouncedReason.Yielded, $"{Holder(address)} has the address too: node {node} leaves it to that one");
                    continue;
                }
                announces = true;
                all |= announcement.Interfaces.IsEmpty;
                names.UnionWith(usable);
            }

            void Fail(NotAnnouncedReason why, string message) => failures.Add(new(address.ToString(), why.ToString(), message));
        }
        return new(announces, all ? [] : names.ToValueArray(), failures.ToValueArray()) { Addresses = owned.ToValueArray() };
    }

    public static string Holder(AddressConflict conflict) =>
        conflict.Fellow is { } fellow ? $"node {fellow} ({conflict.Mac} on {conflict.Interface})" : $"a host with the hardware address {conflict.Mac} on {conflict.Interface}";

    private string Holder(IpAddress address) => conflicts.TryGetValue(address, out AddressConflict? conflict) ? Holder(conflict) : "somebody else";

    private static IEnumerable<IpAddress> Differences<T>(Dictionary<IpAddress, T> now, Dictionary<IpAddress, T> before) => now.Except(before).Concat(before.Except(now)).Select(d => d.Key);

    private static bool Serves(InterfaceReport open, Layer2Announcement announcement) =>
        (announcement.Interfaces.IsEmpty || announcement.Interfaces.Contains(open.Name)) && (announcement.Address.Family == IpFamily.IPv4 ? open.AnswersArp : open.AnswersNdp);

    private string WhyNot(Layer2Announcement announcement)
    {
        string protocol = announcement.Address.Family == IpFamily.IPv4 ? "ARP" : "NDP";
        return announcement.Interfaces.IsEmpty
            ? $"no interface of node {node} can answer {protocol}"
            : $"none of the interfaces {string.Join(", ", announcement.Interfaces.ToArray())} is there on node {node} to answer {protocol}";
    }
}
