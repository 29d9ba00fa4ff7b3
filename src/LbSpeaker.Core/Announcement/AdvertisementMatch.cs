using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Config;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Core.Announcement;

/// <summary>Which advertisements speak of a Service.</summary>
internal static class AdvertisementMatch
{
    /// <summary>Indexes of the advertisements that select one of the pools and the Service: Services with the same ones share what follows from them, and there are few sets.</summary>
    public static ValueArray<int> Of<T>(ValueArray<T> advertisements, ServiceView service, IReadOnlySet<string> pools) where T : CompiledAdvertisement
    {
        List<int> matching = [];
        for (int i = 0; i < advertisements.Count; i++)
            if (SelectsAny(advertisements[i], pools) && advertisements[i].ServiceSelectors.AnyMatches(service.Labels)) matching.Add(i);
        return matching.ToValueArray();
    }

    private static bool SelectsAny(CompiledAdvertisement advertisement, IReadOnlySet<string> pools)
    {
        foreach (string pool in advertisement.Pools)
            if (pools.Contains(pool)) return true;
        return false;
    }
}
