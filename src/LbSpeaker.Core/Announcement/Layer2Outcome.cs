using LbSpeaker.Core.Net;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Core.Announcement;

/// <summary>What comes of one Service at Layer 2.</summary>
/// <param name="IsNotAdvertised">No L2Advertisement speaks of it.</param>
/// <param name="Refusals">Why nodes are silent, sorted by node.</param>
/// <param name="PassedOver">Of these the nodes that could not own.</param>
internal readonly record struct Layer2Outcome(ValueArray<Layer2Announcement> Announcements, bool IsNotAdvertised, Func<ValueArray<Refusal>> Refusals, Func<ValueArray<Refusal>> PassedOver)
{
    /// <param name="isOutvoted">Older Services with which it shares an address are announced from nodes that it cannot use.</param>
    public static Layer2Outcome Of(Layer2Verdict verdict, string? owner, bool isOutvoted, AdvertisementReach reach)
    {
        List<Layer2Announcement> announcements = [];
        if (owner is not null && !isOutvoted && !verdict.Candidates.IsEmpty)
            for (int i = 0; i < verdict.Addresses.Count; i++)
                if (InterfacesOf(verdict, i, owner, reach) is { } names) announcements.Add(new(verdict.Addresses[i], owner, names));
        return new(announcements.ToValueArray(), verdict.Candidacy.Overall == RefusalReason.NoMatchingAdvertisement, () => RefusalsOf(verdict, owner, isOutvoted, reach), () => verdict.Candidacy.PassedOver);
    }

    private static ValueArray<Refusal> RefusalsOf(Layer2Verdict verdict, string? owner, bool isOutvoted, AdvertisementReach reach)
    {
        List<Refusal> refusals = [.. verdict.Candidacy.Refusals];
        void Refuse(string node, RefusalReason reason) => refusals.Add(new(AnnouncementProtocol.Layer2, node, reason));
        foreach (OwnerCandidate candidate in verdict.Candidates)
            if (isOutvoted) Refuse(candidate.Node, RefusalReason.SharedAddressElsewhere);
            else if (candidate.Node != owner) Refuse(candidate.Node, RefusalReason.NotOwner);
        if (owner is not null && !isOutvoted && !verdict.Candidates.IsEmpty)
            for (int i = 0; i < verdict.Addresses.Count; i++)
                if (InterfacesOf(verdict, i, owner, reach) is null)
                    Refuse(owner, verdict.PoolOfAddress[i] is null ? RefusalReason.AddressNotInPool : RefusalReason.NoMatchingAdvertisement);
        return refusals.OrderBy(r => r.Node, StringComparer.Ordinal).ToValueArray();
    }

    /// <summary>Null where no advertisement announces the address on that node.</summary>
    private static ValueArray<string>? InterfacesOf(Layer2Verdict verdict, int address, string owner, AdvertisementReach reach) =>
        verdict.PoolOfAddress[address] is { } pool ? reach.Interfaces(verdict.Advertisements, pool, owner) : null;
}
