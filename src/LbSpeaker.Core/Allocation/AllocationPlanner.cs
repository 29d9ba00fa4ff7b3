using System.Collections.Immutable;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Config;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Core.Allocation;

/// <summary>
/// Decides which Service and which IPClaim holds which address: a function of configuration and snapshot. It remembers its last result, and where a snapshot
/// says what changed since, it looks at that alone; the plan is the same as one from scratch. Owned by one loop.
/// </summary>
/// <remarks>
/// First everything that stands in a status and may be kept is kept, so that no holder moves. Then those that lack something are served in
/// their turn (<see cref="ServiceEntry.ByTurn"/>). A Service that waits in vain is not asked again before somebody lost an address.
/// IPClaims go before Services. Services that name one are first judged by what it holds already, then by what it is given.
/// </remarks>
public sealed class AllocationPlanner(AllocationOptions options)
{
    private PoolBook pools = null!;
    private AddressLedger ledger = null!;
    private AddressSearch search = null!;
    private ClaimBook claims = null!;
    private Dictionary<ObjectKey, ServiceEntry> entries = [];
    private SortedSet<ServiceEntry> waiting = new(ServiceEntry.ByTurn), waitingClaims = new(ServiceEntry.ByTurn);
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
        foreach (ObjectKey key in before is null ? snapshot.Claims.Keys : snapshot.Changes.Claims)
        {
            NamedClaim claim = claims.Get(key);
            claim.View = snapshot.Claims.GetValueOrDefault(key);
            round.Claims.Add(claim);
        }
        if (before is null)
            foreach (ServiceView view in snapshot.Services.Values) Join(Enter(view, round), round);
        else
            foreach (ObjectKey key in snapshot.Changes.Services) Follow(key, snapshot, round);
        TakeBackUnsettled(round);
        foreach (NamedClaim claim in round.Claims) Judge(claim, round);
        Resolve(round);
        Grant(round, isFinal: false);
        Queue(round.Claims.Select(c => c.Entry).OfType<ServiceEntry>(), ref waitingClaims, round);
        Serve(waitingClaims, [.. round.Claims.Select(c => c.Entry).OfType<ServiceEntry>()], e => round.Claims.Add(e.Named!), round);
        Grant(round, isFinal: true);
        Queue(round.Services, ref waiting, round);
        Serve(waiting, round.Services, round.Retried.Add, round);

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
        claims = new();
        entries = [];
        waiting = new(ServiceEntry.ByTurn);
        waitingClaims = new(ServiceEntry.ByTurn);
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
            entries.Remove(key);
            Part(old, round);
        }
        if (view is not null) Join(Enter(view, round), round);
        else if (old is not null) round.Gone.Add(key);
    }

    private ServiceEntry Enter(ServiceView view, Round round)
    {
        ServiceEntry service = new(view, options, pools, ledger, view.Claim is { } named ? claims.Get(named) : null);
        entries[view.Key] = service;
        Enter(service, round);
        return service;
    }

    /// <summary>The Service names an IPClaim: that is judged anew.</summary>
    private void Join(ServiceEntry service, Round round)
    {
        if (service.Named is null)
        {
            if (service.View.Claim is { } named) claims.Forget(claims.Get(named));
            return;
        }
        claims.AddUser(service);
        TouchShown(service, round);
    }

    private void Part(ServiceEntry service, Round round)
    {
        if (service.Named is null) return;
        claims.RemoveUser(service);
        TouchShown(service, round);
    }

    private void TouchShown(ServiceEntry user, Round round)
    {
        round.Claims.Add(user.Named!);
        foreach (IpAddress address in ClaimBook.AddressesOf(user))
            if (ledger.Find(address) is { } slot) round.Slots.Add(slot);
    }

    private void Enter(ServiceEntry service, Round round)
    {
        foreach (StatusClaim claim in service.Claims)
            if (claim.Slot is { } slot)
            {
                int at = slot.Claims.BinarySearch(claim, StatusClaim.ByAge);
                slot.Claims.Insert(~at, claim);
                round.Slots.Add(slot);
            }
        foreach (Problem problem in service.Problems()) round.ProblemsChanged |= problems.Add(problem);
        Touch(service, round);
    }

    /// <summary>It is to be judged anew.</summary>
    private static void Touch(ServiceEntry service, Round round)
    {
        if (service.IsClaim) round.Claims.Add(service.Named!); else round.Services.Add(service);
    }

    private void Leave(ServiceEntry service, Round round)
    {
        if (service.IsWaiting) (service.IsClaim ? waitingClaims : waiting).Remove(service);
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

    /// <summary>What the IPClaim asks for follows from itself and from those that name it; where that is as it was, nothing is touched.</summary>
    private void Judge(NamedClaim claim, Round round)
    {
        ClaimRequest? request = claim.View is { } view ? ClaimRequest.Of(view, claim.Users, pools) : null;
        if (claim.Entry is { } old && old.Claim != request)
        {
            Leave(old, round);
            claim.Entry = null;
        }
        if (request is null) claims.Forget(claim);
        else if (claim.Entry is null) Enter(claim.Entry = new(request, pools, ledger, claim), round);
    }

    /// <summary>Judges anew the Services that name an IPClaim of which they know something else.</summary>
    /// <param name="isFinal">Addresses have been looked for.</param>
    private void Grant(Round round, bool isFinal)
    {
        foreach (NamedClaim claim in round.Claims)
        {
            ServiceEntry? entry = claim.Entry;
            ClaimGrant grant = entry is null ? ClaimGrant.Nothing : new(
                true, [.. entry.Claims.Where(c => c.IsHeld).Select(c => c.Slot!.Address), .. entry.Found.Select(f => f.Slot.Address)],
                isFinal ? entry.Failure?.Reason ?? entry.Reason : null, isFinal ? entry.Failure?.Message ?? entry.Message : "");
            // Why it holds nothing matters to nobody who gets something.
            if (!grant.Addresses.IsEmpty) grant = grant with { Reason = null, Message = "" };
            bool isSame = grant.Exists == claim.Told.Exists && grant.Addresses == claim.Told.Addresses;
            if (isFinal ? grant == claim.Told : isSame) continue;
            claim.Told = grant;
            foreach (ServiceEntry user in (ServiceEntry[])[.. claim.Users])
            {
                Leave(user, round);
                round.Services.Remove(user);
                claims.RemoveUser(user);
                claims.AddUser(Enter(user.View, round));
            }
            // IPClaims were asked before this could come free.
            if (isFinal && !isSame && claim.Users.Count > 0) ledger.Unsettle();
        }
        Resolve(round);
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
            Touch(service, round);
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

    private void Resolve(Round round)
    {
        foreach (AddressSlot slot in round.Slots) Resolve(slot, round);
        round.Slots.Clear();
    }

    /// <summary>Of those in whose status the address stands, the IPClaim keeps it and who names that; else the older, and the younger where they may share.</summary>
    private void Resolve(AddressSlot slot, Round round)
    {
        // What an IPClaim was just given stays.
        int kept = slot.Claimant is { } claimant && claimant.Found.Exists(f => ReferenceEquals(f.Slot, slot)) ? 1 : 0;
        while (slot.Holders.Count > kept) ledger.Remove(slot, slot.Holders[^1]);
        foreach (StatusClaim claim in slot.Claims)
        {
            HolderName? rival = claim.Service.Claim is { Adopts: true } ? claims.RivalOf(claim.Service, slot) : null;
            AllocationReason? refusal = rival is null ? slot.Refuses(claim.Service) : AllocationReason.AddressInUse;
            if (refusal is null) ledger.Add(slot, claim.Holder, isFound: false);
            if (refusal is null == claim.IsHeld && refusal == claim.Refusal && rival == claim.Rival) continue;
            (claim.IsHeld, claim.Refusal, claim.Rival) = (refusal is null, refusal, rival);
            Touch(claim.Service, round);
        }
        ledger.Forget(slot);
    }

    private static void Queue(IEnumerable<ServiceEntry> entries, ref SortedSet<ServiceEntry> queue, Round round)
    {
        List<ServiceEntry> queued = [];
        foreach (ServiceEntry service in entries)
        {
            if (service.IsWaiting) queue.Remove(service);
            service.Failure = null;
            service.IsWaiting = service.Settle();
            if (service.IsWaiting) queued.Add(service);
        }
        if (round.IsFirst) queue = new(queued, ServiceEntry.ByTurn);
        else queue.UnionWith(queued);
    }

    /// <param name="news">Those that are to be asked in this round in any case, if they wait.</param>
    /// <param name="retry">Told of those that waited and were asked again.</param>
    private void Serve(SortedSet<ServiceEntry> queue, HashSet<ServiceEntry> news, Action<ServiceEntry> retry, Round round)
    {
        if (queue.Count == 0) return;
        ServiceEntry? reached = null;
        if (!round.IsFirst && !MayHelpWaiting())
        {
            foreach (ServiceEntry service in news.Where(s => s.IsWaiting).Order(ServiceEntry.ByTurn))
            {
                search.Run(service);
                reached = service;
                if (MayHelpWaiting()) break;
            }
            if (!MayHelpWaiting()) return;
        }
        foreach (ServiceEntry service in queue)
        {
            if (reached is not null && ServiceEntry.ByTurn.Compare(service, reached) <= 0) continue;
            bool isAskedAnyway = round.IsFirst || news.Contains(service);
            if (!isAskedAnyway && !MayHelpWaiting()) continue;
            search.Run(service);
            if (!isAskedAnyway) retry(service);
        }
    }

    private bool MayHelpWaiting()
    {
        if (pools.TakeQuotaNews()) ledger.Unsettle();
        return ledger.MayHelpWaiting;
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
        (ImmutableDictionary<ObjectKey, ClaimDecision> held, List<ObjectKey> changedClaims) = WriteClaims(before, round);
        return new(
            decisions.ToImmutable(),
            ReadUsage(before),
            before is not null && !round.ProblemsChanged ? before.Problems : problems.ToValueArray(),
            before is null ? null : changed.ToValueArray())
        {
            Claims = held,
            ChangedClaims = before is null ? null : changedClaims.ToValueArray(),
        };
    }

    private (ImmutableDictionary<ObjectKey, ClaimDecision> Claims, List<ObjectKey> Changed) WriteClaims(AllocationPlan? before, Round round)
    {
        ImmutableDictionary<ObjectKey, ClaimDecision> old = before?.Claims ?? ImmutableDictionary<ObjectKey, ClaimDecision>.Empty;
        if (round.Claims.Count == 0) return (old, []);
        ImmutableDictionary<ObjectKey, ClaimDecision>.Builder decisions = old.ToBuilder();
        List<ObjectKey> changed = [];
        foreach (NamedClaim claim in round.Claims)
        {
            if (claim.Entry is not { } entry)
            {
                if (decisions.Remove(claim.Key)) changed.Add(claim.Key);
                continue;
            }
            if (entry.Found.Count > 0 || entry.IsWaiting && entry.MayFailOtherwise) unsettled.Add(entry);
            ClaimDecision decision = DecisionWriter.WriteClaim(entry);
            if (decisions.TryGetValue(claim.Key, out ClaimDecision? same) && same == decision) continue;
            decisions[claim.Key] = decision;
            changed.Add(claim.Key);
        }
        changed.Sort();
        return (decisions.ToImmutable(), changed);
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

        /// <summary>IPClaims that are to be judged anew.</summary>
        public HashSet<NamedClaim> Claims { get; } = [];

        /// <summary>Services that waited and were asked again.</summary>
        public List<ServiceEntry> Retried { get; } = [];

        public List<ObjectKey> Gone { get; } = [];

        public bool ProblemsChanged { get; set; }
    }
}
