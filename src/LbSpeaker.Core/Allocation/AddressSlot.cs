using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Net;

namespace LbSpeaker.Core.Allocation;

/// <summary>A Service that holds an address, and the pool that it has it from.</summary>
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

    public List<Holder> Holders { get; } = new(1);

    /// <summary>How many holders have it from which pool.</summary>
    public List<(PoolEntry Pool, int Holders)> Attribution { get; } = new(1);

    /// <summary>The index that it stands in while one more Service may join it.</summary>
    public SharedAddresses? Group { get; set; }

    /// <summary>On the terms of the holders; null where there is none, or it shares with nobody.</summary>
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

    /// <summary>Whether the Service may hold it beside those who do.</summary>
    public bool Admits(SharingTerms? newcomer)
    {
        if (Holders.Count == 0) return true;
        return Terms is { } terms && newcomer is not null && terms.Key == newcomer.Key && terms.Backend == newcomer.Backend && HasFreePorts(newcomer);
    }

    /// <summary>The oldest holder that a newcomer clashes with, and why.</summary>
    public (ServiceEntry Holder, string Why)? FindConflict(SharingTerms? newcomer)
    {
        (ServiceEntry Holder, string Why)? found = null;
        foreach (Holder holder in Holders)
            if (SharingTerms.Conflict(holder.Service.Terms, newcomer) is { } why && (found is null || ServiceEntry.ByAge.Compare(holder.Service, found.Value.Holder) < 0))
                found = (holder.Service, why);
        return found;
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
