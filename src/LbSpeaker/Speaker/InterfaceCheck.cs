using LbSpeaker.Core.Announcement;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Reports;
using LbSpeaker.Core.Values;
using LbSpeaker.Layer2;

namespace LbSpeaker.Speaker;

/// <summary>Whether this node can announce what it is to announce: whether one of the wanted interfaces is there for each address.</summary>
internal static class InterfaceCheck
{
    /// <param name="announcements">Those of one Service on this node.</param>
    public static Layer2ServiceReport Of(string node, IEnumerable<Layer2Announcement> announcements, Layer2Report layer2)
    {
        SortedSet<string> names = new(StringComparer.Ordinal);
        List<NotAnnouncedView> failures = [];
        bool announces = false, all = false;
        foreach (Layer2Announcement announcement in announcements)
        {
            List<string> usable = [.. layer2.Interfaces.Where(i => Serves(i, announcement)).Select(i => i.Name)];
            if (usable.Count == 0)
            {
                failures.Add(new(announcement.Address.ToString(), nameof(NotAnnouncedReason.NoInterface), WhyNot(node, announcement)));
                continue;
            }
            announces = true;
            all |= announcement.Interfaces.IsEmpty;
            names.UnionWith(usable);
        }
        return new(announces, all ? [] : names.ToValueArray(), failures.ToValueArray());
    }

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
