using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Config;
using LbSpeaker.Core.Net;

namespace LbSpeaker.Core.Allocation;

/// <summary>What a Service is to the planner, before any address is looked for.</summary>
internal enum ServiceStanding
{
    /// <summary>Another's, or of another type; nothing to clean up.</summary>
    NotOurs,
    /// <summary>It gets no address, and loses what it has.</summary>
    Dropped,
    /// <summary>It keeps what it has, and gets nothing else.</summary>
    KeepsOnly,
    /// <summary>It gets what it asks for.</summary>
    Served,
}

/// <summary>The planner's memory of one state of one Service; or of one IPClaim, which asks for addresses and holds them as a Service does.</summary>
internal sealed class ServiceEntry
{
    /// <summary>IPClaims before Services, of them those that adopt last; in each the older first; ties by namespace and name.</summary>
    public static IComparer<ServiceEntry> ByAge { get; } = Comparer<ServiceEntry>.Create(CompareAge);

    /// <summary>
    /// The order in which addresses are looked for: holders that lack one, Services that request one, the rest; inside each the older first.
    /// </summary>
    public static IComparer<ServiceEntry> ByTurn { get; } = Comparer<ServiceEntry>.Create(static (a, b) => a.Turn != b.Turn ? a.Turn.CompareTo(b.Turn) : CompareAge(a, b));

    /// <param name="named">The IPClaim that it names; null where it names none.</param>
    public ServiceEntry(ServiceView view, AllocationOptions options, PoolBook pools, AddressLedger ledger, NamedClaim? named)
    {
        View = view;
        Terms = SharingTerms.Of(view);
        (Standing, Reason, Message) = Ownership.Judge(view, options, pools);
        if (Standing == ServiceStanding.NotOurs || Reason is AllocationReason.NoLongerOurs or AllocationReason.BeingDeleted) return;
        Named = named;
        Wish = FamilyWish.Of(view);
        Request = named is null ? ServiceRequest.Read(view, pools) : ServiceRequest.Of(named, view, Wish);
        if (Standing == ServiceStanding.Dropped) return;
        if (!view.ShapeFaults.IsEmpty)
        {
            (Standing, Reason, Message) = (ServiceStanding.KeepsOnly, AllocationReason.Malformed, $"the Service is malformed: {string.Join("; ", view.ShapeFaults.AsEnumerable())}");
            if (Wish.Fault is not null) Wish = FamilyWish.Any;
        }
        else if (Wish.Fault is { } noFamily)
        {
            (Standing, Reason, Message) = (ServiceStanding.Dropped, noFamily, Wish.Message);
            return;
        }
        else if (Request.Fault is { } fault)
        {
            (Standing, Reason, Message) = (ServiceStanding.KeepsOnly, fault.Reason, fault.Message);
        }
        Claims = StatusReader.Read(this, pools, ledger);
    }

    /// <summary>Of an IPClaim.</summary>
    public ServiceEntry(ClaimRequest claim, PoolBook pools, AddressLedger ledger, NamedClaim named)
    {
        View = claim.View;
        Named = named;
        Claim = claim;
        if (claim.Refusal is { } refusal)
        {
            (Standing, Reason, Message) = (ServiceStanding.Dropped, refusal.Reason, refusal.Message);
            return;
        }
        Request = ServiceRequest.Read(View, pools);
        Wish = claim.Wish;
        (Standing, Reason, Message) =
            !View.ShapeFaults.IsEmpty ? (ServiceStanding.KeepsOnly, AllocationReason.Malformed, $"the IPClaim is malformed: {string.Join("; ", View.ShapeFaults.AsEnumerable())}")
            : Request.Fault is { } fault ? (ServiceStanding.KeepsOnly, fault.Reason, fault.Message)
            : (ServiceStanding.Served, (AllocationReason?)null, "");
        Claims = StatusReader.Read(this, pools, ledger);
    }

    public ServiceView View { get; }

    public ObjectKey Key => View.Key;

    /// <summary>The IPClaim that the Service names, or that this is; null where it names none, or is none of ours.</summary>
    public NamedClaim? Named { get; }

    /// <summary>What the IPClaim asks for, if this is one.</summary>
    public ClaimRequest? Claim { get; }

    public bool IsClaim => Claim is not null;

    public HolderName Name => new(IsClaim, Key);

    public SharingTerms? Terms { get; }

    public ServiceStanding Standing { get; }

    /// <summary>Why it is not served; null where it is.</summary>
    public AllocationReason? Reason { get; }

    public string Message { get; }

    public FamilyWish Wish { get; }

    public ServiceRequest Request { get; } = new([], [], null);

    /// <summary>In the order of the status.</summary>
    public StatusClaim[] Claims { get; } = [];

    /// <summary>What was found for it by the last plan, in the order in which the status is to name it.</summary>
    public List<(AddressSlot Slot, PoolEntry Pool)> Found { get; } = [];

    /// <summary>It held one address of two that it needs, the other was not to be had, and so the plan took this one too.</summary>
    public bool GaveUp { get; set; }

    public SearchFailure? Failure { get; set; }

    /// <summary>Part of what it needs was free: when that is taken by another, the failure reads otherwise.</summary>
    public bool MayFailOtherwise { get; set; }

    /// <summary>0: a holder; 1: requests addresses; 2: the rest. Only changed while it is in no sorted set.</summary>
    public int Turn { get; private set; } = 2;

    /// <summary>It stands among those that addresses are looked for.</summary>
    public bool IsWaiting { get; set; }

    public bool HoldsAny
    {
        get
        {
            foreach (StatusClaim claim in Claims)
                if (claim.IsHeld) return true;
            return false;
        }
    }

    public bool Holds(IpFamily family)
    {
        foreach (StatusClaim claim in Claims)
            if (claim.IsHeld && claim.Slot!.Address.Family == family) return true;
        return false;
    }

    /// <summary>An address of the family is still to be found.</summary>
    public bool Lacks(IpFamily family) => Wish.Wants(family) && !Holds(family);

    /// <summary>Whether an address is to be looked for; settles its turn.</summary>
    public bool Settle()
    {
        Turn = HoldsAny ? 0 : Request.Addresses.IsEmpty ? 2 : 1;
        if (Standing != ServiceStanding.Served) return false;
        if (Claim is { Adopts: true })
            foreach (StatusClaim claim in Claims)
                if (claim.Rival is { } rival)
                {
                    Failure = new(AllocationReason.AddressInUse, $"{claim.Slot!.Address}, which a Service that names the IPClaim has, is held by {rival} too, which does not");
                    return false;
                }
        if (Request.Addresses.IsEmpty) return Lacks(IpFamily.IPv4) || Lacks(IpFamily.IPv6);
        // One requested address is all that it wants, unless it needs both families.
        if (Wish.NeedsAll && Request.Addresses.Count < 2) return true;
        foreach (IpAddress address in Request.Addresses)
            if (!Holds(address.Family)) return true;
        return false;
    }

    public IEnumerable<Problem> Problems()
    {
        if (Standing == ServiceStanding.NotOurs && View.IsLoadBalancer) yield break;
        string kind = IsClaim ? "IPClaim" : "Service";
        foreach (string fault in View.ShapeFaults.AsEnumerable()) yield return new(kind, Key, ProblemReason.Malformed, fault);
        if (Request.Fault is { Problem: { } problem } request) yield return new(kind, Key, problem, request.Message);
    }

    private int Rank => Claim is not { } claim ? 2 : claim.Adopts ? 1 : 0;

    private static int CompareAge(ServiceEntry a, ServiceEntry b) => a.Rank != b.Rank ? a.Rank.CompareTo(b.Rank) : a.View.Age.CompareTo(b.View.Age) is var order && order != 0 ? order : a.Key.CompareTo(b.Key);
}
