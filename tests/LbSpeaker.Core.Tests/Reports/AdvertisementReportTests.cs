using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Config;
using LbSpeaker.Core.Reports;
using LbSpeaker.Core.Tests.Announcement.Bgp;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Core.Tests.Reports;

public sealed class AdvertisementReportTests
{
    private static readonly ObjectKey L2 = new("lbspeaker-system", "l2"), Bgp = new("lbspeaker-system", "bgp");

    /// <summary>What is there (comma after comma: pools, labelled nodes, peers), what a BGPAdvertisement asks for, and what is said of it. n1 alone has the label name.</summary>
    [Theory]
    [InlineData("pools=a nodes=n1,n2 peers=p", "", "True Selects: ", "a", "n1 n2", "p")]
    [InlineData("pools= nodes=n1 peers=p", "", "False NoMatchingPool: announces nothing: there is no IPAddressPool: create one", "", "n1", "p")]
    [InlineData("pools=a,b nodes=n1 peers=p", "pools=c", "False NoMatchingPool: announces nothing: neither ipAddressPools nor ipAddressPoolSelectors match an IPAddressPool: name one of a, b, label one as a selector asks, or take both fields out for all", "", "n1", "p")]
    [InlineData("pools=a,b,c,d,e,f,g nodes=n1 peers=p", "pools=x", "False NoMatchingPool: announces nothing: neither ipAddressPools nor ipAddressPoolSelectors match an IPAddressPool: name one of a, b, c, d, e and 2 more, label one as a selector asks, or take both fields out for all", "", "n1", "p")]
    [InlineData("pools=a nodes= peers=p", "", "False NoMatchingNode: announces nothing: there is no node", "a", "", "")]
    [InlineData("pools=a nodes=n1,n2 peers=p", "node=n3", "False NoMatchingNode: announces nothing: nodeSelectors match no node: label a node as one of them asks, or take nodeSelectors out for all", "a", "", "")]
    [InlineData("pools=a nodes=n1 peers=", "", "False NoMatchingPeer: announces nothing: there is no BGPPeer in force: create one, or mend the one whose condition Valid is False", "a", "n1", "")]
    [InlineData("pools=a nodes=n1 peers=p,q", "peers=r", "False NoMatchingPeer: announces nothing: peers name no BGPPeer in force: name one of p, q, or take peers out for all", "a", "n1", "")]
    [InlineData("pools=a nodes=n1,n2 peers=p@n1", "node=n2", "False NoMatchingPeer: announces nothing: no node that nodeSelectors match has a session with p: let nodeSelectors here and those of the BGPPeer match a node in common", "a", "n2", "")]
    [InlineData("pools=a nodes=n1,n2 peers=p@n1,q@n2", "node=n2", "True Selects: ", "a", "n2", "q")]
    public void What_it_selects_is_said_or_what_to_change(string cluster, string asks, string said, string pools, string nodes, string peers)
    {
        Dictionary<string, string[]> there = cluster.Split(' ').Select(w => w.Split('=')).ToDictionary(w => w[0], w => w[1].Split(',', StringSplitOptions.RemoveEmptyEntries));
        ClusterSnapshotBuilder snapshot = new();
        foreach (string node in there["nodes"]) snapshot.Set(new NodeView(node) { Labels = LabelSet.From([new("name", node)]) });
        string[] wanted = asks.StartsWith("pools=", StringComparison.Ordinal) ? [.. there["pools"].Intersect([asks[6..]])] : there["pools"];
        CompiledBgpAdvertisement bgp = BgpPlanning.Advertisement("bgp") with
        {
            Pools = [.. wanted],
            NodeSelectors = asks.StartsWith("node=", StringComparison.Ordinal) ? [new LabelSelector([new("name", SelectorOperator.In, [asks[5..]])])] : [],
            Peers = asks.StartsWith("peers=", StringComparison.Ordinal) ? [asks[6..]] : [],
        };
        CompiledL2Advertisement l2 = new(L2, bgp.Pools, bgp.NodeSelectors, [], [], []);
        CompiledConfig config = new([.. there["pools"].Select(p => Pool(p))], [l2], [])
        {
            BgpAdvertisements = [bgp],
            BgpPeers = [.. there["peers"].Select(p => p.Split('@')).Select(p => BgpPlanning.Peer(p[0], onlyNode: p.ElementAtOrDefault(1)))],
        };

        Dictionary<(string, ObjectKey), AdvertisementReport> reports = AdvertisementReport.Of(config, snapshot.Publish());

        AdvertisementReport byBgp = reports[(ConfigKinds.BgpAdvertisement, Bgp)], atLayer2 = reports[(ConfigKinds.L2Advertisement, L2)];
        Assert.Equal((said, pools, nodes, peers), (Text(byBgp.Condition), string.Join(' ', byBgp.Pools.First), string.Join(' ', byBgp.Nodes.First), string.Join(' ', byBgp.Peers!.First)));
        Assert.Null(atLayer2.Peers);
        Assert.Equal(said.Contains("Peer", StringComparison.Ordinal) && !said.Contains("NoMatchingPool", StringComparison.Ordinal) ? "True Selects: " : said, Text(atLayer2.Condition));
    }

    [Fact]
    public void One_that_is_left_out_selects_nothing_and_is_no_news()
    {
        DeclarationMeta meta = new("L2Advertisement", L2);
        AdvertisementReport report = AdvertisementReport.Of(new([], [], [new(meta, ConfigStanding.LeftOut, [], [])]), new ClusterSnapshotBuilder().Publish())[("L2Advertisement", L2)];
        Assert.Equal("Unknown NotInForce: it is at fault and left out, as the condition Valid says", Text(report.Condition));
        Assert.Equal(0, report.Pools.Total);
    }

    [Fact]
    public void Of_a_thousand_nodes_a_hundred_are_named()
    {
        ClusterSnapshotBuilder snapshot = new();
        for (int i = 0; i < 1000; i++) snapshot.Set(new NodeView($"n{i:d4}"));
        FirstOf<string> nodes = AdvertisementReport.Of(new([Pool("a")], [new(L2, ["a"], [], [], [], [])], []), snapshot.Publish())[(ConfigKinds.L2Advertisement, L2)].Nodes;
        Assert.Equal((1000, 100, "n0000", "n0099"), (nodes.Total, nodes.First.Count, nodes.First[0], nodes.First[99]));
    }

    private static CompiledPool Pool(string name) => new(name, LabelSet.Empty, PoolState.Ready, [], [], true, false, 0, null, [], false);

    private static string Text(ConditionReport condition) => $"{condition.Status} {condition.Reason}: {condition.Message}";
}
