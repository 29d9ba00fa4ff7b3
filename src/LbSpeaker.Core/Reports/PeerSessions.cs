using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Config;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Core.Reports;

/// <summary>The session of one node with one router, as the status of the BGPPeer shows it.</summary>
/// <param name="State">As in <see cref="BgpSessionView"/>; <see cref="Unknown"/> where nobody tells any more.</param>
/// <param name="Since">When it last came up or went down.</param>
/// <param name="Message">Why there is no session; empty where there is one, or where nothing is wrong yet.</param>
/// <param name="Bfd">The state of the BFD session that watches it; empty without one.</param>
public sealed record NodeSession(string Node, string State, DateTimeOffset Since, string Message, string Bfd)
{
    public const string Unknown = "Unknown";

    public bool IsUp => State == BgpSessionView.Established;
}

/// <summary>What the nodes say about the sessions with one router.</summary>
/// <param name="Sessions">Sorted by node.</param>
public sealed record PeerSessions(ValueArray<NodeSession> Sessions)
{
    /// <summary>More nodes in trouble than these are counted and not named.</summary>
    private const int NamedInTrouble = 3;

    public static PeerSessions None { get; } = new([]);

    public int Up => Sessions.Count(s => s.IsUp);

    /// <summary>The condition <see cref="ConditionTypes.Established"/>.</summary>
    public ConditionReport Condition
    {
        get
        {
            int up = Up, total = Sessions.Count;
            if (total == 0) return new(ConditionTypes.Established, ConditionStatus.Unknown, ConditionReasons.NoSessions, "no node has this session");
            string count = $"{up} of {total} sessions are up";
            if (up == total) return new(ConditionTypes.Established, ConditionStatus.True, ConditionReasons.AllSessionsUp, count);
            NodeSession[] down = [.. Sessions.Where(s => !s.IsUp)];
            IEnumerable<string> named = down.Take(NamedInTrouble).Select(s => $"node {s.Node}: {(s.Message.Length > 0 ? s.Message : s.State)}");
            if (down.Length > NamedInTrouble) named = named.Append($"and {down.Length - NamedInTrouble} more");
            return new(ConditionTypes.Established, ConditionStatus.False, up == 0 ? ConditionReasons.AllSessionsDown : ConditionReasons.SomeSessionsDown, $"{count}; {string.Join("; ", named)}");
        }
    }

    /// <summary>The sessions of each router in force that a node tells of. What a node tells of a router that does not select it any more does not count.</summary>
    /// <param name="reports">One for each node.</param>
    public static Dictionary<ObjectKey, PeerSessions> Of(CompiledConfig config, ClusterSnapshot snapshot, IEnumerable<NodeReport> reports)
    {
        Dictionary<string, (CompiledBgpPeer Peer, List<NodeSession> Sessions)> byName = config.BgpPeers.ToDictionary(p => p.Settings.Name, p => (p, new List<NodeSession>()), StringComparer.Ordinal);
        foreach (NodeReport report in reports.OrderBy(r => r.Node, StringComparer.Ordinal))
        {
            if (snapshot.Nodes.GetValueOrDefault(report.Node) is not { } node) continue;
            bool isHeard = snapshot.HasLiveSpeaker(node.Name);
            foreach (BgpSessionView session in report.Sessions)
                if (byName.TryGetValue(session.Peer, out (CompiledBgpPeer Peer, List<NodeSession> Sessions) of) && of.Peer.NodeSelectors.AnyMatches(node.Labels))
                    of.Sessions.Add(isHeard
                        ? new(node.Name, session.State, session.Since, session.Trouble, session.Bfd)
                        : new(node.Name, NodeSession.Unknown, session.Since, "no live speaker on the node", ""));
        }
        return byName.Values.ToDictionary(p => p.Peer.Key, p => new PeerSessions(p.Sessions.ToValueArray()));
    }
}
