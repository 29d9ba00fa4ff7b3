using LbSpeaker.Bgp;
using LbSpeaker.Core.Reports;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Speaker;

/// <summary>This node's sessions as people are shown them, and what is news about them.</summary>
internal sealed class BgpSessions
{
    private readonly SortedDictionary<string, BgpSessionView> shown = new(StringComparer.Ordinal);

    public ValueArray<BgpSessionView> All => shown.Values.ToValueArray();

    /// <param name="bfd">The state of BFD by the name of the peer.</param>
    /// <returns>What came up and what went down, in words for an event on the BGPPeer of that name.</returns>
    public IReadOnlyList<(string Peer, EventReport Event)> Apply(BgpReport report, IReadOnlyDictionary<string, string> bfd, string node)
    {
        List<(string, EventReport)> news = [];
        foreach (string gone in shown.Keys.Where(p => !report.Peers.ContainsKey(p)).ToList()) shown.Remove(gone);
        // What the node cannot do at all, such as listen, is why a session that waits for its router has no trouble of its own.
        string faults = string.Join("; ", report.Faults.AsEnumerable());
        foreach ((string name, BgpPeerReport peer) in report.Peers)
        {
            BgpSessionView? before = shown.GetValueOrDefault(name);
            bool isTurn = before is null || before.IsUp != peer.IsUp;
            BgpSessionView now = shown[name] = new(
                name, peer.Peer, peer.IsUp ? BgpSessionView.Established : BgpSessionView.Down, isTurn ? peer.Since : before!.Since, peer.Trouble ?? (peer.IsUp ? "" : faults), bfd.GetValueOrDefault(name, ""));
            if (peer.IsUp && isTurn) news.Add((name, new(false, EventReason.SessionUp, $"the session of node {node} with {peer.Peer} is up")));
            // What has not come up is told once it is known why.
            else if (!peer.IsUp && now.Trouble.Length > 0 && (before is null or { IsUp: true } || before.Trouble.Length == 0)) news.Add((name, new(true, EventReason.SessionDown, $"the session of node {node} with {peer.Peer} is down: {now.Trouble}")));
        }
        return news;
    }
}
