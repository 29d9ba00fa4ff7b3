using LbSpeaker.Core.Announcement;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Values;
using LbSpeaker.Layer2.Capture;
using LbSpeaker.Linux.Links;

namespace LbSpeaker.Layer2.Announcing;

/// <summary>
/// The interfaces in use: brings what is open, answered and announced in line with the plan and the links as they are. It has one owner and no clock of its own.
/// </summary>
internal sealed class PortSet(Layer2Options options, ILinkLayer network, ICapture capture, Layer2Metrics metrics, BurstSchedule schedule) : IDisposable
{
    private sealed record Fault(string Message, TimeSpan RetryAt);

    private readonly InterfaceRules rules = new(options.ExcludedInterfaces);
    private readonly SortedDictionary<int, Port> ports = [];
    private readonly Dictionary<int, Fault> faults = [];
    private readonly List<Port> closing = [];
    private volatile Port[] open = [];

    /// <summary>When <see cref="Reconcile"/> should be called again although nothing changed; null where all is well.</summary>
    public TimeSpan? RetryAt { get; private set; }

    /// <summary>When <see cref="Announce"/> has something to do; null where nothing is announced.</summary>
    public TimeSpan? NextDue => schedule.NextDue;

    public Layer2Report Report { get; private set; } = Layer2Report.Empty;

    /// <param name="links">Every interface, as read last.</param>
    /// <param name="now">Counted from any fixed moment.</param>
    public void Reconcile(IReadOnlyList<LinkState> links, Layer2Plan plan, TimeSpan now)
    {
        TakeReleased(now);
        Dictionary<int, LinkState> fit = links.Where(rules.IsFit).ToDictionary(l => l.Index);
        CloseUnfit(fit);
        OpenFit(fit, now);
        Answer(plan, now);
        open = [.. ports.Values];
        RetryAt = faults.Values.Select(f => (TimeSpan?)f.RetryAt).Min() ?? (ports.Values.Any(p => p.Fault is not null) ? now + options.RetryInterval : null);
        Report = new(
            fit.Values.OrderBy(l => l.Name, StringComparer.Ordinal).Select(ReportOf).ToValueArray(),
            plan.Addresses.Where(a => !ports.Values.Any(p => p.Answers(a.Key))).Select(a => new UnreachableAddress(a.Key, rules.WhyUnreachable(links, a.Key, a.Value.Interfaces))).ToValueArray());
    }

    /// <summary>Sends the announcements that are due.</summary>
    public void Announce(TimeSpan now)
    {
        foreach (Announced due in schedule.Take(now))
            if (ports.TryGetValue(due.Interface, out Port? port)) port.Announce(due.Address);
    }

    /// <summary>Any thread may.</summary>
    public void CountDrops()
    {
        foreach (Port port in open) port.CountDrops();
    }

    /// <summary>Closes everything. To be called when nothing is captured any more.</summary>
    public void Dispose()
    {
        open = [];
        foreach (Port port in ports.Values.Concat(closing)) port.Dispose();
    }

    /// <summary>Ports that nobody reads any more are closed. One that was not asked for has died.</summary>
    private void TakeReleased(TimeSpan now)
    {
        while (capture.TryTakeReleased(out Port? port))
        {
            if (!closing.Remove(port))
            {
                Forget(port);
                faults[port.Link.Index] = new($"interface {port.Link.Name} can no longer be read", now + options.RetryInterval);
            }
            port.Dispose();
        }
    }

    /// <summary>What went, or changed its name or hardware address, is closed; the latter is then opened anew.</summary>
    private void CloseUnfit(Dictionary<int, LinkState> fit)
    {
        foreach (int index in faults.Keys.Where(i => !fit.ContainsKey(i)).ToList()) faults.Remove(index);
        foreach (Port port in ports.Values.ToList())
        {
            if (fit.TryGetValue(port.Link.Index, out LinkState? link) && link.Name == port.Link.Name && link.Mac == port.Link.Mac) continue;
            Forget(port);
            closing.Add(port);
            capture.Close(port);
        }
    }

    private void Forget(Port port)
    {
        foreach (IpAddress address in port.Here) schedule.Stop(new(port.Link.Index, address));
        port.Withdraw(new HashSet<IpAddress>());
        ports.Remove(port.Link.Index);
    }

    private void OpenFit(Dictionary<int, LinkState> fit, TimeSpan now)
    {
        foreach (LinkState link in fit.Values.Where(l => !ports.ContainsKey(l.Index)))
        {
            if (faults.TryGetValue(link.Index, out Fault? fault) && fault.RetryAt > now) continue;
            faults.Remove(link.Index);
            try
            {
                Port port = new(link, link.Mac!.Value, network.Open(link), metrics);
                ports.Add(link.Index, port);
                capture.Open(port);
            }
            catch (IOException failure)
            {
                faults[link.Index] = new(failure.Message, now + options.RetryInterval);
            }
        }
        foreach (Port port in ports.Values) Follow(port, fit[port.Link.Index], now);
    }

    /// <summary>A link that went and came back may have another switch behind it: everything is announced again.</summary>
    private void Follow(Port port, LinkState link, TimeSpan now)
    {
        bool interrupted = link.Interruptions != port.Link.Interruptions;
        port.Link = link;
        if (!interrupted) return;
        foreach (IpAddress address in port.Here.Order()) schedule.Start(new(link.Index, address), now);
    }

    /// <summary>Withdraws on every interface first, then answers, then announces: never two interfaces for one address.</summary>
    private void Answer(Layer2Plan plan, TimeSpan now)
    {
        Dictionary<Port, (HashSet<IpAddress> Here, HashSet<IpAddress> Elsewhere)> wanted = [];
        foreach (Port port in ports.Values)
        {
            ILookup<bool, IpAddress> addresses = plan.Addresses.ToLookup(
                a => InterfaceRules.IsWanted(port.Link, a.Value.Interfaces) && InterfaceRules.Answers(port.Link, a.Key.Family), a => a.Key);
            wanted[port] = ([.. addresses[true]], [.. addresses[false]]);
        }

        foreach ((Port port, (HashSet<IpAddress> here, _)) in wanted)
        {
            foreach (IpAddress gone in port.Here)
                if (!here.Contains(gone)) schedule.Stop(new(port.Link.Index, gone));
            port.Withdraw(here);
        }
        foreach ((Port port, (HashSet<IpAddress> here, HashSet<IpAddress> elsewhere)) in wanted)
        {
            List<IpAddress> added = [.. here.Where(a => !port.Answers(a)).Order()];
            port.Set(here, elsewhere);
            foreach (IpAddress address in added) schedule.Start(new(port.Link.Index, address), now);
        }
    }

    private InterfaceReport ReportOf(LinkState link) => new(
        link.Name, link.Index, link.Mac!.Value, InterfaceRules.Answers(link, IpFamily.IPv4), InterfaceRules.Answers(link, IpFamily.IPv6),
        ports.TryGetValue(link.Index, out Port? port) ? port.Fault : faults.GetValueOrDefault(link.Index)?.Message);
}
