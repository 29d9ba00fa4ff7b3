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
        List<string> expected = [.. ranking.Split(' ')];
        List<string> left = [.. expected.Order(StringComparer.Ordinal)];
        List<string> ranked = [];
        while (left.Count > 0)
        {
            string owner = OwnerElection.Elect([.. left.Select(n => new OwnerCandidate(n, 0))], IpAddress.Parse(address))!;
            ranked.Add(owner);
            left.Remove(owner);
        }
        Assert.Equal(expected, ranked);
    }

    [Fact]
    public void A_preference_goes_before_the_rank() =>
        Assert.Equal("node-c", OwnerElection.Elect([new("node-a", 0), new("node-b", 10), new("node-c", 30)], IpAddress.Parse("10.0.0.1")));

    [Fact]
    public void Without_candidates_there_is_no_owner() => Assert.Null(OwnerElection.Elect([], IpAddress.Parse("192.0.2.1")));

    [Fact]
    public void A_node_that_leaves_moves_only_what_it_owned() =>
        Gen.Select(Gen.UInt, Gen.Int[2, 9], Gen.Int[0, 8]).Sample((value, count, gone) =>
        {
            IpAddress address = IpAddress.FromIPv4(value);
            OwnerCandidate[] all = [.. Enumerable.Range(0, count).Select(i => new OwnerCandidate($"node-{i}", 0))];
            string owner = OwnerElection.Elect(all, address)!;
            string leaver = $"node-{gone % count}";
            string? next = OwnerElection.Elect([.. all.Where(c => c.Node != leaver)], address);
            return owner == leaver || next == owner;
        });

    [Fact]
    public void The_order_of_the_candidates_does_not_matter() =>
        Gen.Select(Gen.UInt, Gen.Int[1, 9], Gen.Int).Sample((value, count, seed) =>
        {
            IpAddress address = IpAddress.FromIPv4(value);
            OwnerCandidate[] all = [.. Enumerable.Range(0, count).Select(i => new OwnerCandidate($"node-{i}", i % 3))];
            OwnerCandidate[] shuffled = [.. all];
            new Random(seed).Shuffle(shuffled);
            return OwnerElection.Elect(all, address) == OwnerElection.Elect(shuffled, address);
        });
}
