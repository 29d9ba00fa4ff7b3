using LbSpeaker.Core.Announcement.Bgp;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Config;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Core.Announcement;

/// <summary>Which addresses each advertisement selects, kept as Services come and go. Lives as long as its configuration and nodes.</summary>
/// <param name="layer2">This and the next two are the planner's own books: a Service is counted while it stands in all of them.</param>
internal sealed class SelectionBook(
    CompiledConfig config, IReadOnlyDictionary<ObjectKey, Layer2Verdict> layer2, IReadOnlyDictionary<ObjectKey, BgpVerdict> bgp, IReadOnlyDictionary<IpAddress, SortedSet<ObjectKey>> holders)
{
    private readonly Roll[] layer2Rolls = [.. config.L2Advertisements.AsEnumerable().Select((a, i) => new Roll(a, key => layer2[key].Advertisements.Contains(i) ? layer2[key] : null))];
    private readonly Roll[] bgpRolls = [.. config.BgpAdvertisements.AsEnumerable().Select((a, i) => new Roll(a, key => bgp[key].Advertisements.Contains(i) ? layer2[key] : null))];

    public SelectedAddresses Shown => new(layer2Rolls.Select(r => r.Addresses.Shown).ToValueArray(), bgpRolls.Select(r => r.Addresses.Shown).ToValueArray());

    /// <summary>What is known of the Service counts from now on (1), or no more (-1).</summary>
    public void Count(ObjectKey service, int change)
    {
        if (!layer2.TryGetValue(service, out Layer2Verdict? verdict)) return;
        foreach (int index in verdict.Advertisements) Count(layer2Rolls[index], verdict, change);
        foreach (int index in bgp[service].Advertisements) Count(bgpRolls[index], verdict, change);
    }

    private void Count(Roll roll, Layer2Verdict verdict, int change)
    {
        foreach (IpAddress address in verdict.Addresses)
            if (roll.HasPoolOf(address, verdict)) roll.Addresses.Change(address, holders[address], change);
    }

    private sealed class Roll
    {
        private readonly CompiledAdvertisement advertisement;

        /// <param name="find">What is known of a Service, null where the advertisement does not select it.</param>
        public Roll(CompiledAdvertisement advertisement, Func<ObjectKey, Layer2Verdict?> find)
        {
            this.advertisement = advertisement;
            Addresses = new((address, services) => new(address, services.First(s => find(s) is { } verdict && HasPoolOf(address, verdict))));
        }

        public AddressRoll<SortedSet<ObjectKey>, SelectedAddress> Addresses { get; }

        public bool HasPoolOf(IpAddress address, Layer2Verdict verdict)
        {
            for (int i = 0; i < verdict.Addresses.Count; i++)
                if (verdict.Addresses[i] == address) return verdict.PoolOfAddress[i] is { } pool && advertisement.Pools.Contains(pool);
            return false;
        }
    }
}
