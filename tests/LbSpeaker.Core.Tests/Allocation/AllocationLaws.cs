using CsCheck;
using LbSpeaker.Core.Allocation;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Config;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Core.Tests.Allocation;

/// <summary>What holds for every sequence of changes.</summary>
public sealed class AllocationLaws
{
    /// <summary>Small spaces, so that everything runs into everything else.</summary>
    private static readonly string[][] Configurations =
    [
        ["pool pool-a addresses=192.0.2.0/30", "pool pool-b addresses=198.51.100.0/31 exclude=198.51.100.1 auto=off"],
        ["pool pool-a addresses=192.0.2.0/30,2001:db8::/126", "pool pool-b addresses=198.51.100.0/31 priority=3 svcsel=tier=web"],
        ["pool pool-a addresses=192.0.2.0/31", "pool pool-b addresses=2001:db8::/126", "pool pool-c addresses=198.51.100.0/31 ns=demo"],
        ["pool pool-a addresses=192.0.2.0/30,oops", "pool pool-b addresses=192.0.2.0/29 ns=default", "pool pool-c addresses=2001:db8::/127"],
        ["pool pool-a addresses=192.0.2.0/30,2001:db8::/126 quota=2:demo=1", "pool pool-b addresses=198.51.100.0/31 quota=1"],
        ["pool pool-a addresses=192.0.2.2/31 avoid exclude=192.0.2.2", "pool pool-b addresses=192.0.2.0/30,2001:db8::/126"],
        [],
    ];

    private static readonly Gen<string> GenService =
        from name in Gen.Int[0, 11]
        from age in Gen.Int[0, 5]
        from families in OneOf("", "", "cluster=6", "cluster=46 policy=Prefer", "cluster=46 policy=Require", "cluster=46", "cluster=none")
        from wants in Gen.Frequency(
            (6, Gen.Const("")),
            (3, OneOf("wants=192.0.2.0", "wants=192.0.2.1", "wants=2001:db8::1", "wants=192.0.2.2,2001:db8::2", "wants=2001:db8::,192.0.2.1", "wants=203.0.113.1", "wants=what")),
            (2, OneOf("pools=pool-a", "pools=pool-b", "pools=pool-b,pool-c", "pools=pool-a wants=192.0.2.1")))
        from share in OneOf("", "", "share=k", "share=k", "share=k local selector=app=a", "share=j")
        from ports in OneOf("", "ports=TCP:81", "ports=TCP:82,UDP:53")
        from holds in Gen.Frequency(
            (6, Gen.Const("")),
            (3, OneOf("holds=192.0.2.0", "holds=192.0.2.1 from=pool-a", "holds=192.0.2.2", "holds=198.51.100.0", "holds=198.51.100.1 from=pool-b", "holds=2001:db8::")),
            (2, OneOf("holds=192.0.2.1,2001:db8::1", "holds=2001:db8::2,192.0.2.0 from=pool-a", "holds=192.0.2.3,host:lb.example.com", "holds=192.0.2.4 from=pool-x")))
        from claim in Gen.Frequency((5, Gen.Const("")), (2, OneOf("claim=c0", "claim=c1", "claim=c2")))
        from other in Gen.Frequency((12, Gen.Const("")), (2, Gen.Const("labels=tier=web")), (1, OneOf("deleting", "class=other", "type=ClusterIP", "fault=bad")))
        select $"service {(name % 3 == 0 ? "demo" : "default")}/s{name} age={age} {families} {(claim.Length > 0 && age > 0 ? "" : wants)} {share} {ports} {holds} {claim} {other}";

    private static readonly Gen<string> GenClaim =
        from name in Gen.Int[0, 2]
        from space in OneOf("demo", "default", "default")
        from age in Gen.Int[0, 5]
        from families in OneOf("", "", "families=4", "families=6", "families=46")
        from wants in Gen.Frequency(
            (6, Gen.Const("")), (3, OneOf("wants=192.0.2.0", "wants=192.0.2.1", "wants=192.0.2.2,2001:db8::2", "wants=203.0.113.1", "wants=what")), (2, OneOf("pools=pool-a", "pools=pool-b", "pools=pool-b,pool-c")))
        from holds in Gen.Frequency(
            (5, Gen.Const("")), (3, OneOf("holds=192.0.2.0 from=pool-a", "holds=192.0.2.1 from=pool-a", "holds=192.0.2.2,2001:db8:: from=pool-a", "holds=198.51.100.0 from=pool-b", "holds=192.0.2.4 from=pool-x")))
        from phase in OneOf(ClaimPhase.Unused, ClaimPhase.Kept, ClaimPhase.Kept, ClaimPhase.Expired)
        from other in Gen.Frequency((12, Gen.Const("")), (2, Gen.Const("labels=tier=web")), (1, OneOf("deleting", "fault=bad")))
        select $"claim {space}/c{name} age={age} {families} {wants} {holds} phase={phase} {other}";

    /// <summary>Changes, and whether the plan is then written into the statuses: of none, of some, of all.</summary>
    private static readonly Gen<(string[] Changes, int Echo)[]> GenRounds =
        Gen.Select(
            Gen.Frequency(
                (8, GenService), (3, Gen.Int[0, 11].Select(n => $"gone {(n % 3 == 0 ? "demo" : "default")}/s{n}")),
                (2, GenClaim), (1, Gen.Select(OneOf("demo", "default"), Gen.Int[0, 2], (space, n) => $"gone {space}/c{n}"))).Array[0, 4],
            OneOf(0, 1, 2, 2, 2)).Array[1, 12];

    /// <summary>A quick look at each run; LBSPEAKER_LAW_ITERATIONS asks for a longer one.</summary>
    private static long Iterations =>
        long.TryParse(Environment.GetEnvironmentVariable("LBSPEAKER_LAW_ITERATIONS"), System.Globalization.CultureInfo.InvariantCulture, out long given) ? given : 3000;

    private static Gen<T> OneOf<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    [Fact]
    public void Planning_what_changed_gives_the_plan_from_scratch() =>
        Gen.Select(OneOf(Configurations), GenRounds).Sample(Check, iter: Iterations);

    private static void Check(string[] configuration, (string[] Changes, int Echo)[] rounds)
    {
        ClusterSnapshotBuilder builder = ClusterText.Read(configuration).ToBuilder();
        builder.Set(new NamespaceView("default", LabelSet.Empty));
        AllocationPlanner planner = new(new(null));
        CompiledConfig? config = null;
        AllocationPlan? previous = null;
        foreach ((string[] changes, int echo) in rounds)
        {
            foreach (string change in changes)
                Apply(change, builder);
            ClusterSnapshot snapshot = builder.Publish();
            config ??= ConfigCompiler.Compile(snapshot);

            AllocationPlan plan = planner.Plan(config, snapshot);
            AssertSame(new AllocationPlanner(new(null)).Plan(config, snapshot), plan);
            AssertChangedTells(previous, plan);
            AssertNobodyClashes(config, snapshot, plan);
            AssertNobodyMoves(previous, snapshot, plan);
            AssertClaimsAreKept(config, snapshot, plan);
            AssertQuotas(config, snapshot, plan);
            AssertHoldersAreShown(plan);
            previous = plan;
            if (echo > 0) PlanEcho.Write(plan, builder, key => echo == 2 || key.Name.Length % 2 == 0);
        }
    }

    private static void Apply(string change, ClusterSnapshotBuilder builder)
    {
        if (change.StartsWith("gone ", StringComparison.Ordinal))
        {
            ObjectKey key = ClusterText.ServiceKey(change[5..]);
            if (key.Name.StartsWith('c')) builder.RemoveClaim(key); else builder.RemoveService(key);
            return;
        }
        ClusterText read = ClusterText.Read([change]);
        foreach (ServiceView service in read.Services) builder.Set(service);
        foreach (ClaimView claim in read.Claims) builder.Set(claim);
    }

    /// <summary>What a claim holds, no other claim and nobody who does not name it has; who names it has nothing else, unless it holds nothing.</summary>
    private static void AssertClaimsAreKept(CompiledConfig config, ClusterSnapshot snapshot, AllocationPlan plan)
    {
        Dictionary<IpAddress, ObjectKey> held = [];
        foreach (ClaimDecision claim in plan.Claims.Values)
            foreach (IpAddress address in claim.Addresses)
            {
                Assert.True(held.TryAdd(address, claim.Claim), $"{address} is held by {claim.Claim} and {held[address]}");
                Assert.Contains(config.Pools.AsEnumerable(), p => claim.Pools.Contains(p.Name) && (p.State == PoolState.Frozen || p.Covers(address)));
            }
        foreach (ServiceDecision service in plan.Services.Values)
        {
            ObjectKey? named = snapshot.Services[service.Service].Claim;
            foreach (IpAddress address in service.Addresses)
                if (held.TryGetValue(address, out ObjectKey holder)) Assert.Equal(holder, named);
                else if (named is { } key && service.Reason is null && plan.Claims.ContainsKey(key)) Assert.Fail($"{service.Service} has {address}, which {key} does not hold");
        }
        foreach (ClaimDecision claim in plan.Claims.Values)
            if (snapshot.Claims[claim.Claim] is { Phase: ClaimPhase.Expired } && claim.UsedBy.IsEmpty) Assert.Empty(claim.Addresses.AsEnumerable());
    }

    /// <summary>A namespace that is given an address which none of its statuses has is within its quota; an address that two share counts once.</summary>
    private static void AssertQuotas(CompiledConfig config, ClusterSnapshot snapshot, AllocationPlan plan)
    {
        foreach (CompiledPool pool in config.Pools.AsEnumerable().Where(p => p.Quota is not null))
            foreach (string space in (string[])["demo", "default"])
            {
                if (pool.Quota!.LimitOf(space) is not { } limit) continue;
                HashSet<IpAddress> holds =
                [
                    .. plan.Services.Values.Where(d => d.Service.Namespace == space).SelectMany(d => d.Addresses.AsEnumerable()).Where(pool.Covers),
                    .. plan.Claims.Values.Where(d => d.Claim.Namespace == space).SelectMany(d => d.Addresses.AsEnumerable()).Where(pool.Covers),
                ];
                HashSet<string?> stood =
                [
                    .. snapshot.Services.Values.Where(s => s.Key.Namespace == space).SelectMany(s => s.Ingress.AsEnumerable()).Select(i => i.Ip),
                    .. snapshot.Claims.Values.Where(c => c.Key.Namespace == space).SelectMany(c => c.Held.AsEnumerable()),
                ];
                // Of an address that stands in several statuses it may come out only at the end that it stays in this namespace: what stands is kept.
                bool isContested = holds.Any(a => snapshot.Services.Values.Count(v => v.Ingress.AsEnumerable().Any(i => i.Ip == a.ToString())) > 1);
                if (!isContested && holds.Any(a => !stood.Contains(a.ToString()))) Assert.True(holds.Count <= limit, $"{space} has {holds.Count} of {limit} of {pool.Name}");
            }
    }

    private static void AssertHoldersAreShown(AllocationPlan plan)
    {
        foreach (PoolUsage pool in plan.Pools)
        {
            Assert.Equal(pool.AssignedIPv4 + pool.AssignedIPv6, pool.Held.Total);
            Assert.Equal(pool.Claims.AsEnumerable(), pool.Held.First.Where(h => h.Claim is not null).Select(h => new ClaimedAddress(h.Address, h.Claim!.Value)));
            foreach (HeldAddress held in pool.Held.First)
            {
                ObjectKey[] services = [.. plan.Services.Values.Where(d => d.Addresses.Contains(held.Address) && d.Pools.Contains(pool.Name)).Select(d => d.Service)];
                Assert.Equal(services.Length, held.Services);
                if (held.Service is { } first) Assert.Contains(first, services);
                Assert.True(held.Claim is not null || held.Service is not null);
            }
        }
    }

    private static void AssertSame(AllocationPlan scratch, AllocationPlan plan)
    {
        foreach ((ObjectKey key, ServiceDecision decision) in scratch.Services) Assert.Equal(decision, plan.Services.GetValueOrDefault(key));
        foreach ((ObjectKey key, ClaimDecision decision) in scratch.Claims) Assert.Equal(decision, plan.Claims.GetValueOrDefault(key));
        Assert.Equal(scratch.Pools.AsEnumerable(), plan.Pools.AsEnumerable());
        Assert.Equal(scratch.Problems.AsEnumerable(), plan.Problems.AsEnumerable());
        Assert.Equal(scratch, plan);
    }

    private static void AssertChangedTells(AllocationPlan? previous, AllocationPlan plan)
    {
        if (plan.Changed is not { } changed || previous is null) return;
        IEnumerable<ObjectKey> differing = plan.Services.Keys.Union(previous.Services.Keys)
            .Where(k => plan.Services.GetValueOrDefault(k) != previous.Services.GetValueOrDefault(k));
        Assert.Subset(changed.ToHashSet(), differing.ToHashSet());
        IEnumerable<ObjectKey> differingClaims = plan.Claims.Keys.Union(previous.Claims.Keys)
            .Where(k => plan.Claims.GetValueOrDefault(k) != previous.Claims.GetValueOrDefault(k));
        Assert.Subset(plan.ChangedClaims!.Value.ToHashSet(), differingClaims.ToHashSet());
    }

    /// <summary>Who kept its addresses and did not change keeps them, unless the status of another Service or IPClaim names one of them too.</summary>
    private static void AssertNobodyMoves(AllocationPlan? previous, ClusterSnapshot snapshot, AllocationPlan plan)
    {
        if (previous is null) return;
        foreach (ServiceDecision kept in previous.Services.Values)
            if (kept.Decision == AllocationDecision.Keep && !snapshot.Changes.Services.Contains(kept.Service) && snapshot.Services[kept.Service].Claim is null && kept.Addresses.AsEnumerable().All(IsNamedOnce))
                Assert.Subset(plan.Services[kept.Service].Addresses.ToHashSet(), kept.Addresses.ToHashSet());
        foreach (ClaimDecision kept in previous.Claims.Values)
            if (snapshot.Claims.TryGetValue(kept.Claim, out ClaimView? claim) && !snapshot.Changes.Claims.Contains(kept.Claim) && claim.Phase == ClaimPhase.Kept
                && kept.Addresses.All(a => claim.Held.Contains(a.ToString()) && IsNamedOnce(a)))
                Assert.Subset(plan.Claims[kept.Claim].Addresses.ToHashSet(), kept.Addresses.ToHashSet());

        bool IsNamedOnce(IpAddress address) =>
            snapshot.Services.Values.Count(s => s.Ingress.AsEnumerable().Any(i => i.Ip == address.ToString())) + snapshot.Claims.Values.Count(c => c.Held.Contains(address.ToString())) == 1;
    }

    private static void AssertNobodyClashes(CompiledConfig config, ClusterSnapshot snapshot, AllocationPlan plan)
    {
        Dictionary<IpAddress, List<ServiceView>> holders = [];
        foreach (ServiceDecision decision in plan.Services.Values)
            foreach (IpAddress address in decision.Addresses)
            {
                ServiceView view = snapshot.Services[decision.Service];
                (holders.TryGetValue(address, out List<ServiceView>? list) ? list : holders[address] = []).Add(view);
                Assert.Contains(config.Pools.AsEnumerable(), p =>
                    decision.Pools.Contains(p.Name) && (p.State == PoolState.Frozen || p.Covers(address) && MayServe(p, view)));
            }
        foreach (List<ServiceView> together in holders.Values)
            for (int i = 0; i < together.Count; i++)
                for (int j = i + 1; j < together.Count; j++)
                    Assert.True(MayShare(together[i], together[j]), $"{together[i].Key} and {together[j].Key} hold one address");
    }

    /// <summary>The rule in its own words, not the planner's.</summary>
    private static bool MayShare(ServiceView a, ServiceView b)
    {
        string? keyA = a.Annotations["metallb.io/allow-shared-ip"], keyB = b.Annotations["metallb.io/allow-shared-ip"];
        return !string.IsNullOrEmpty(keyA) && keyA == keyB
            && (a.LocalTraffic ? a.Selector.ToString() : "") == (b.LocalTraffic ? b.Selector.ToString() : "")
            && !a.Ports.AsEnumerable().Intersect(b.Ports).Any();
    }

    private static bool MayServe(CompiledPool pool, ServiceView view) =>
        (pool.Namespaces is not { } names || names.Contains(view.Key.Namespace)) && pool.ServiceSelectors.AnyMatches(view.Labels);
}
