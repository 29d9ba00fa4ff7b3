using System.Diagnostics.Metrics;

namespace LbSpeaker.Bgp;

/// <summary>The figures of the room, by their Prometheus names; those that start with <c>metallb_</c> are MetalLB's, with its labels. README.md lists them.</summary>
public sealed class BgpMetrics : IDisposable
{
    public const string MeterName = "LbSpeaker.Bgp";

    /// <summary>What MetalLB calls the absence of a VRF.</summary>
    private const string NoVrf = "default";

    private readonly Meter meter = new(MeterName);
    private readonly Func<BgpReport> report;

    /// <param name="report">Read at each scrape.</param>
    public BgpMetrics(Func<BgpReport> report)
    {
        this.report = report;
        Gauge("metallb_bgp_session_up", "1 while the session is established, else 0", p => p.IsUp ? 1 : 0);
        Gauge("metallb_bgp_announced_prefixes_total", "prefixes that the router has been told", p => p.OnWire.Count);
        Gauge("metallb_bgp_pending_prefixes_total", "prefixes that the router is to be told, those that it has been told among them", p => p.Desired);
        Counter("metallb_bgp_opens_sent", "OPEN messages sent", c => c.OpensSent);
        Counter("metallb_bgp_opens_received", "OPEN messages received", c => c.OpensReceived);
        Counter("metallb_bgp_notifications_sent", "NOTIFICATION messages sent", c => c.NotificationsSent);
        Counter("metallb_bgp_updates_total", "UPDATE messages sent", c => c.UpdatesSent);
        Counter("metallb_bgp_updates_total_received", "UPDATE messages received", c => c.UpdatesReceived);
        Counter("metallb_bgp_keepalives_sent", "KEEPALIVE messages sent", c => c.KeepalivesSent);
        Counter("metallb_bgp_keepalives_received", "KEEPALIVE messages received", c => c.KeepalivesReceived);
        Counter("metallb_bgp_route_refresh_sent", "ROUTE-REFRESH messages sent", c => c.RefreshesSent);
        Counter("metallb_bgp_total_sent", "messages sent", c => c.TotalSent);
        Counter("metallb_bgp_total_received", "messages received", c => c.TotalReceived);
        Counter("lbspeaker_bgp_notifications_received_total", "NOTIFICATION messages received", c => c.NotificationsReceived);
        Counter("lbspeaker_bgp_route_refreshes_received_total", "ROUTE-REFRESH messages received", c => c.RefreshesReceived);
        Counter("lbspeaker_bgp_received_prefixes_total", "prefixes announced by the router, each time that they were; none is kept", c => c.ReceivedPrefixes);
        Counter("lbspeaker_bgp_update_faults_total", "faults in the router's UPDATEs that did not end the session (RFC 7606)", c => c.UpdateFaults);
        Counter("lbspeaker_bgp_established_total", "times that the session came up", c => c.Established);
        meter.CreateObservableCounter("lbspeaker_bgp_session_ends_total", () => report().Peers.Values.SelectMany(p => p.Counters.Ends.Select(e => Of(e.Count, p, new KeyValuePair<string, object?>("reason", e.Reason.ToString())))),
            description: "sessions, and attempts at one, that came to nothing, by reason");
        Gauge("lbspeaker_bgp_pending_changes", "changes that are still to be sent to the router", p => p.Pending);
        Gauge("lbspeaker_bgp_withheld_prefixes", "prefixes that cannot be sent in this session", p => p.Withheld.Sum(w => w.Count));
    }

    public void Dispose() => meter.Dispose();

    private void Gauge(string name, string description, Func<BgpPeerReport, long> value) => meter.CreateObservableGauge(name, () => Measure(value), description: description);

    private void Counter(string name, string description, Func<BgpPeerCounters, long> value) => meter.CreateObservableCounter(name, () => Measure(p => value(p.Counters)), description: description);

    private IEnumerable<Measurement<long>> Measure(Func<BgpPeerReport, long> value) => report().Peers.Values.Select(p => Of(value(p), p));

    private static Measurement<long> Of(long value, BgpPeerReport peer, params ReadOnlySpan<KeyValuePair<string, object?>> more) =>
        new(value, [new KeyValuePair<string, object?>("peer", peer.Peer), new KeyValuePair<string, object?>("vrf", peer.Vrf.Length > 0 ? peer.Vrf : NoVrf), .. more]);
}
