using LbSpeaker.Core.Announcement;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Reports;
using LbSpeaker.Core.Values;
using LbSpeaker.Layer2;

namespace LbSpeaker.Speaker;

/// <summary>Whether this node announces what it is to announce: whether one of the wanted interfaces is there for each address, and nobody else has it.</summary>
internal static class InterfaceCheck
{
    /// <param name="announcements">Those of one Service on this node.</param>
    /// <param name="plan">What the announcer was told: of an address that is to be claimed nothing is known before it says so.</param>
    /// <returns>Null while that is still to come for one of them.</returns>
    public static Layer2ServiceReport? Of(string node, IReadOnlyCollection<Layer2Announcement> announcements, Layer2Plan plan, Layer2Report layer2)
    {
        SortedSet<string> names = new(StringComparer.Ordinal);
        List<NotAnnouncedView> failures = [];
        List<IpAddress> owned = [];
        bool announces = false, all = false;
        foreach (Layer2Announcement announcement in announcements)
        {
            List<string> usable = [.. layer2.Interfaces.Where(i => Serves(i, announcement)).Select(i => i.Name)];
            UnreachableReason? silence = layer2.Unreachable.AsEnumerable().FirstOrDefault(u => u.Address == announcement.Address)?.Reason;
            if (silence == UnreachableReason.InUse) Fail(announcement, NotAnnouncedReason.AddressInUse, $"{Holder(announcement, layer2)} has the address: it is not claimed");
            else if (usable.Count == 0) Fail(announcement, NotAnnouncedReason.NoInterface, WhyNot(node, announcement));
            else if (plan.Addresses.GetValueOrDefault(announcement.Address)?.Role == Layer2Role.Claim && !layer2.Claimed.Contains(announcement.Address)) return null;
            else
            {
                owned.Add(announcement.Address);
                if (silence == UnreachableReason.Yielded)
                {
                    Fail(announcement, NotAnnouncedReason.Yielded, $"{Holder(announcement, layer2)} has the address too, and ranks before node {node}");
                    continue;
                }
                announces = true;
                all |= announcement.Interfaces.IsEmpty;
                names.UnionWith(usable);
            }
        }
        return new(announces, all ? [] : names.ToValueArray(), failures.ToValueArray()) { Addresses = owned.ToValueArray() };

        void Fail(Layer2Announcement announcement, NotAnnouncedReason reason, string message) => failures.Add(new(announcement.Address.ToString(), reason.ToString(), message));
    }

    private static string Holder(Layer2Announcement announcement, Layer2Report layer2) =>
        layer2.Conflicts.AsEnumerable().FirstOrDefault(c => c.Address == announcement.Address) is { } conflict ? Holder(conflict) : "somebody else";

    public static string Holder(AddressConflict conflict) =>
        conflict.Fellow is { } fellow ? $"node {fellow} ({conflict.Mac} on {conflict.Interface})" : $"a host with the hardware address {conflict.Mac} on {conflict.Interface}";

    private static bool Serves(InterfaceReport open, Layer2Announcement announcement) =>
        (announcement.Interfaces.IsEmpty || announcement.Interfaces.Contains(open.Name)) && (announcement.Address.Family == IpFamily.IPv4 ? open.AnswersArp : open.AnswersNdp);

    private static string WhyNot(string node, Layer2Announcement announcement)
    {
        string protocol = announcement.Address.Family == IpFamily.IPv4 ? "ARP" : "NDP";
        return announcement.Interfaces.IsEmpty
            ? $"no interface of node {node} can answer {protocol}"
            : $"none of the interfaces {string.Join(", ", announcement.Interfaces.ToArray())} is there on node {node} to answer {protocol}";
    }
}
