using CsCheck;
using LbSpeaker.Heartbeat.Judging;
using LbSpeaker.Testing.Heartbeats;
using Xunit.Abstractions;

namespace LbSpeaker.Heartbeat.Tests.Judging;

/// <summary>What holds in every cluster, whatever happens to it.</summary>
public sealed class ClusterLaws(ITestOutputHelper output)
{
    /// <summary>From a crash until it is known everywhere: the detection time, an interval until the last one has noticed, and the time to ask.</summary>
    private static readonly TimeSpan Bound = TimeSpan.FromMilliseconds(300 + 100 + 50);

    private static readonly Gen<int> Seeds = Gen.Int[0, int.MaxValue - 1];

    [Fact]
    public void A_crash_is_known_everywhere_within_the_bound_and_nobody_else_is_blamed() => Gen.Select(Seeds, Gen.Int[2, 12], Gen.Bool).Sample((seed, count, isLossy) =>
    {
        VirtualCluster cluster = new(seed, count, isLossy ? NetworkQuality.Lossy : NetworkQuality.Good, isSettled: true);
        Dictionary<string, List<MemberState>> seen = [];
        cluster.Judged = (_, subject, _, after) => (seen.TryGetValue(subject, out List<MemberState>? states) ? states : seen[subject] = []).Add(after.State);
        string crashed = cluster.Nodes.ElementAt(seed % count).Name;
        cluster.Run(TimeSpan.FromSeconds(1));
        cluster.Crash(crashed);
        cluster.Run(Bound);
        AssertAll(cluster, crashed, new(MemberState.Dead, false));
        cluster.Run(TimeSpan.FromSeconds(2));
        AssertAll(cluster, crashed, new(MemberState.Dead, false));
        Assert.Equal([crashed], seen.Keys);
    }, iter: 200, threads: 1);

    [Fact]
    public void A_single_path_that_fails_makes_no_dead() => Gen.Select(Seeds, Gen.Int[3, 12], Gen.Bool).Sample((seed, count, isLossy) =>
    {
        VirtualCluster cluster = new(seed, count, isLossy ? NetworkQuality.Lossy : NetworkQuality.Good, isSettled: true);
        cluster.Judged = (judge, subject, _, after) => Assert.True(after.State is MemberState.Alive or MemberState.Suspected, $"{judge.Name} takes {subject} for {after}");
        (string one, string other) = ("node-0001", "node-0003");
        cluster.Cut(one, other);
        for (int look = 0; look < 10; look++)
        {
            cluster.Run(TimeSpan.FromSeconds(0.5));
            Assert.Equal(new(MemberState.Alive, true), cluster[one].State.ViewOf(other));
            Assert.Equal(new(MemberState.Alive, true), cluster[other].State.ViewOf(one));
        }
        cluster.Mend(one, other);
        cluster.Run(TimeSpan.FromSeconds(3));
        Assert.Equal(new(MemberState.Alive, false), cluster[one].State.ViewOf(other));
        Assert.Equal(new(MemberState.Alive, false), cluster[other].State.ViewOf(one));
    }, iter: 100, threads: 1);

    /// <summary>Crashes, starts, cuts and mends by chance: no judge may find a node dead while a witness that it can reach has heard it all the time.</summary>
    [Fact]
    public void Who_is_heard_by_somebody_whom_the_judge_hears_is_never_dead_and_in_the_end_all_agree() => Gen.Select(Seeds, Gen.Int[3, 8]).Sample((seed, count) =>
    {
        VirtualCluster cluster = new(seed, count, NetworkQuality.Lossy, isSettled: true);
        Random random = new(seed);
        Dictionary<string, TimeSpan> touched = [];
        TimeSpan quiet = TimeSpan.FromMilliseconds(300);
        bool IsStable(params string[] what) => what.All(w => !touched.TryGetValue(w, out TimeSpan at) || cluster.Now - at >= quiet);
        bool Hears(VirtualNode ear, VirtualNode mouth) =>
            ear.IsRunning && mouth.IsRunning && cluster.Now - ear.UpSince(mouth.Name) >= quiet && cluster.Now - mouth.UpSince(ear.Name) >= quiet
            && !cluster.IsCut(ear.Name, mouth.Name) && IsStable(ear.Name, mouth.Name, PairName(ear.Name, mouth.Name));
        int deaths = 0;
        cluster.Judged = (judge, subject, _, after) =>
        {
            if (after.State != MemberState.Dead) return;
            deaths++;
            VirtualNode? witness = cluster.Nodes.FirstOrDefault(w => w != judge && w.Name != subject && Hears(judge, w) && Hears(w, cluster[subject]));
            Assert.True(witness is null, $"{judge.Name} finds {subject} dead, and {witness?.Name} hears it");
        };
        string[] names = [.. cluster.Nodes.Select(n => n.Name)];
        for (int happening = 0; happening < 30; happening++)
        {
            cluster.Run(random.NextDouble() * TimeSpan.FromSeconds(0.6));
            string one = names[random.Next(count)], other = names[random.Next(count)];
            if (random.Next(4) == 0)
            {
                touched[one] = cluster.Now;
                if (cluster[one].IsRunning) cluster.Crash(one);
                else cluster.Start(one);
            }
            else if (one != other)
            {
                touched[PairName(one, other)] = cluster.Now;
                if (cluster.IsCut(one, other)) cluster.Mend(one, other);
                else cluster.Cut(one, other);
            }
        }
        foreach (string one in names)
        {
            foreach (string other in names.Where(o => o != one)) cluster.Mend(one, other);
            if (!cluster[one].IsRunning) cluster.Start(one);
        }
        cluster.Run(TimeSpan.FromSeconds(6));
        foreach (string name in names) AssertAll(cluster, name, new(MemberState.Alive, false));
        int sent = cluster.Nodes.Sum(n => n.Sent);
        cluster.Run(TimeSpan.FromSeconds(60));
        Assert.Equal(sent, cluster.Nodes.Sum(n => n.Sent));

        string crashed = names[random.Next(count)];
        cluster.Crash(crashed);
        cluster.Run(Bound);
        AssertAll(cluster, crashed, new(MemberState.Dead, false));
        Assert.True(deaths >= count - 1);
    }, iter: 200, threads: 1);

    [Fact]
    public void Both_halves_of_a_cluster_take_the_other_for_dead_and_all_are_alive_again_when_it_is_whole() => Seeds.Sample(seed =>
    {
        VirtualCluster cluster = new(seed, 7, NetworkQuality.Good, isSettled: true);
        string[] names = [.. cluster.Nodes.Select(n => n.Name)], left = names[..3], right = names[3..];
        foreach (string one in left)
            foreach (string other in right) cluster.Cut(one, other);
        cluster.Run(Bound);
        foreach (string one in left)
            foreach (string other in right)
                Assert.Equal((MemberState.Dead, MemberState.Dead), (cluster[one].State.ViewOf(other).State, cluster[other].State.ViewOf(one).State));
        Assert.All(left, one => Assert.All(left.Where(l => l != one), l => Assert.Equal(MemberState.Alive, cluster[one].State.ViewOf(l).State)));
        foreach (string one in left)
            foreach (string other in right) cluster.Mend(one, other);
        cluster.Run(TimeSpan.FromSeconds(4));
        foreach (string name in names) AssertAll(cluster, name, new(MemberState.Alive, false));
    }, iter: 30, threads: 1);

    [Fact]
    public void A_cluster_that_starts_comes_to_know_itself_on_a_ring_too()
    {
        VirtualCluster cluster = new(1, 100, NetworkQuality.Lossy, isSettled: false);
        foreach (VirtualNode node in cluster.Nodes) cluster.Start(node.Name);
        cluster.Run(TimeSpan.FromSeconds(10));
        foreach (VirtualNode node in cluster.Nodes) AssertAll(cluster, node.Name, new(MemberState.Alive, false));
        int most = cluster.Nodes.Max(n => n.Sent);
        output.WriteLine($"datagrams of one node until all know all: {most} at most");
        // 20 receivers, who are told in batches.
        Assert.True(most < 2000, $"{most}");

        string leaving = cluster.Nodes.ElementAt(42).Name;
        cluster.Leave(leaving);
        cluster.Run(TimeSpan.FromMilliseconds(50));
        AssertAll(cluster, leaving, new(MemberState.Leaving, false));
        cluster.Crash(leaving);
        cluster.Run(TimeSpan.FromSeconds(5));
        AssertAll(cluster, leaving, new(MemberState.Leaving, false));
        cluster.Start(leaving);
        cluster.Run(TimeSpan.FromSeconds(5));
        AssertAll(cluster, leaving, new(MemberState.Alive, false));
    }

    [Fact]
    public void At_a_thousand_nodes_a_crash_is_known_everywhere_within_the_bound_and_what_each_sends_is_bounded()
    {
        VirtualCluster cluster = new(7, 1000, NetworkQuality.Lossy, isSettled: true);
        Assert.All(cluster.Nodes, n => Assert.Equal(16, n.State.Watched.Count));
        string[] names = [.. cluster.Nodes.Select(n => n.Name)];
        foreach (string[] crashed in new[] { names[500..501], names[100..120] })
        {
            int[] sent = [.. cluster.Nodes.Select(n => n.Sent)];
            foreach (string name in crashed) cluster.Crash(name);
            TimeSpan start = cluster.Now;
            TimeSpan known = TimeSpan.Zero;
            while (known == TimeSpan.Zero)
            {
                cluster.Run(TimeSpan.FromMilliseconds(5));
                VirtualNode[] ignorant = [.. cluster.Nodes.Where(n => n.IsRunning && !crashed.All(c => n.State.ViewOf(c).State == MemberState.Dead))];
                if (ignorant.Length == 0) known = cluster.Now - start;
                else Assert.True(cluster.Now - start < Bound, $"{ignorant.Length} do not know all within the bound, {ignorant.FirstOrDefault()?.Name} among them");
            }
            cluster.Run(TimeSpan.FromSeconds(3));
            int most = cluster.Nodes.Select((n, i) => n.Sent - sent[i]).Max();
            output.WriteLine($"{crashed.Length} of 1000 crashed: known everywhere after {known.TotalMilliseconds:0} ms, {most} datagrams of one node at most");
            // Of a crash: 16 watchers ask 15 others, and each node passes the news on to 20.
            Assert.True(most <= 120 * crashed.Length, $"{most}");
        }
        Assert.All(cluster.Nodes.Where(n => n.IsRunning), n => Assert.Equal(21, n.State.Report().Count(m => m.State == MemberState.Dead)));
    }

    private static string PairName(string one, string other) => string.CompareOrdinal(one, other) < 0 ? $"{one} {other}" : $"{other} {one}";

    private static void AssertAll(VirtualCluster cluster, string subject, MemberView expected)
    {
        foreach (VirtualNode judge in cluster.Nodes.Where(n => n.IsRunning && n.Name != subject && !n.Plan.Leaving))
            Assert.True(judge.State.ViewOf(subject) == expected, $"{judge.Name} takes {subject} for {judge.State.ViewOf(subject)}, not {expected}");
    }
}
