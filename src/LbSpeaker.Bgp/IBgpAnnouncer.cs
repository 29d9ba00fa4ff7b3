using LbSpeaker.Core.Announcement.Bgp;

namespace LbSpeaker.Bgp;

/// <summary>Whoever holds the sessions: the seam at which tests of the speaker stand in for the network.</summary>
public interface IBgpAnnouncer
{
    /// <summary>Told after each change of the report that is more than a counter's, on the announcer's loop: be quick.</summary>
    event Action<BgpReport>? ReportChanged;

    /// <summary>
    /// Stores the plan and returns at once. A session whose settings are equal goes on, and its routes follow; one whose settings differ is replaced.
    /// To be told whole plans only: what is not in the first one is forgotten by routers that kept it over our restart.
    /// </summary>
    void SetDesired(BgpPlan plan);

    /// <summary>BFD says that the path to the router of this BGPPeer is there. To be told each time that it changes.</summary>
    void BfdUp(string peer);

    /// <summary>BFD says that the path is broken: an established session ends at once (RFC 5882 section 4.2).</summary>
    void BfdDown(string peer);

    /// <summary>Works until cancelled, then ends the sessions: those with graceful restart so that the routers keep the routes, the others with an administrative shutdown.</summary>
    Task RunAsync(CancellationToken ct);
}
