using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Net;

namespace LbSpeaker.Core.Allocation;

/// <summary>
/// Who holds which address. It also knows whether, since the last plan, somebody lost an address that nobody of the same name and terms
/// took back: only then can a Service that waits find something that it did not find before.
/// </summary>
internal sealed class AddressLedger(PoolBook pools)
{
    private readonly Dictionary<IpAddress, AddressSlot> slots = [];
    private readonly Dictionary<(IpAddress, HolderName), (SharingTerms? Terms, Age Age)> lost = [];
    private readonly HashSet<(IpAddress, HolderName)> added = [];
    private bool joined, joinedBefore, isTracking;

    /// <summary>Whether a Service that waits may find another answer than at the last plan.</summary>
    public bool MayHelpWaiting => lost.Count > 0 || joined || joinedBefore;

    public AddressSlot? Find(IpAddress address) => slots.GetValueOrDefault(address);

    public AddressSlot Get(IpAddress address)
    {
        if (!slots.TryGetValue(address, out AddressSlot? slot)) slots[address] = slot = new(address, pools.FindReady(address));
        return slot;
    }

    public void Forget(AddressSlot slot)
    {
        // An empty slot may already have been forgotten and another made for its address.
        if (slot.Holders.Count == 0 && slot.Claims.Count == 0 && ReferenceEquals(Find(slot.Address), slot)) slots.Remove(slot.Address);
    }

    /// <param name="isFound">It was found just now, and stands in no status yet.</param>
    public void Add(AddressSlot slot, Holder holder, bool isFound)
    {
        SharingTerms? before = slot.Terms;
        bool isTakenBack = Track(slot, holder);
        // A newcomer beside other holders, whoever of them is entered first, changes what is said to those that wait for the address;
        // to those who were asked before it came, at the next plan.
        if (slot.Holders.Count > 0 && (isFound || !isTakenBack || added.Contains((slot.Address, slot.Holders[0].Service.Name)))) joined = true;
        slot.Holders.Insert(holder.Service.IsClaim ? 0 : slot.Holders.Count, holder);
        slot.TakePorts(holder.Service.Terms);
        if (slot.Holders.Count == 1) Occupy(slot);
        Attribute(slot, holder, +1);
        Regroup(slot, before);
    }

    public void Remove(AddressSlot slot, Holder holder)
    {
        int at = slot.Holders.LastIndexOf(holder);
        if (at < 0) throw new InvalidOperationException($"{holder.Service.Name} does not hold {slot.Address}");
        slot.Holders.RemoveAt(at);
        if (isTracking && !added.Remove((slot.Address, holder.Service.Name)))
            lost.TryAdd((slot.Address, holder.Service.Name), (holder.Service.Terms, holder.Service.View.Age));
        slot.FreePorts(holder.Service.Terms);
        Attribute(slot, holder, -1);
        if (slot.Holders.Count == 0) Vacate(slot);
        Regroup(slot, holder.Service.Terms);
    }

    /// <summary>The plan stands: from here on changes are counted against it.</summary>
    public void Settle()
    {
        lost.Clear();
        added.Clear();
        joinedBefore = joined;
        joined = false;
        isTracking = true;
    }

    /// <summary>What was decided before this may come out otherwise next time, without any other change.</summary>
    public void Unsettle() => joined = true;

    /// <summary>Whether the holder takes back, on the same terms, what it lost since the last plan.</summary>
    private bool Track(AddressSlot slot, Holder holder)
    {
        if (!isTracking) return false;
        (IpAddress, HolderName) key = (slot.Address, holder.Service.Name);
        if (lost.TryGetValue(key, out (SharingTerms? Terms, Age Age) was) && was == (holder.Service.Terms, holder.Service.View.Age)) return lost.Remove(key);
        added.Add(key);
        return false;
    }

    private static void Occupy(AddressSlot slot)
    {
        if (!slot.IsUsable) return;
        slot.Owner!.Space(slot.Address.Family)!.Take(slot.Position);
        slot.Owner.SpaceChanged();
    }

    private static void Vacate(AddressSlot slot)
    {
        if (!slot.IsUsable) return;
        slot.Owner!.Space(slot.Address.Family)!.GiveBack(slot.Position);
        slot.Owner.SpaceChanged();
    }

    private static void Attribute(AddressSlot slot, Holder holder, int change)
    {
        PoolEntry pool = holder.Pool;
        if (holder.Service.IsClaim) pool.CountClaim(slot.Address, holder.Service.Key, change);
        pool.CountHolder(slot, change);
        pool.CountFor(holder.Service.Key.Namespace, slot.Address, change);
        List<(PoolEntry Pool, int Holders)> attribution = slot.Attribution;
        int at = attribution.FindIndex(a => ReferenceEquals(a.Pool, pool));
        int before = at < 0 ? 0 : attribution[at].Holders, after = before + change;
        if (at < 0) attribution.Add((pool, after));
        else if (after == 0) attribution.RemoveAt(at);
        else attribution[at] = (pool, after);
        if (before == 0 || after == 0) pool.Count(slot.Address, change);
    }

    /// <summary>Keeps the index of addresses that one more Service may join; none of a frozen pool is in it.</summary>
    private static void Regroup(AddressSlot slot, SharingTerms? before = null)
    {
        if (slot.Group is null && slot.Terms is null) return;
        SharingTerms? terms = slot.IsUsable && !slot.HasFrozenHolder ? slot.Terms : null;
        if (terms is not null == slot.Group is not null) return;
        if (terms is not null)
        {
            slot.Group = slot.Owner!.GetShared(slot.Address.Family, terms);
            slot.Group.Add(slot);
            slot.CountPorts(slot.Group, +1);
            return;
        }
        SharedAddresses group = slot.Group!;
        slot.CountPorts(group, -1);
        group.Remove(slot);
        slot.Group = null;
        if (group.IsEmpty && (slot.Terms ?? before) is { } old) slot.Owner!.ForgetShared(slot.Address.Family, old);
    }
}
