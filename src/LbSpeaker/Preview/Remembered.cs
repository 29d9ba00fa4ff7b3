using System.Collections.Immutable;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Config;

namespace LbSpeaker.Preview;

/// <summary>What the controller will have remembered of each object when a change comes: its last valid form, which stays in force where the change is at fault.</summary>
internal static class Remembered
{
    /// <param name="before">The plan of the cluster as it is.</param>
    /// <param name="after">The snapshot with the change.</param>
    public static ClusterSnapshot In(ClusterSnapshot after, ClusterPreview before)
    {
        HashSet<(string, ObjectKey)> valid = [.. before.Config.Verdicts.Where(v => v.Standing == ConfigStanding.Valid).Select(v => (v.Meta.Kind, v.Meta.Key))];
        ConfigDeclarations had = before.Snapshot.Config, has = after.Config;
        return after with
        {
            Config = has with
            {
                Pools = Each(has.Pools, had.Pools, (now, then) => now with { LastValid = now.LastValid ?? then with { LastValid = null } }),
                L2Advertisements = Each(has.L2Advertisements, had.L2Advertisements, (now, then) => now with { LastValid = now.LastValid ?? then with { LastValid = null } }),
                BgpAdvertisements = Each(has.BgpAdvertisements, had.BgpAdvertisements, (now, then) => now with { LastValid = now.LastValid ?? then with { LastValid = null } }),
                BgpPeers = Each(has.BgpPeers, had.BgpPeers, (now, then) => now with { LastValid = now.LastValid ?? then with { LastValid = null } }),
                BfdProfiles = Each(has.BfdProfiles, had.BfdProfiles, (now, then) => now with { LastValid = now.LastValid ?? then with { LastValid = null } }),
                Communities = Each(has.Communities, had.Communities, (now, then) => now with { LastValid = now.LastValid ?? then with { LastValid = null } }),
            },
        };

        ImmutableSortedDictionary<ObjectKey, T> Each<T>(ImmutableSortedDictionary<ObjectKey, T> now, ImmutableSortedDictionary<ObjectKey, T> then, Func<T, T, T> remember) where T : ConfigDeclaration =>
            now.ToImmutableSortedDictionary(d => d.Key, d => then.TryGetValue(d.Key, out T? was) && was != d.Value && valid.Contains((d.Value.Meta.Kind, d.Key)) ? remember(d.Value, was) : d.Value);
    }
}
