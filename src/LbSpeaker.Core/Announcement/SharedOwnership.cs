using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Core.Announcement;

/// <summary>What comes of one Service at Layer 2.</summary>
internal readonly record struct Layer2Outcome(ValueArray<Layer2Announcement> Announcements, ValueArray<Refusal> Refusals);

/// <summary>One owner for all Services that share addresses.</summary>
internal static class SharedOwnership
{
    /// <summary>Who may own the unit, and who does where that is settled.</summary>
    /// <param name="unit">The Services of one unit, sorted by namespace and name; mostly one alone.</param>
    /// <returns>Null where there is no candidate.</returns>
    public static OwnedUnit? Of(List<Layer2Verdict> unit, ClusterSnapshot snapshot)
    {
        (Layer2Verdict? eldest, ValueArray<OwnerCandidate> candidates) = Candidates(unit);
        if (eldest is null) return null;
        ValueArray<string> electorate = unit.Count == 1 ? eldest.Candidacy.Electorate : Candidacy.ElectorateOf(candidates);
        IEnumerable<Layer2Verdict> byAge = ByAge(unit);
        string? settled = byAge.Select(v => v.Service.MoveTo).FirstOrDefault(node => node is not null && electorate.Contains(node))
            ?? byAge.Select(v => snapshot.Owners.GetValueOrDefault(v.Service.Key)?.Node).FirstOrDefault(node => node is not null && electorate.Contains(node));
        int weight = unit.Count == 1 ? eldest.Addresses.Count : unit.SelectMany(v => v.Addresses).Distinct().Count();
        return new(unit[0].Service.Key, eldest.Service.Age, eldest.Addresses[0], weight, electorate, settled);
    }

    public static IEnumerable<(ObjectKey Service, Layer2Outcome Outcome)> Outcomes(List<Layer2Verdict> unit, string? owner, AdvertisementReach reach)
    {
        ValueArray<OwnerCandidate> candidates = Candidates(unit).Candidates;
        foreach (Layer2Verdict verdict in unit)
            yield return (verdict.Service.Key, OutcomeOf(verdict, owner, outvoted: !candidates.IsEmpty && Common(candidates, verdict.Candidates).IsEmpty, reach));
    }

    /// <summary>The candidates that all can use. Where there is none the older Services decide.</summary>
    private static (Layer2Verdict? Eldest, ValueArray<OwnerCandidate> Candidates) Candidates(List<Layer2Verdict> unit)
    {
        Layer2Verdict? eldest = null;
        ValueArray<OwnerCandidate> candidates = [];
        foreach (Layer2Verdict verdict in ByAge(unit))
        {
            if (verdict.Candidates.IsEmpty) continue;
            if (eldest is null) (eldest, candidates) = (verdict, verdict.Candidates);
            else if (Common(candidates, verdict.Candidates) is { IsEmpty: false } common) candidates = common;
        }
        return (eldest, candidates);
    }

    private static IEnumerable<Layer2Verdict> ByAge(List<Layer2Verdict> unit) => unit.Count == 1 ? unit : unit.OrderBy(v => v.Service.Age).ThenBy(v => v.Service.Key);

    private static ValueArray<OwnerCandidate> Common(ValueArray<OwnerCandidate> elder, ValueArray<OwnerCandidate> younger) => (
        from candidate in elder
        from other in younger
        where other.Node == candidate.Node
        select candidate with { Preference = candidate.Preference + other.Preference }).ToValueArray();

    private static Layer2Outcome OutcomeOf(Layer2Verdict verdict, string? owner, bool outvoted, AdvertisementReach reach)
    {
        List<Refusal> refusals = [.. verdict.Candidacy.Refusals];
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
