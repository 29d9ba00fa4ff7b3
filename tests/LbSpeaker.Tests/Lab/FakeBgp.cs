using System.Collections.Immutable;
using LbSpeaker.Bgp;
using LbSpeaker.Bgp.Session;
using LbSpeaker.Core.Announcement.Bgp;

namespace LbSpeaker.Tests.Lab;

/// <summary>Stands in for the sessions: they are up when a test says so, and then their routers have all that was planned.</summary>
internal sealed class FakeBgp : IBgpAnnouncer
{
    private readonly Lock gate = new();
    private readonly HashSet<string> up = new(StringComparer.Ordinal);
    private readonly List<string> bfd = [];
    private readonly List<int> told = [];
    private BgpPlan desired = BgpPlan.Empty;
    private string trouble = "";

    public event Action<BgpReport>? ReportChanged;

    /// <summary>What BFD said, such as <c>+router</c> or <c>-router</c>.</summary>
    public IReadOnlyList<string> Bfd
    {
        get
        {
            lock (gate) return [.. bfd];
        }
    }

    /// <summary>How many routes each plan had that it was told while it ran, in order; of all its sessions together.</summary>
    public IReadOnlyList<int> Told
    {
        get
        {
            lock (gate) return [.. told];
        }
    }

    /// <summary>The routes for one router as lines, sorted; null where there is no such session.</summary>
    public IReadOnlyList<string>? RoutesOf(string peer) => desired.Peers.GetValueOrDefault(peer) is { } plan
        ? [.. plan.Routes.Select(r => $"{r.Prefix} {r.Attributes.LocalPref} {string.Join(' ', r.Attributes.Communities.AsEnumerable())}".TrimEnd()).Order(StringComparer.Ordinal)]
        : null;

    public void SetDesired(BgpPlan plan)
    {
        lock (gate)
        {
            if (plan == desired) return;
            desired = plan;
            told.Add(plan.Peers.Values.Sum(p => p.Routes.Count));
        }
        Say();
    }

    public void Up(string peer)
    {
        lock (gate) up.Add(peer);
        Say();
    }

    public void Down(string peer, string why)
    {
        lock (gate) (_, trouble) = (up.Remove(peer), why);
        Say();
    }

    public void BfdUp(string peer)
    {
        lock (gate) bfd.Add("+" + peer);
    }

    public void BfdDown(string peer)
    {
        lock (gate) bfd.Add("-" + peer);
    }

    public async Task RunAsync(CancellationToken ct)
    {
        await Task.Delay(Timeout.InfiniteTimeSpan, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        lock (gate) desired = BgpPlan.Empty;
    }

    public static BgpPeerReport Session(BgpPeerPlan plan, bool isUp, string trouble) => new(
        plan.Settings.Name, $"{plan.Settings.Address}:{plan.Settings.Port}", "", isUp ? BgpState.Established : BgpState.Active, DateTimeOffset.UnixEpoch, StartDenial.None, null, null, null,
        isUp || trouble.Length == 0 ? null : new(SessionEndReason.ConnectRefused, trouble), null, isUp ? plan.Routes : BgpRouteSet.Empty, plan.Routes.Count, 0, [])
    { Router = plan.Settings.Address };

    private void Say()
    {
        BgpReport report;
        lock (gate) report = new(desired.Peers.ToImmutableSortedDictionary(p => p.Key, p => Session(p.Value, up.Contains(p.Key), trouble), StringComparer.Ordinal), []);
        ReportChanged?.Invoke(report);
    }
}
