using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Kubernetes.Writing;

/// <summary>
/// Which status shows which address, who is to give one up, and who waits for one. An address that one Service or IPClaim gives up is written to another only when the
/// first one's status is seen without it: writes overtake each other, and a status that names an address is the claim to it. The writers of both share one of these.
/// </summary>
public sealed class AddressHandover
{
    private readonly Dictionary<HolderName, ValueArray<IpAddress>> present = [], desired = [];
    private readonly Dictionary<IpAddress, ValueArray<HolderName>> shown = [];
    private readonly Dictionary<IpAddress, HashSet<HolderName>> waiting = [];
    private readonly HashSet<HolderName> awake = [];

    /// <summary>What the status of a Service or IPClaim shows now; nothing where it is not there.</summary>
    internal void Observe(HolderName holder, ValueArray<IpAddress> now)
    {
        ValueArray<IpAddress> before = present.GetValueOrDefault(holder);
        if (before == now) return;
        if (now.IsEmpty) present.Remove(holder); else present[holder] = now;
        foreach (IpAddress gone in before.Where(a => !now.Contains(a)))
        {
            ValueArray<HolderName> left = shown[gone].Where(h => h != holder).ToValueArray();
            if (left.IsEmpty) shown.Remove(gone); else shown[gone] = left;
            Wake(gone);
        }
        foreach (IpAddress address in now.Where(a => !before.Contains(a))) shown[address] = shown.GetValueOrDefault(address).Append(holder).ToValueArray();
    }

    /// <param name="addresses">What it is to hold; null where that is not ours to say.</param>
    internal void SetDesired(HolderName holder, ValueArray<IpAddress>? addresses)
    {
        if (addresses is { } wish) desired[holder] = wish; else desired.Remove(holder);
        foreach (IpAddress address in present.GetValueOrDefault(holder)) Wake(address);
    }

    /// <summary>Whether it has to wait for one of the addresses; then it is among those that are woken.</summary>
    internal bool MustWait(HolderName holder, ValueArray<IpAddress> addresses)
    {
        bool waits = false;
        foreach (IpAddress address in addresses)
        {
            ValueArray<HolderName> holders = shown.GetValueOrDefault(address);
            if (holders.Contains(holder) || !holders.Any(h => desired.TryGetValue(h, out ValueArray<IpAddress> wish) && !wish.Contains(address))) continue;
            if (!waiting.TryGetValue(address, out HashSet<HolderName>? waiters)) waiting[address] = waiters = [];
            waiters.Add(holder);
            waits = true;
        }
        return waits;
    }

    /// <summary>Those that waited for what may have come free since the last time, and are to be asked again.</summary>
    internal List<ObjectKey> TakeAwake(bool claims)
    {
        List<ObjectKey> woken = [.. awake.Where(h => h.IsClaim == claims).Select(h => h.Key)];
        awake.RemoveWhere(h => h.IsClaim == claims);
        return woken;
    }

    private void Wake(IpAddress address)
    {
        if (waiting.Remove(address, out HashSet<HolderName>? waiters)) awake.UnionWith(waiters);
    }
}
