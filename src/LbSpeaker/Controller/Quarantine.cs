using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Reports;

namespace LbSpeaker.Controller;

/// <summary>
/// Addresses that speakers found in use by hosts that are none of ours. They are given to nobody while a speaker says so, and for some time after that: the next one
/// would only find out again. It is no more than a memory: a controller that takes over learns it from the speakers.
/// </summary>
internal sealed class Quarantine
{
    /// <summary>How long an address is avoided after it was last said to be in use.</summary>
    public static readonly TimeSpan Rest = TimeSpan.FromMinutes(10);

    private readonly Dictionary<ObjectKey, IpAddress[]> said = [];
    private readonly Dictionary<IpAddress, DateTimeOffset> until = [];

    /// <summary>Something has come or gone since <see cref="Take"/>.</summary>
    private bool changed;

    /// <summary>When <see cref="Take"/> has something to let go; null where nothing waits.</summary>
    public DateTimeOffset? NextDue => until.Count == 0 ? null : until.Values.Min();

    public void Apply(Layer2StatusView status, DateTimeOffset now) => Set(
        status.Key,
        [.. status.NotAnnounced.Where(n => n.Reason == nameof(NotAnnouncedReason.AddressInUse)).SelectMany(n => IpAddress.TryParse(n.Address, out IpAddress address) ? [address] : Array.Empty<IpAddress>())],
        now);

    public void Remove(ObjectKey status, DateTimeOffset now) => Set(status, [], now);

    /// <returns>All of it where it differs from the last time; null where it does not.</returns>
    public IReadOnlyCollection<IpAddress>? Take(DateTimeOffset now)
    {
        foreach (IpAddress over in until.Where(u => u.Value <= now).Select(u => u.Key).ToList()) changed |= until.Remove(over);
        if (!changed) return null;
        changed = false;
        return [.. said.Values.SelectMany(a => a).Concat(until.Keys).Distinct()];
    }

    private void Set(ObjectKey status, IpAddress[] addresses, DateTimeOffset now)
    {
        IpAddress[] before = said.GetValueOrDefault(status) ?? [];
        if (before.SequenceEqual(addresses)) return;
        if (addresses.Length == 0) said.Remove(status); else said[status] = addresses;
        foreach (IpAddress gone in before.Except(addresses)) until[gone] = now + Rest;
        foreach (IpAddress present in addresses) until.Remove(present);
        changed = true;
    }
}
