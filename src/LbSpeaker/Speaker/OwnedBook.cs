using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Reports;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Speaker;

/// <summary>The addresses that this node says it owns, gathered from what it says of the Services; a turn costs what it says anew.</summary>
internal sealed class OwnedBook
{
    private readonly Dictionary<ObjectKey, Layer2ServiceReport> said = [];
    private readonly SortedDictionary<IpAddress, OwnedAddress> owned = [];
    private FirstOf<OwnedAddress>? addresses;

    public FirstOf<OwnedAddress> Addresses => addresses ??= FirstOf.Of(owned.Values);

    /// <param name="reports">Of Services that share an address either all or none.</param>
    public void Follow(IReadOnlyDictionary<ObjectKey, Layer2ServiceReport?> reports)
    {
        foreach ((ObjectKey service, Layer2ServiceReport? told) in reports)
        {
            Layer2ServiceReport? report = told is { Addresses.IsEmpty: false } ? told : null;
            if (said.GetValueOrDefault(service) == report) continue;
            addresses = null;
            if (said.Remove(service, out Layer2ServiceReport? before))
                foreach (IpAddress address in before.Addresses)
                    if (owned.GetValueOrDefault(address)?.Service == service) owned.Remove(address);
            if (report is not null) said[service] = report;
        }
        foreach (ObjectKey service in reports.Keys)
            if (said.TryGetValue(service, out Layer2ServiceReport? report))
                foreach (IpAddress address in report.Addresses)
                    if (!owned.TryGetValue(address, out OwnedAddress? other) || service.CompareTo(other.Service) < 0) owned[address] = new(address, service, report.Since);
    }
}
