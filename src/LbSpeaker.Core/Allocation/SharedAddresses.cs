using LbSpeaker.Core.Cluster;

namespace LbSpeaker.Core.Allocation;

/// <summary>The addresses of one pool and family that are held under one sharing key and backend, in the order of the pool.</summary>
internal sealed class SharedAddresses
{
    private readonly SortedSet<AddressSlot> slots = new(Comparer<AddressSlot>.Create(static (a, b) => a.Position.CompareTo(b.Position)));
    /// <summary>On how many of the addresses a port is taken.</summary>
    private readonly Dictionary<ServicePortView, int> taken = [];

    public bool IsEmpty => slots.Count == 0;

    public void Add(AddressSlot slot) => slots.Add(slot);

    public void Remove(AddressSlot slot) => slots.Remove(slot);

    public void CountPort(ServicePortView port, int change)
    {
        int count = taken.GetValueOrDefault(port) + change;
        if (count == 0) taken.Remove(port); else taken[port] = count;
    }

    /// <summary>The first address where all ports of the terms are free, if it comes before <paramref name="limit"/>.</summary>
    /// <param name="condition">Asked of each; null: none.</param>
    public AddressSlot? FirstJoinable(SharingTerms terms, PoolPosition? limit, Func<AddressSlot, bool>? condition = null)
    {
        // Very many addresses under one key are many only because their ports clash: then the counts answer without a walk.
        foreach (ServicePortView port in terms.Ports)
            if (taken.GetValueOrDefault(port) == slots.Count) return null;
        foreach (AddressSlot slot in slots)
        {
            if (limit is { } end && slot.Position.CompareTo(end) > 0) return null;
            if (slot.HasFreePorts(terms) && (condition is null || condition(slot))) return slot;
        }
        return null;
    }
}
