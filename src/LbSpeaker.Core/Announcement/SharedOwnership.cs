using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Core.Announcement;

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
        ValueArray<OwnerCandidate> candidates = unit.Count == 1 ? [] : Candidates(unit).Candidates;
        foreach (Layer2Verdict verdict in unit)
            yield return (verdict.Service.Key, Layer2Outcome.Of(verdict, owner, isOutvoted: !candidates.IsEmpty && Common(candidates, verdict.Candidates).IsEmpty, reach));
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

    /// <summary>Both are sorted by name.</summary>
    private static ValueArray<OwnerCandidate> Common(ValueArray<OwnerCandidate> elder, ValueArray<OwnerCandidate> younger)
    {
        List<OwnerCandidate> common = [];
        for (int i = 0, j = 0; i < elder.Count && j < younger.Count;)
        {
            int order = string.CompareOrdinal(elder[i].Node, younger[j].Node);
            if (order == 0) common.Add(elder[i] with { Preference = elder[i].Preference + younger[j].Preference });
            if (order <= 0) i++;
            if (order >= 0) j++;
        }
        return common.ToValueArray();
    }
}
