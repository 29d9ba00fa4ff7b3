using LbSpeaker.Core.Announcement;
using LbSpeaker.Core.Reports;
using LbSpeaker.Layer2.Announcing;
using LbSpeaker.Layer2.Capture;
using LbSpeaker.Layer2.Claiming;
using LbSpeaker.Linux.Links;

namespace LbSpeaker.Layer2;

/// <summary>
/// Answers ARP and NDP for the addresses of a <see cref="Layer2Plan"/> on every interface that is fit for it, and announces them unasked. One thread owns
/// the interfaces and the schedule, another one answers; neither is of the thread pool.
/// </summary>
public sealed class Layer2Announcer : ILayer2Announcer, IDisposable
{
    private readonly Layer2Options options;
    private readonly TimeProvider time, process;
    private readonly Random random;
    private readonly TraceBuffer trace;
    private readonly ILinkLayer network;
    private readonly Signal wake = new();
    private volatile Layer2Plan desired = Layer2Plan.Empty;
    private volatile Layer2Report report = Layer2Report.Empty;
    private volatile PortSet? ports;
    private volatile bool linksChanged;
    private bool hasReported;

    /// <param name="trace">Where frames that concern an address are kept.</param>
    public Layer2Announcer(Layer2Options options, TimeProvider time, Random random, TraceBuffer trace)
        : this(options, time, random, trace, new PcapLinkLayer(), time) { }

    /// <param name="process">Shows when this process stood still.</param>
    internal Layer2Announcer(Layer2Options options, TimeProvider time, Random random, TraceBuffer trace, ILinkLayer network, TimeProvider process)
    {
        (this.options, this.time, this.random, this.trace, this.network, this.process) = (options, time, random, trace, network, process);
        Metrics = new Layer2Metrics(() => ports?.CountDrops());
    }

    public Layer2Report Report => report;

    /// <inheritdoc/>
    public event Action<Layer2Report>? ReportChanged;

    internal Layer2Metrics Metrics { get; }

    /// <inheritdoc/>
    public void SetDesired(Layer2Plan plan)
    {
        if (ReferenceEquals(plan, desired)) return;
        desired = plan;
        wake.Set();
    }

    /// <summary>Works until cancelled, then stops answering. Both threads belong to the network namespace of the caller.</summary>
    /// <exception cref="Layer2StartException">libpcap or the capability NET_RAW is missing.</exception>
    public Task RunAsync(CancellationToken ct)
    {
        TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Thread thread = new(() =>
        {
            try
            {
                Run(ct);
                ended.SetResult();
            }
            catch (Exception failure)
            {
                ended.SetException(failure);
            }
        })
        { Name = "layer2", IsBackground = true };
        thread.Start();
        return ended.Task;
    }

    public void Dispose() => Metrics.Dispose();

    private void Run(CancellationToken ct)
    {
        using ILinkMonitor monitor = network.Follow();
        Standstills standstills = new(process, options.Claims.Absence);
        CaptureThread capture = new(monitor, standstills, LinksChanged);
        BurstSchedule schedule = new(options, random);
        PortSet owned = new(options, time, network, capture, new Hearing(wake.Set), standstills, Metrics, schedule, new Claims(options.Claims, options.PaceWindow, random), trace);
        try
        {
            ports = owned;
            Loop(monitor, capture, owned, ct);
        }
        finally
        {
            ports = null;
            capture.Dispose();
            owned.Dispose();
        }
        Publish(Layer2Report.Empty);
    }

    private void Loop(ILinkMonitor monitor, CaptureThread capture, PortSet owned, CancellationToken ct)
    {
        using ITimer timer = time.CreateTimer(_ => wake.Set(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        using CancellationTokenRegistration cancelled = ct.Register(wake.Set);
        long start = time.GetTimestamp();
        TimeSpan nextScan = TimeSpan.Zero;
        IReadOnlyList<LinkState> links = [];
        Layer2Plan applied = Layer2Plan.Empty;
        while (!ct.IsCancellationRequested)
        {
            capture.ThrowIfFailed();
            TimeSpan now = time.GetElapsedTime(start);
            bool scan = linksChanged || nextScan <= now;
            if (scan)
            {
                linksChanged = false;
                links = monitor.Read();
                nextScan = now + options.RescanInterval;
            }
            Layer2Plan plan = desired;
            if (scan || plan != applied || owned.RetryAt <= now)
            {
                owned.Reconcile(links, plan, now);
                applied = plan;
            }
            owned.Act(now);
            Publish(owned.Report);

            TimeSpan wait = Earliest(nextScan, owned.RetryAt, owned.NextDue) - time.GetElapsedTime(start);
            if (wait <= TimeSpan.Zero) continue;
            timer.Change(TimeSpan.FromMilliseconds(Math.Ceiling(wait.TotalMilliseconds)), Timeout.InfiniteTimeSpan);
            wake.Wait();
        }
    }

    /// <summary>The kernel reported something, or the capture thread gave back a port or stood still.</summary>
    private void LinksChanged()
    {
        linksChanged = true;
        wake.Set();
    }

    private void Publish(Layer2Report next)
    {
        if (hasReported && next == report) return;
        hasReported = true;
        report = next;
        ReportChanged?.Invoke(next);
    }

    private static TimeSpan Earliest(TimeSpan first, params ReadOnlySpan<TimeSpan?> others)
    {
        foreach (TimeSpan? other in others)
            if (other < first) first = other.Value;
        return first;
    }
}
