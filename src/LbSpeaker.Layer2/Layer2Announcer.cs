using System.Collections.Frozen;
using System.Threading.Channels;
using LbSpeaker.Core.Announcement;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Values;
using LbSpeaker.Layer2.Announcing;
using LbSpeaker.Layer2.Capture;
using LbSpeaker.Linux;
using LbSpeaker.Linux.Links;

namespace LbSpeaker.Layer2;

/// <summary>
/// Answers ARP and NDP for the addresses of a <see cref="Layer2Plan"/> on every interface that is fit for it, and announces them unasked. One loop owns
/// the interfaces and the schedule and reads one mailbox; one thread answers.
/// </summary>
public sealed class Layer2Announcer : ILayer2Announcer, IDisposable
{
    private enum Wake { PlanChanged, LinksChanged, Due }

    private readonly Layer2Options options;
    private readonly TimeProvider time;
    private readonly IPacketDeviceFactory devices;
    private readonly Channel<Wake> mailbox = Channel.CreateUnbounded<Wake>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Dictionary<int, Port> ports = [];
    private readonly Dictionary<int, string> faults = [];
    private readonly BurstSchedule schedule;
    private readonly Layer2Metrics metrics;
    private volatile Layer2Plan desired = Layer2Plan.Empty;
    private volatile Layer2Report report = Layer2Report.Empty;
    private volatile Port[] openPorts = [];

    public Layer2Announcer(Layer2Options options, TimeProvider time, Random random, IPacketDeviceFactory? devices = null)
    {
        this.options = options;
        this.time = time;
        this.devices = devices ?? new PcapDeviceFactory();
        schedule = new BurstSchedule(options, random);
        metrics = new Layer2Metrics(() => openPorts.Select(p => (p.Link.Name, p.Dropped)));
    }

    public Layer2Report Report => report;

    /// <inheritdoc/>
    public event Action<Layer2Report>? ReportChanged;

    /// <inheritdoc/>
    public void SetDesired(Layer2Plan plan)
    {
        if (plan == desired) return;
        desired = plan;
        mailbox.Writer.TryWrite(Wake.PlanChanged);
    }

    /// <summary>Works until cancelled, then stops answering.</summary>
    /// <exception cref="Layer2StartException">libpcap or the capability NET_RAW is missing.</exception>
    public async Task RunAsync(CancellationToken ct)
    {
        if (!Pcap.IsInstalled) throw new Layer2StartException("libpcap is missing: install the package libpcap0.8 (or your system's libpcap)");
        if (!Capabilities.Has(Capabilities.NetRaw)) throw new Layer2StartException("the capability NET_RAW is missing: run as root, or give the container securityContext.capabilities.add: [NET_RAW]");

        using LinkMonitor monitor = new();
        using CaptureThread capture = new(monitor.EventDescriptor, _ => OnLinkEvent(monitor), port => OnPortDied(port));
        using ITimer timer = time.CreateTimer(_ => mailbox.Writer.TryWrite(Wake.Due), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        capture.Start();
        DateTimeOffset nextScan = time.GetUtcNow();
        try
        {
            while (!ct.IsCancellationRequested)
            {
                DateTimeOffset now = time.GetUtcNow();
                bool linksChanged = linkEvents || now >= nextScan;
                if (linksChanged)
                {
                    linkEvents = false;
                    ReconcileLinks(monitor.Read(), capture);
                    nextScan = now + (faults.Count > 0 ? options.RetryInterval : options.RescanInterval);
                }
                if (linksChanged || planChanged) ReconcilePlan(now);
                planChanged = false;
                foreach (Announced due in schedule.Take(now))
                    if (ports.TryGetValue(due.Interface, out Port? port)) port.Announce(due.Address);

                DateTimeOffset next = schedule.NextDue is { } burst && burst < nextScan ? burst : nextScan;
                TimeSpan wait = next - time.GetUtcNow();
                timer.Change(wait > TimeSpan.Zero ? wait : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
                Task woken = mailbox.Reader.WaitToReadAsync(ct).AsTask();
                if (await Task.WhenAny(woken, capture.Completion).ConfigureAwait(false) == capture.Completion) await capture.Completion.ConfigureAwait(false);
                while (mailbox.Reader.TryRead(out Wake wake))
                {
                    linkEvents |= wake == Wake.LinksChanged;
                    planChanged |= wake == Wake.PlanChanged;
                }
            }
        }
        finally
        {
            openPorts = [];
        }
    }

    private bool linkEvents, planChanged, hasReported;

    public void Dispose() => metrics.Dispose();

    private void OnLinkEvent(LinkMonitor monitor)
    {
        monitor.Drain();
        mailbox.Writer.TryWrite(Wake.LinksChanged);
    }

    private void OnPortDied(Port port)
    {
        died.Enqueue(port);
        mailbox.Writer.TryWrite(Wake.LinksChanged);
    }

    private readonly System.Collections.Concurrent.ConcurrentQueue<Port> died = new();

    /// <summary>Opens what became fit, closes what is no longer, and what changed its name or hardware address is opened anew.</summary>
    private void ReconcileLinks(IReadOnlyList<LinkState> links, CaptureThread capture)
    {
        while (died.TryDequeue(out Port? port))
            if (ports.TryGetValue(port.Link.Index, out Port? present) && present == port) ports.Remove(port.Link.Index);

        Dictionary<int, LinkState> fit = links.Where(IsFit).ToDictionary(l => l.Index);
        foreach (Port port in ports.Values.ToList())
        {
            if (fit.TryGetValue(port.Link.Index, out LinkState? link) && link.Name == port.Link.Name && link.Mac == port.Link.Mac)
            {
                port.Link = link;
                continue;
            }
            foreach (IpAddress address in port.Here) schedule.Stop(new(port.Link.Index, address));
            ports.Remove(port.Link.Index);
            capture.Close(port);
        }
        faults.Clear();
        foreach (LinkState link in fit.Values.Where(l => !ports.ContainsKey(l.Index)))
        {
            try
            {
                Port port = new(link, devices.Open(link), metrics);
                ports[link.Index] = port;
                capture.Open(port);
            }
            catch (IOException failure)
            {
                faults[link.Index] = failure.Message;
            }
        }
        openPorts = [.. ports.Values.OrderBy(p => p.Link.Index)];
    }

    /// <summary>Withdraws on every interface first, then announces.</summary>
    private void ReconcilePlan(DateTimeOffset now)
    {
        Layer2Plan plan = desired;
        HashSet<IpAddress> reached = [];
        List<Announced> started = [];
        foreach (Port port in openPorts)
        {
            HashSet<IpAddress> here = [], elsewhere = [];
            foreach ((IpAddress address, ValueArray<string> interfaces) in plan.Addresses)
                if (Answers(port.Link, address) && (interfaces.IsEmpty || interfaces.Contains(port.Link.Name))) here.Add(address); else elsewhere.Add(address);
            reached.UnionWith(here);
            foreach (IpAddress gone in port.Here)
                if (!here.Contains(gone)) schedule.Stop(new(port.Link.Index, gone));
            foreach (IpAddress address in here.Order())
                if (!port.Here.Contains(address)) started.Add(new(port.Link.Index, address));
            if (!here.SetEquals(port.Here) || port.Fault is not null || elsewhere.Count > 0) port.Set(here.ToFrozenSet(), elsewhere.ToFrozenSet());
        }
        foreach (Announced target in started) schedule.Start(target, now);

        Layer2Report next = new(
            openPorts.Select(p => new InterfaceReport(p.Link.Name, p.Link.Index, p.Link.Mac!.Value, p.Link.IsBroadcast, p.Link.LinkLocal is not null, p.Fault)).OrderBy(i => i.Name, StringComparer.Ordinal).ToValueArray(),
            plan.Addresses.Keys.Where(a => !reached.Contains(a)).ToValueArray());
        if (hasReported && next == report) return;
        hasReported = true;
        report = next;
        ReportChanged?.Invoke(next);
    }

    private bool IsFit(LinkState link) =>
        link is { IsUp: true, HasMaster: false, NoArp: false, IsLoopback: false, Mac: not null } && !options.ExcludedInterfaces.IsMatch(link.Name)
        && (link.IsBroadcast || link.LinkLocal is not null);

    private static bool Answers(LinkState link, IpAddress address) => address.Family == IpFamily.IPv4 ? link.IsBroadcast : link.LinkLocal is not null;
}
