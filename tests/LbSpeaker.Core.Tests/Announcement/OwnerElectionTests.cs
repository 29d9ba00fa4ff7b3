using CsCheck;
using LbSpeaker.Core.Announcement;
using LbSpeaker.Core.Net;

namespace LbSpeaker.Core.Tests.Announcement;

public sealed class OwnerElectionTests
{
    /// <summary>The order in which MetalLB ranks these nodes: a change-over moves no address.</summary>
    [Theory]
    [InlineData("10.0.0.1", "node-b node-a node-c")]
    [InlineData("10.0.0.2", "node-b node-c node-a")]
    [InlineData("10.20.30.1", "iris2 iris1")]
    [InlineData("10.20.30.1", "edge-b worker-a edge-a worker-b")]
    [InlineData("10.20.30.2", "iris1 iris2")]
    [InlineData("1000::1", "node-a node-b node-c")]
    [InlineData("2001:db8::5", "node-a node-c node-b")]
    public void Nodes_rank_as_MetalLB_ranks_them(string address, string ranking)
    {
        string[] expected = ranking.Split(' ');
        Assert.Equal(expected, Ranked(expected.Order(StringComparer.Ordinal), IpAddress.Parse(address)));
    }

    [Fact]
    public void A_node_that_leaves_changes_nothing_in_the_order_of_the_others() =>
        Gen.Select(Gen.UInt, Gen.Int[2, 9], Gen.Int[0, 8]).Sample((value, count, gone) =>
        {
            IpAddress address = IpAddress.FromIPv4(value);
            string leaver = $"node-{gone % count}";
            string[] all = Ranked(Nodes(count), address);
            return all.Where(n => n != leaver).SequenceEqual(Ranked(Nodes(count).Where(n => n != leaver), address));
        });

    [Fact]
    public void The_order_of_the_candidates_does_not_matter() =>
        Gen.Select(Gen.UInt, Gen.Int[1, 9], Gen.Int).Sample((value, count, seed) =>
        {
            IpAddress address = IpAddress.FromIPv4(value);
            string[] shuffled = [.. Nodes(count)];
            new Random(seed).Shuffle(shuffled);
            return Ranked(Nodes(count), address).SequenceEqual(Ranked(shuffled, address));
        });

    [Fact]
    public void Of_two_nodes_exactly_one_outranks_the_other() =>
        Gen.UInt.Sample(value =>
        {
            IpAddress address = IpAddress.FromIPv4(value);
            return OwnerElection.Outranks("node-a", "node-b", address) != OwnerElection.Outranks("node-b", "node-a", address)
                && OwnerElection.Outranks("node-a", "node-b", address) == (Ranked(["node-a", "node-b"], address)[0] == "node-a");
        });

    private static IEnumerable<string> Nodes(int count) => Enumerable.Range(0, count).Select(i => $"node-{i}");

    private static string[] Ranked(IEnumerable<string> nodes, IpAddress address)
    {
        string[] given = [.. nodes];
        return [.. OwnerElection.Rank(given, address).Select(i => given[i])];
    }
}
