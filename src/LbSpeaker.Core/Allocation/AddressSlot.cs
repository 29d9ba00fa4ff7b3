using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Net;

namespace LbSpeaker.Core.Allocation;

/// <summary>A Service or IPClaim that holds an address, and the pool that it has it from.</summary>
internal readonly record struct Holder(ServiceEntry Service, PoolEntry Pool);

/// <summary>One address that somebody holds or that stands in somebody's status.</summary>
internal sealed class AddressSlot
{
    private HashSet<ServicePortView>? ports;

    public AddressSlot(IpAddress address, PoolEntry? owner)
    {
        Address = address;
        Owner = owner;
        PoolPosition position = default;
        IsUsable = owner?.Space(address.Family)?.TryPosition(address.Value, out position) == true;
        Position = position;
    }

    public IpAddress Address { get; }

    /// <summary>The ready pool whose ranges have it; null where there is none.</summary>
    public PoolEntry? Owner { get; }

    /// <summary>The owner may give it out: it is neither excluded nor avoided.</summary>
    public bool IsUsable { get; }

    public PoolPosition Position { get; }

    /// <summary>What Services' statuses say, valid or not decided here; sorted by age.</summary>
    public List<StatusClaim> Claims { get; } = [];

    /// <summary>An IPClaim that holds it stands first; beside it only Services that name it.</summary>
    public List<Holder> Holders { get; } = new(1);

    /// <summary>The IPClaim that holds it; null where none does.</summary>
    public ServiceEntry? Claimant => Holders.Count > 0 && Holders[0].Service.IsClaim ? Holders[0].Service : null;

    /// <summary>How many holders have it from which pool.</summary>
    public List<(PoolEntry Pool, int Holders)> Attribution { get; } = new(1);

    /// <summary>The index that it stands in while one more Service may join it.</summary>
    public SharedAddresses? Group { get; set; }

    /// <summary>On the terms of the holders; null where there is none, or it is shared with nobody who did not name the IPClaim that holds it.</summary>
    public SharingTerms? Terms => Holders.Count == 0 ? null : Holders[0].Service.Terms;

    public bool HasFrozenHolder
    {
        get
        {
            foreach ((PoolEntry pool, _) in Attribution)
                if (pool.IsFrozen) return true;
            return false;
        }
    }

    public bool HasFreePorts(SharingTerms terms)
    {
        if (ports is null) return true;
        foreach (ServicePortView port in terms.Ports)
            if (ports.Contains(port)) return false;
        return true;
    }

    /// <summary>Why the newcomer may not hold it beside those who do; null where it may.</summary>
    public AllocationReason? Refuses(ServiceEntry newcomer)
    {
        if (Holders.Count == 0) return null;
        int services = 0;
        if (Claimant is { } claimant)
        {
            if (newcomer.IsClaim) return AllocationReason.SharingConflict;
            if (newcomer.View.Claim != claimant.Key) return AllocationReason.HeldByClaim;
            services = 1;
        }
        if (Holders.Count == services) return null;
        bool isShared = Holders[services].Service.Terms is { } terms && newcomer.Terms is { } wanted && terms.Key == wanted.Key && terms.Backend == wanted.Backend && HasFreePorts(wanted);
        return isShared ? null : AllocationReason.SharingConflict;
    }

    /// <summary>The oldest holder that a newcomer clashes with, and why.</summary>
    public (ServiceEntry Holder, string Why)? FindConflict(ServiceEntry newcomer)
    {
        (ServiceEntry Holder, string Why)? found = null;
        foreach (Holder holder in Holders)
            if (Conflict(holder.Service, newcomer) is { } why && (found is null || ServiceEntry.ByAge.Compare(holder.Service, found.Value.Holder) < 0))
                found = (holder.Service, why);
        return found;
    }

    private static string? Conflict(ServiceEntry holder, ServiceEntry newcomer)
    {
        if (holder.IsClaim) return newcomer.View.Claim == holder.Key && !newcomer.IsClaim ? null : "which is not the one that is asked for";
        if (newcomer.IsClaim) return holder.View.Claim == newcomer.Key ? null : "which does not name the IPClaim";
        return SharingTerms.Conflict(holder.Terms, newcomer.Terms);
    }

    public void TakePorts(SharingTerms? terms)
    {
        if (terms is null) return;
        ports ??= [];
        foreach (ServicePortView port in terms.Ports)
            if (ports.Add(port)) Group?.CountPort(port, +1);
    }

    public void FreePorts(SharingTerms? terms)
    {
        if (terms is null || ports is null) return;
        foreach (ServicePortView port in terms.Ports)
            if (ports.Remove(port)) Group?.CountPort(port, -1);
    }

    public void CountPorts(SharedAddresses group, int change)
    {
        if (ports is null) return;
        foreach (ServicePortView port in ports) group.CountPort(port, change);
    }
}
