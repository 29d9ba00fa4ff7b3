using LbSpeaker.Core.Announcement;
using LbSpeaker.Core.Announcement.Bgp;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Preview;

/// <summary>One line of a plan: a node announces an address by a protocol, on interfaces or to a peer.</summary>
/// <param name="Interfaces">Empty: all, and for BGP.</param>
/// <param name="Peer">Null at Layer 2; so is <paramref name="Prefix"/>.</param>
/// <param name="LocalPref">0 where unset, also at Layer 2.</param>
/// <param name="Communities">As a user writes them, sorted as text.</param>
internal sealed record AnnouncementEntry(
    AnnouncementProtocol Protocol, IpAddress Address, string Node, ValueArray<string> Interfaces, string? Peer, IpPrefix? Prefix, uint LocalPref, ValueArray<string> Communities)
{
    /// <summary>Sorted by protocol, address, node, peer and prefix.</summary>
    public static IEnumerable<AnnouncementEntry> All(ServiceAnnouncements announcements) =>
        announcements.Layer2.Select(a => new AnnouncementEntry(AnnouncementProtocol.Layer2, a.Address, a.Node, a.Interfaces, null, null, 0, []))
            .Concat(announcements.Bgp.SelectMany(Each))
            .OrderBy(e => e.Protocol).ThenBy(e => e.Address).ThenBy(e => e.Node, StringComparer.Ordinal).ThenBy(e => e.Peer, StringComparer.Ordinal).ThenBy(e => e.Prefix);

    private static IEnumerable<AnnouncementEntry> Each(BgpAnnouncement announcement)
    {
        ValueArray<string> communities = announcement.Attributes.Communities.Select(c => c.ToString()).Order(StringComparer.Ordinal).ToValueArray();
        return announcement.Nodes.Select(node =>
            new AnnouncementEntry(AnnouncementProtocol.Bgp, announcement.Address, node, [], announcement.Peer, announcement.Prefix, announcement.Attributes.LocalPref, communities));
    }
}
