using LbSpeaker.Core.Net;
using LbSpeaker.Core.Values;
using LbSpeaker.Heartbeat.Judging;

namespace LbSpeaker.Heartbeat.Tests.Judging;

public sealed class RingTests
{
    private static readonly HeartbeatKey Key = new(1, new SecretOctets("a secret of the cluster"u8));

    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 1)]
    [InlineData(32, 31)]
    [InlineData(33, 16)]
    [InlineData(1000, 16)]
    public void Each_node_has_so_many_watchers_and_watches_them(int count, int watchers)
    {
        string[] nodes = Names(count);
        Ring ring = new(nodes, HeartbeatSettings.Default);
        Dictionary<string, HashSet<string>> watched = nodes.ToDictionary(n => n, n => ring.Watchers(n).ToHashSet());
        Assert.All(nodes, node =>
        {
            Assert.Equal(watchers, watched[node].Count);
            Assert.DoesNotContain(node, watched[node]);
            Assert.All(watched[node], w => Assert.Contains(node, watched[w]));
        });
    }

    [Fact]
    public void One_node_more_changes_the_neighbors_of_a_few_only()
    {
        string[] nodes = Names(1000);
        Ring before = new(nodes, HeartbeatSettings.Default), after = new(nodes.Append("one-more"), HeartbeatSettings.Default);
        Assert.Equal(16, nodes.Count(n => !before.Watchers(n).ToHashSet().SetEquals(after.Watchers(n))));
    }

    [Theory]
    [InlineData(33, 3)]
    [InlineData(1000, 10)]
    public void News_is_everywhere_after_a_few_hops(int count, int hops)
    {
        string[] nodes = Names(count);
        Ring ring = new(nodes, HeartbeatSettings.Default);
        HashSet<string> reached = [nodes[0]];
        for (int hop = 0; hop < hops; hop++) reached.UnionWith(reached.ToArray().SelectMany(n => ring.Watchers(n).Concat(ring.Chords(n))));
        Assert.Equal(count, reached.Count);
    }

    [Fact]
    public void What_cannot_be_is_left_out_and_told()
    {
        IpAddress own = IpAddress.Parse("192.0.2.1");
        HeartbeatMember[] members =
        [
            new("node-a", own), new("node-b", IpAddress.Parse("192.0.2.2")), new("node-b", IpAddress.Parse("192.0.2.3")), new("node-c", IpAddress.Parse("192.0.2.2")),
            new("node-d", IpAddress.Parse("2001:db8::4")), new("two words", IpAddress.Parse("192.0.2.5")), new("node-e", IpAddress.Parse("192.0.2.6")),
        ];
        Roster roster = Roster.Of(new("node-a", own, members.ToValueArray(), [Key, Key, new(2, new SecretOctets("short"u8))], false), HeartbeatSettings.Default);
        Assert.Equal(["node-b", "node-e"], roster.Watched);
        Assert.Equal(["node-b", "node-c", "node-d", "node-e"], roster.Members.Order());
        Assert.Equal(
        [
            "a member is left out: its name is none of a node",
            "key 2 has fewer than 16 octets and is not used",
            "node node-b is named twice: 192.0.2.3 is not used",
            "nodes node-b and node-c have one address, 192.0.2.2",
            "two keys have the number 1: the second is not used",
        ], roster.Faults);
        Assert.Equal(Key, Assert.Single(roster.Keys));
    }

    [Fact]
    public void Without_a_key_or_an_address_there_are_no_heartbeats()
    {
        HeartbeatMember other = new("node-b", IpAddress.Parse("192.0.2.2"));
        Roster without = Roster.Of(new("node-a", IpAddress.Parse("192.0.2.1"), [other], [], false), HeartbeatSettings.Default);
        Assert.Equal((false, 0, 0), (without.IsActive, without.Watched.Count, without.Faults.Count));
        Roster homeless = Roster.Of(new("node-a", null, [other], [Key], false), HeartbeatSettings.Default);
        Assert.Equal((false, 0, "the address of this node is not known"), (homeless.IsActive, homeless.Watched.Count, Assert.Single(homeless.Faults)));
    }

    private static string[] Names(int count) => [.. Enumerable.Range(0, count).Select(i => $"node-{i}")];
}
