using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Values;
using LbSpeaker.Kubernetes.Resources;

namespace LbSpeaker.Kubernetes.Writing;

/// <summary>
/// Which Service's status shows which address, and who waits for one. An address that one Service gives up is written to another only when the
/// first one's status is seen without it: writes overtake each other, and a status that names an address is the claim to it.
/// </summary>
internal sealed class AddressHandover
{
    private readonly Dictionary<IpAddress, ValueArray<ObjectKey>> shown = [];
    private readonly Dictionary<IpAddress, HashSet<ObjectKey>> waiting = [];

    /// <summary>The status of a Service changed; null where it is not there.</summary>
    /// <returns>The Services that waited for an address which it does not show any more.</returns>
    public IEnumerable<ObjectKey> Observe(ServiceRecord? before, ServiceRecord? after)
    {
        if (before?.View.Ingress == after?.View.Ingress) return [];
        List<ObjectKey> freed = [];
        IpAddress[] now = after is null ? [] : [.. AddressesOf(after)];
        if (before is not null)
            foreach (IpAddress gone in AddressesOf(before).Except(now))
            {
                ValueArray<ObjectKey> left = shown[gone].Where(k => k != before.Key).ToValueArray();
                if (left.IsEmpty) shown.Remove(gone); else shown[gone] = left;
                freed.AddRange(WaitersFor(gone));
            }
        if (after is not null)
            foreach (IpAddress address in now)
            {
                ValueArray<ObjectKey> holders = shown.GetValueOrDefault(address);
                if (!holders.Contains(after.Key)) shown[address] = holders.Append(after.Key).ToValueArray();
            }
        return freed;
    }

    /// <summary>Ends the waiting for an address: those that waited are to ask again.</summary>
    public IEnumerable<ObjectKey> WaitersFor(IpAddress address) => waiting.Remove(address, out HashSet<ObjectKey>? waiters) ? waiters : [];

    /// <summary>Whether the Service has to wait for the address; then it is among those that are told.</summary>
    /// <param name="givesUp">Whether a Service is to lose the address that it shows.</param>
    public bool MustWait(ObjectKey service, IpAddress address, Func<ObjectKey, IpAddress, bool> givesUp)
    {
        ValueArray<ObjectKey> holders = shown.GetValueOrDefault(address);
        if (holders.Contains(service) || !holders.Any(h => givesUp(h, address))) return false;
        if (!waiting.TryGetValue(address, out HashSet<ObjectKey>? waiters)) waiting[address] = waiters = [];
        waiters.Add(service);
        return true;
    }

    private static IEnumerable<IpAddress> AddressesOf(ServiceRecord record) =>
        record.View.Ingress.Select(i => IpAddress.TryParse(i.Ip, out IpAddress address) ? address : (IpAddress?)null).OfType<IpAddress>();
}
