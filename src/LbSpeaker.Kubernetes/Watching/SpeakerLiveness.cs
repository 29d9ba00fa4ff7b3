using System.Collections.Immutable;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Kubernetes.Resources;

namespace LbSpeaker.Kubernetes.Watching;

/// <summary>
/// Which speakers live, judged by what is heard of them, and where nothing is by when their Leases were last seen to change. Neither a remote clock nor the own one is
/// compared with a renewTime: clocks of nodes differ by more than a Lease lasts.
/// </summary>
/// <remarks>
/// Leases: time passes here only as far as Leases are seen to change. So a Lease is stale when others went on being renewed for its whole duration without it. While nothing is seen
/// for more than half of the shortest Lease it is the API server that is silent: nobody renews and nobody dies, and only a sixth of the shortest is counted, once it is over, so that what
/// is always slow comes to an end too. A Lease is renewed each third of its duration, so each speaker has at least half a duration from then on to be heard of before it is given up.
/// Since this speaker's own Lease is among those seen, the death of the last other one is noticed too.
/// <para>
/// Heartbeats: who is heard lives, whatever its Lease says, unless it gave that back. Who was heard and is no longer is dead at once, until it is heard again or its Lease
/// is seen to be renewed twice: the first renewal may have been under way when it died, a second one means that only its heartbeats are lost.
/// A node that no longer hears any of several others is the one that is cut off (or stood still): then the Leases decide, of each of them until it is heard again. The first one that
/// is heard says nothing of the rest, and what it says of them when it is asked not much: it may have been cut off itself.
/// </para>
/// </remarks>
/// <param name="node">This speaker's own node; null where nobody is heard, as in the controller.</param>
internal sealed class SpeakerLiveness(TimeProvider time, string? node = null)
{
    private const int RenewalsOfTheLiving = 2;

    private readonly Dictionary<string, Sighting> sightings = new(StringComparer.Ordinal);
    private ImmutableSortedDictionary<string, SpeakerPulse> pulses = ImmutableSortedDictionary<string, SpeakerPulse>.Empty;
    private readonly Dictionary<string, int> renewalsSinceDeath = new(StringComparer.Ordinal);

    /// <summary>They fell silent when all did, and were not heard since.</summary>
    private readonly HashSet<string> doubted = new(StringComparer.Ordinal);
    private ImmutableSortedSet<string> live = ImmutableSortedSet.Create<string>(StringComparer.Ordinal), left = ImmutableSortedSet.Create<string>(StringComparer.Ordinal);
    private TimeSpan now, shortest = TimeSpan.MaxValue;
    private long lastChange = time.GetTimestamp();

    /// <summary>The nodes whose speaker has a Lease, given back or not.</summary>
    public ImmutableSortedSet<string> Known { get; private set; } = ImmutableSortedSet.Create<string>(StringComparer.Ordinal);

    /// <inheritdoc cref="ClusterSnapshot.IsCutOff"/>
    public bool IsCutOff => doubted.Count > 0 && !HearsSomebody;

    /// <summary>A Lease was listed or sent by the watch.</summary>
    public void Observe(SpeakerLeaseRecord lease)
    {
        if (sightings.TryGetValue(lease.Key.Name, out Sighting? old) && old.Lease.Holder == lease.Holder && old.Lease.Renewed == lease.Renewed)
        {
            sightings[lease.Key.Name] = old with { Lease = lease };
            if (old.Lease.Duration != lease.Duration) FindShortest();
            return;
        }
        TimeSpan least = lease.Duration < shortest ? lease.Duration : shortest;
        TimeSpan elapsed = time.GetElapsedTime(lastChange);
        now += elapsed < least / 2 ? elapsed : least / 6;
        lastChange = time.GetTimestamp();
        sightings[lease.Key.Name] = new(lease, now);
        if (old?.Lease.Duration != lease.Duration) FindShortest();
        Known = Known.Add(lease.Node);
        if (lease.Holder != "" && renewalsSinceDeath.TryGetValue(lease.Node, out int renewals)) renewalsSinceDeath[lease.Node] = renewals + 1;
    }

    public void Remove(string leaseName)
    {
        if (!sightings.Remove(leaseName)) return;
        Known = sightings.Values.Select(s => s.Lease.Node).ToImmutableSortedSet(StringComparer.Ordinal);
        FindShortest();
    }

    private void FindShortest() => shortest = sightings.Count == 0 ? TimeSpan.MaxValue : sightings.Values.Min(s => s.Lease.Duration);

    /// <summary>What is heard of the other speakers now.</summary>
    public void Hear(ImmutableSortedDictionary<string, SpeakerPulse> heard)
    {
        foreach ((string other, SpeakerPulse pulse) in heard)
            if (pulse is SpeakerPulse.Alive) renewalsSinceDeath.Remove(other);
            else if (pulse is SpeakerPulse.Dead or SpeakerPulse.Leaving) renewalsSinceDeath.TryAdd(other, 0);
        foreach (string gone in renewalsSinceDeath.Keys.Where(k => !heard.ContainsKey(k)).ToList()) renewalsSinceDeath.Remove(gone);
        pulses = heard;
        doubted.RemoveWhere(n => heard.GetValueOrDefault(n) is not (SpeakerPulse.Dead or SpeakerPulse.Suspected));
        if (HearsSomebody) return;
        // Whose Lease has been renewed twice since is one of them still: the others' come later.
        string[] silent = [.. sightings.Values.Where(s => heard.GetValueOrDefault(s.Lease.Node) == SpeakerPulse.Dead && IsFresh(s)).Select(s => s.Lease.Node)];
        if (silent.Length > 1) doubted.UnionWith(silent);
    }

    /// <returns>Null where no speaker has a Lease.</returns>
    public ImmutableSortedSet<string>? Live() => sightings.Count == 0 ? null : live = NodesOf(IsLive, live);

    /// <summary>Those that have given their Lease back, or have said that they will.</summary>
    public ImmutableSortedSet<string> Left() => left = NodesOf(s => s.Lease.Holder == "" || pulses.GetValueOrDefault(s.Lease.Node) == SpeakerPulse.Leaving, left);

    /// <summary>The very set of the last time where it still holds: in a large cluster a Lease is renewed every few milliseconds, and hardly ever does that change who lives.</summary>
    private ImmutableSortedSet<string> NodesOf(Func<Sighting, bool> isMeant, ImmutableSortedSet<string> last)
    {
        int count = 0;
        bool isSame = true;
        foreach (Sighting sighting in sightings.Values)
            if (isMeant(sighting))
            {
                count++;
                isSame &= last.Contains(sighting.Lease.Node);
            }
        return isSame && count == last.Count ? last : sightings.Values.Where(isMeant).Select(s => s.Lease.Node).ToImmutableSortedSet(StringComparer.Ordinal);
    }

    private bool HearsSomebody => pulses.Values.Any(IsHeard);

    private static bool IsHeard(SpeakerPulse pulse) => pulse is SpeakerPulse.Alive or SpeakerPulse.Suspected;

    private bool IsLive(Sighting sighting)
    {
        if (sighting.Lease.Holder == "") return false;
        SpeakerPulse pulse = pulses.GetValueOrDefault(sighting.Lease.Node);
        // Who hears this node judges it by that.
        if (sighting.Lease.Node == node ? HearsSomebody : IsHeard(pulse)) return true;
        if (IsMissed(sighting) && !doubted.Contains(sighting.Lease.Node)) return false;
        return IsFresh(sighting);
    }

    private bool IsFresh(Sighting sighting) => now - sighting.SeenChanging < sighting.Lease.Duration;

    private bool IsMissed(Sighting sighting) => renewalsSinceDeath.TryGetValue(sighting.Lease.Node, out int renewals) && renewals < RenewalsOfTheLiving;

    private sealed record Sighting(SpeakerLeaseRecord Lease, TimeSpan SeenChanging);
}
