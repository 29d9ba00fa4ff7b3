using System.Collections.Frozen;
using LbSpeaker.Bfd;
using LbSpeaker.Bfd.Wire;
using LbSpeaker.Bgp;
using LbSpeaker.Core.Announcement.Bgp;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Values;
using BfdSettings = LbSpeaker.Core.Announcement.Bgp.BfdSettings;

namespace LbSpeaker.Speaker;

/// <summary>Lets BFD watch the routers of this node's sessions where their BGPPeers want it, and tells the sessions what it says (RFC 5882).</summary>
internal sealed class RouterWatch : IDisposable
{
    private const string Owner = "bgp";

    private readonly IBfdEngine bfd;
    private readonly IBgpAnnouncer bgp;
    private readonly Func<IpAddress, bool> isOnLink;
    private volatile FrozenDictionary<BfdSessionKey, string> peers = FrozenDictionary<BfdSessionKey, string>.Empty;
    private ValueArray<(BgpPeerSettings Settings, IpAddress Router)> watched = [];
    private BgpPlan? lastPlan;
    private BgpReport? lastReport;

    /// <param name="isOnLink">Whether an address lies in a subnet of one of the node's interfaces.</param>
    public RouterWatch(IBfdEngine bfd, IBgpAnnouncer bgp, Func<IpAddress, bool> isOnLink)
    {
        this.bfd = bfd;
        this.bgp = bgp;
        this.isOnLink = isOnLink;
        bfd.StateChanged += Tell;
    }

    /// <summary>The state of BFD for each BGPPeer that it watches, by the peer's name.</summary>
    public IReadOnlyDictionary<string, string> States
    {
        get
        {
            FrozenDictionary<BfdSessionKey, string> named = peers;
            SortedDictionary<string, string> states = new(StringComparer.Ordinal);
            foreach (BfdSessionReport session in bfd.Report.Sessions)
                if (named.TryGetValue(session.Key, out string? peer)) states[peer] = session.Fault == BfdFault.None ? session.State.ToString() : $"{session.State} ({session.Fault})";
            return states;
        }
    }

    /// <param name="report">Names the routers of unnumbered sessions.</param>
    public void SetDesired(BgpPlan plan, BgpReport report)
    {
        if (ReferenceEquals(plan, lastPlan) && ReferenceEquals(report, lastReport)) return;
        (lastPlan, lastReport) = (plan, report);
        ValueArray<(BgpPeerSettings Settings, IpAddress Router)> wanted = plan.Peers.Values.Select(p => p.Settings).Where(s => s.Bfd is not null)
            .Select(s => (s, Router: s.Address ?? report.Peers.GetValueOrDefault(s.Name)?.Router))
            // A link-local address without its link leads nowhere, for BGP neither.
            .Where(w => w.Router is { } router && (w.s.Interface is not null || !router.IsLinkLocal)).Select(w => (Settings: w.s, Router: w.Router!.Value)).ToValueArray();
        if (wanted == watched) return;
        watched = wanted;
        Dictionary<BfdSessionKey, string> named = [];
        List<BfdWish> wishes = [];
        foreach ((BgpPeerSettings settings, IpAddress router) in wanted)
        {
            BfdSessionKey key = new(router, IsSingleHop(settings, router) ? BfdHops.Single : BfdHops.Multi, settings.SourceAddress, settings.Interface, settings.Vrf);
            if (named.TryAdd(key, settings.Name)) wishes.Add(new(key, Of(settings.Bfd!, key.Hops)));
        }
        peers = named.ToFrozenDictionary();
        bfd.SetDesired(Owner, wishes.ToValueArray());
    }

    public void Dispose() => bfd.StateChanged -= Tell;

    /// <summary>A router of our own AS may be some hops away without anybody saying so; one of another AS is on the link, unless multihop is configured.</summary>
    private bool IsSingleHop(BgpPeerSettings settings, IpAddress router)
    {
        if (settings.MultiHop) return false;
        bool isInternal = settings.PeerAs.Accepts(settings.LocalAs, settings.LocalAs) && settings.PeerAs.Kind != PeerAsKind.External;
        return !isInternal || settings.Interface is not null || isOnLink(router);
    }

    private static Bfd.BfdSettings Of(BfdSettings settings, BfdHops hops) => new()
    {
        TransmitInterval = Interval(settings.TransmitInterval),
        ReceiveInterval = Interval(settings.ReceiveInterval),
        DetectMultiplier = checked((byte)settings.DetectMultiplier),
        // RFC 5883 section 3: no echo over several hops.
        EchoInterval = settings.UsesEcho && hops == BfdHops.Single ? Interval(settings.EchoInterval) : null,
        Passive = settings.IsPassive,
        MinimumTtl = checked((byte)settings.MinimumTtl),
    };

    private static BfdInterval Interval(TimeSpan time) => BfdInterval.FromMilliseconds((int)time.TotalMilliseconds);

    private void Tell(BfdSessionReport session)
    {
        if (!peers.TryGetValue(session.Key, out string? peer)) return;
        if (session.State == BfdState.Up) bgp.BfdUp(peer);
        // RFC 5882 section 4.2: that somebody took BFD down says nothing of the path.
        else if (session.Reason is DownReason.DetectionTimeExpired or DownReason.EchoFailed or DownReason.NeighborDown) bgp.BfdDown(peer);
    }
}
