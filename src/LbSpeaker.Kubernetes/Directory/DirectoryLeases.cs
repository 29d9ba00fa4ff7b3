using System.Collections.Immutable;
using LbSpeaker.Kubernetes.Resources;

namespace LbSpeaker.Kubernetes.Directory;

/// <summary>
/// Which speakers live, told from Leases without a clock: a directory is a picture taken at some past moment, and the newest renewTime among
/// the speakers' Leases is the best that it says about when. A Lease that lay within its duration then is fresh.
/// </summary>
internal static class DirectoryLeases
{
    /// <param name="slack">By how much the clocks of nodes may differ.</param>
    /// <returns>Null where there is no speaker's Lease at all: then nothing is known and every node counts.</returns>
    public static ImmutableSortedSet<string>? LiveSpeakers(IReadOnlyCollection<SpeakerLeaseRecord> leases, TimeSpan slack)
    {
        if (leases.Count == 0) return null;
        DateTimeOffset? newest = leases.Max(l => l.Renewed);
        return leases
            .Where(l => l.Holder != "" && l.Renewed is { } renewed && newest - renewed < l.Duration + slack)
            .Select(l => l.Node)
            .ToImmutableSortedSet(StringComparer.Ordinal);
    }
}
