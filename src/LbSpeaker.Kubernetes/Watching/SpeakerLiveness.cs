using System.Collections.Immutable;
using LbSpeaker.Kubernetes.Resources;

namespace LbSpeaker.Kubernetes.Watching;

/// <summary>
/// Which speakers live, judged by when their Leases were last seen to change. Neither a remote clock nor the own one is compared with a
/// renewTime: clocks of nodes differ by more than a Lease lasts.
/// </summary>
/// <remarks>
/// Time passes here only as far as Leases are seen to change, and between two changes by no more than half of the shortest Lease.
/// So a Lease is stale when others went on being renewed for its whole duration without it. While the API server is silent nobody renews,
/// no time passes and nobody dies; when it comes back each speaker has at least half a duration to be heard of before it is given up.
/// Since this speaker's own Lease is among those seen, the death of the last other one is noticed too.
/// </remarks>
internal sealed class SpeakerLiveness(TimeProvider time)
{
    private readonly Dictionary<string, Sighting> sightings = new(StringComparer.Ordinal);
    private TimeSpan now;
    private long lastChange = time.GetTimestamp();

    /// <summary>A Lease was listed or sent by the watch.</summary>
    public void Observe(SpeakerLeaseRecord lease)
    {
        if (sightings.TryGetValue(lease.Key.Name, out Sighting? old) && old.Lease.Holder == lease.Holder && old.Lease.Renewed == lease.Renewed)
        {
            sightings[lease.Key.Name] = old with { Lease = lease };
            return;
        }
        TimeSpan longest = lease.Duration;
        foreach (Sighting other in sightings.Values)
            if (other.Lease.Duration < longest) longest = other.Lease.Duration;
        TimeSpan elapsed = time.GetElapsedTime(lastChange);
        now += elapsed < longest / 2 ? elapsed : longest / 2;
        lastChange = time.GetTimestamp();
        sightings[lease.Key.Name] = new(lease, now);
    }

    public void Remove(string leaseName) => sightings.Remove(leaseName);

    /// <returns>Null where no speaker has a Lease.</returns>
    public ImmutableSortedSet<string>? Live() => sightings.Count == 0
        ? null
        : sightings.Values.Where(s => s.Lease.Holder != "" && now - s.SeenChanging < s.Lease.Duration).Select(s => s.Lease.Node).ToImmutableSortedSet(StringComparer.Ordinal);

    private sealed record Sighting(SpeakerLeaseRecord Lease, TimeSpan SeenChanging);
}
