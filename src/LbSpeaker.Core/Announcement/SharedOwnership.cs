using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Core.Announcement;

/// <summary>What comes of one Service at Layer 2.</summary>
internal readonly record struct Layer2Outcome(ValueArray<Layer2Announcement> Announcements, ValueArray<Refusal> Refusals);

/// <summary>One owner for all Services that share addresses.</summary>
internal static class SharedOwnership
{
    /// <param name="unit">The Services of one unit, sorted by namespace and name; mostly one alone.</param>
    public static IEnumerable<(ObjectKey Service, Layer2Outcome Outcome)> Decide(List<Layer2Verdict> unit, AdvertisementReach reach)
    {
        List<Layer2Verdict> byAge = unit.Count == 1 ? unit : [.. unit.OrderBy(v => v.Service.Age).ThenBy(v => v.Service.Key)];
        OwnerCandidate[] candidates = [];
        HashSet<ObjectKey> outvoted = [];
        Layer2Verdict? eldest = null;
        foreach (Layer2Verdict verdict in byAge)
        {
            if (verdict.Candidates.IsEmpty) continue;
            if (eldest is null)
            {
                eldest = verdict;
                candidates = [.. verdict.Candidates];
                continue;
            }
            OwnerCandidate[] common = [.. Common(candidates, verdict.Candidates)];
            if (common.Length > 0) candidates = common; else outvoted.Add(verdict.Service.Key);
        }
        string? owner = eldest is null ? null : OwnerElection.Elect(candidates, eldest.Addresses[0]);
        foreach (Layer2Verdict verdict in unit)
            yield return (verdict.Service.Key, OutcomeOf(verdict, owner, outvoted.Contains(verdict.Service.Key), reach));
    }

    private static IEnumerable<OwnerCandidate> Common(OwnerCandidate[] elder, IReadOnlyList<OwnerCandidate> younger) =>
        from candidate in elder
        from other in younger
        where other.Node == candidate.Node
        select candidate with { Preference = candidate.Preference + other.Preference };

    private static Layer2Outcome OutcomeOf(Layer2Verdict verdict, string? owner, bool outvoted, AdvertisementReach reach)
    {
        List<Refusal> refusals = [.. verdict.Refusals];
        List<Layer2Announcement> announcements = [];
        foreach (OwnerCandidate candidate in verdict.Candidates)
        {
            if (outvoted) refusals.Add(new(AnnouncementProtocol.Layer2, candidate.Node, RefusalReason.SharedAddressElsewhere));
            else if (candidate.Node != owner) refusals.Add(new(AnnouncementProtocol.Layer2, candidate.Node, RefusalReason.NotOwner));
        }
        if (owner is not null && !outvoted && !verdict.Candidates.IsEmpty)
            for (int i = 0; i < verdict.Addresses.Count; i++)
            {
                ValueArray<string>? interfaces = verdict.PoolOfAddress[i] is { } pool ? reach.Interfaces(verdict.Advertisements, pool, owner) : null;
                if (interfaces is { } names) announcements.Add(new(verdict.Addresses[i], owner, names));
                else refusals.Add(new(AnnouncementProtocol.Layer2, owner, verdict.PoolOfAddress[i] is null ? RefusalReason.AddressNotInPool : RefusalReason.NoMatchingAdvertisement));
            }
        refusals.Sort(static (a, b) => string.CompareOrdinal(a.Node, b.Node));
        return new(announcements.ToValueArray(), refusals.ToValueArray());
    }
}
