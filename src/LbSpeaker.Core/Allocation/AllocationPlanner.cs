using System.Collections.Immutable;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Config;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Core.Allocation;

/// <summary>
/// Decides which Service holds which address: a function of configuration and snapshot. It remembers its last result, and where a snapshot
/// says what changed since, it looks at that alone; the plan is the same as one from scratch. Owned by one loop.
/// </summary>
/// <remarks>
/// First everything that stands in a status and may be kept is kept, so that no holder moves. Then those that lack something are served in
/// their turn (<see cref="ServiceEntry.ByTurn"/>). A Service that waits in vain is not asked again before somebody lost an address.
/// </remarks>
public sealed class AllocationPlanner(AllocationOptions options)
{
    private PoolBook pools = null!;
    private AddressLedger ledger = null!;
    private AddressSearch search = null!;
    private Dictionary<ObjectKey, ServiceEntry> entries = [];
    private SortedSet<ServiceEntry> waiting = new(ServiceEntry.ByTurn);
    /// <summary>Those that are asked at every plan: their status does not show yet what the last plan gave or took, or may come to another failure.</summary>
    private HashSet<ServiceEntry> unsettled = [];
    private SortedSet<Problem> problems = [];

    private (ValueArray<CompiledPool> Pools, long Revision, AllocationPlan Plan)? last;

    public AllocationPlan Plan(CompiledConfig config, ClusterSnapshot snapshot)
    {
        // Of the configuration only the pools decide here: advertisements come and go without a new plan.
        AllocationPlan? before = last is { } known && snapshot.Changes.BaseRevision == known.Revision && config.Pools == known.Pools ? known.Plan : null;
        last = null;
        if (before is null) Forget(config);

        Round round = new() { IsFirst = before is null };
        if (before is null)
            foreach (ServiceView view in snapshot.Services.Values) Enter(view, round);
        else
            foreach (ObjectKey key in snapshot.Changes.Services) Follow(key, snapshot, round);
        TakeBackUnsettled(round);
        foreach (AddressSlot slot in round.Slots) Resolve(slot, round);
        Queue(round);
        Serve(round);

        AllocationPlan plan = Write(before, round);
        ledger.Settle();
        last = (config.Pools, snapshot.Revision, plan);
        return plan;
    }

    private void Forget(CompiledConfig config)
    {
        pools = new(config);
        ledger = new(pools);
        search = new(pools, ledger);
        entries = [];
        waiting = new(ServiceEntry.ByTurn);
        unsettled = [];
        problems = [];
    }

    private void Follow(ObjectKey key, ClusterSnapshot snapshot, Round round)
    {
        ServiceView? view = snapshot.Services.GetValueOrDefault(key);
        if (entries.TryGetValue(key, out ServiceEntry? old))
        {
            if (old.View == view) return;
            Leave(old, round);
        }
        if (view is not null) Enter(view, round);
        else if (old is not null) round.Gone.Add(key);
    }

    private void Enter(ServiceView view, Round round)
    {
        ServiceEntry service = new(view, options, pools, ledger);
        entries[view.Key] = service;
        foreach (StatusClaim claim in service.Claims)
            if (claim.Slot is { } slot)
            {
                int at = slot.Claims.BinarySearch(claim, StatusClaim.ByAge);
                slot.Claims.Insert(~at, claim);
                round.Slots.Add(slot);
            }
        foreach (Problem problem in service.Problems()) round.ProblemsChanged |= problems.Add(problem);
        round.Services.Add(service);
    }

    private void Leave(ServiceEntry service, Round round)
    {
        entries.Remove(service.Key);
        if (service.IsWaiting) waiting.Remove(service);
        foreach (StatusClaim claim in service.Claims)
            if (claim.Slot is { } slot)
            {
                slot.Claims.Remove(claim);
                if (claim.IsHeld && !service.GaveUp) ledger.Remove(slot, claim.Holder);
                round.Slots.Add(slot);
            }
        TakeBackFound(service);
        unsettled.Remove(service);
        foreach (Problem problem in service.Problems()) round.ProblemsChanged |= problems.Remove(problem);
    }

    /// <summary>What was decided but does not stand in a status is decided anew: a plan depends on the snapshot, never on the plan before it.</summary>
    private void TakeBackUnsettled(Round round)
    {
        foreach (ServiceEntry service in unsettled)
        {
            TakeBackFound(service);
            if (service.GaveUp)
                foreach (StatusClaim claim in service.Claims)
                    if (claim.IsHeld) round.Slots.Add(claim.Slot!);
            service.GaveUp = false;
            round.Services.Add(service);
        }
        unsettled.Clear();
    }

    private void TakeBackFound(ServiceEntry service)
    {
        foreach ((AddressSlot slot, PoolEntry pool) in service.Found)
        {
            ledger.Remove(slot, new(service, pool));
            ledger.Forget(slot);
        }
        service.Found.Clear();
    }

    /// <summary>Of those in whose status the address stands, the older keep it, and the younger where they may share.</summary>
    private void Resolve(AddressSlot slot, Round round)
    {
        while (slot.Holders.Count > 0) ledger.Remove(slot, slot.Holders[^1]);
        foreach (StatusClaim claim in slot.Claims)
        {
            bool isHeld = slot.Admits(claim.Service.Terms);
            if (isHeld) ledger.Add(slot, claim.Holder, isFound: false);
            if (isHeld == claim.IsHeld) continue;
            claim.IsHeld = isHeld;
            round.Services.Add(claim.Service);
        }
        ledger.Forget(slot);
    }

    private void Queue(Round round)
    {
        List<ServiceEntry> queued = [];
        foreach (ServiceEntry service in round.Services)
        {
            if (service.IsWaiting) waiting.Remove(service);
            service.Failure = null;
            service.IsWaiting = service.Settle();
            if (service.IsWaiting) queued.Add(service);
        }
        if (round.IsFirst) waiting = new(queued, ServiceEntry.ByTurn);
        else waiting.UnionWith(queued);
    }

    private void Serve(Round round)
    {
        if (waiting.Count == 0) return;
        ServiceEntry? reached = null;
        if (!round.IsFirst && !ledger.MayHelpWaiting)
        {
            foreach (ServiceEntry service in round.Services.Where(s => s.IsWaiting).Order(ServiceEntry.ByTurn))
            {
                search.Run(service);
                reached = service;
                if (ledger.MayHelpWaiting) break;
            }
            if (!ledger.MayHelpWaiting) return;
        }
        foreach (ServiceEntry service in waiting)
        {
            if (reached is not null && ServiceEntry.ByTurn.Compare(service, reached) <= 0) continue;
            bool isNew = round.IsFirst || round.Services.Contains(service);
            if (!isNew && !ledger.MayHelpWaiting) continue;
            search.Run(service);
            if (!isNew) round.Retried.Add(service);
        }
    }

    private AllocationPlan Write(AllocationPlan? before, Round round)
    {
        ImmutableDictionary<ObjectKey, ServiceDecision>.Builder decisions = (before?.Services ?? ImmutableDictionary<ObjectKey, ServiceDecision>.Empty).ToBuilder();
        List<ObjectKey> changed = [];
        foreach (ObjectKey key in round.Gone)
            if (decisions.Remove(key)) changed.Add(key);
        foreach (ServiceEntry service in round.Services.Concat(round.Retried))
        {
            if (service.Found.Count > 0 || service.GaveUp || service.IsWaiting && service.MayFailOtherwise) unsettled.Add(service);
            ServiceDecision decision = DecisionWriter.Write(service);
            if (before is not null && decisions.TryGetValue(service.Key, out ServiceDecision? old) && old == decision) continue;
            decisions[service.Key] = decision;
            changed.Add(service.Key);
        }
        if (before is not null) changed.Sort();
        return new(
            decisions.ToImmutable(),
            ReadUsage(before),
            before is not null && !round.ProblemsChanged ? before.Problems : problems.ToValueArray(),
            before is null ? null : changed.ToValueArray());
    }

    private ValueArray<PoolUsage> ReadUsage(AllocationPlan? before)
    {
        ReadOnlySpan<PoolEntry> all = pools.All;
        bool isSame = before is not null;
        for (int i = 0; isSame && i < all.Length; i++) isSame = ReferenceEquals(all[i].Usage, before!.Pools[i]);
        if (isSame) return before!.Pools;
        PoolUsage[] usage = new PoolUsage[all.Length];
        for (int i = 0; i < usage.Length; i++) usage[i] = all[i].Usage;
        return ValueArray.Create<PoolUsage>(usage);
    }

    /// <summary>What one plan has to look at.</summary>
    private sealed class Round
    {
        /// <summary>From scratch: every Service is looked at.</summary>
        public required bool IsFirst { get; init; }

        /// <summary>Addresses whose claims changed.</summary>
        public HashSet<AddressSlot> Slots { get; } = [];

        /// <summary>Services that are to be judged anew.</summary>
        public HashSet<ServiceEntry> Services { get; } = [];

        /// <summary>Services that waited and were asked again.</summary>
        public List<ServiceEntry> Retried { get; } = [];

        public List<ObjectKey> Gone { get; } = [];

        public bool ProblemsChanged { get; set; }
    }
}
