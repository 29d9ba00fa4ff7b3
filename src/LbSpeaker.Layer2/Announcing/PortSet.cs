using LbSpeaker.Core.Announcement;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Reports;
using LbSpeaker.Core.Values;
using LbSpeaker.Layer2.Answering;
using LbSpeaker.Layer2.Capture;
using LbSpeaker.Layer2.Claiming;
using LbSpeaker.Linux.Links;

namespace LbSpeaker.Layer2.Announcing;

/// <summary>
/// The interfaces in use: brings what is open, asked, answered and announced in line with the plan, the links as they are, and what is heard of others. It has one
/// owner and no clock of its own.
/// </summary>
/// <param name="time">Says when a conflict began and when a frame was seen, and nothing else.</param>
internal sealed class PortSet(
    Layer2Options options, TimeProvider time, ILinkLayer network, ICapture capture, Hearing hearing, Standstills standstills, Layer2Metrics metrics, BurstSchedule schedule, Claims claims, TraceBuffer trace) : IDisposable
{
    private sealed record Fault(string Message, TimeSpan RetryAt);

    private readonly InterfaceRules rules = new(options.ExcludedInterfaces);
    private readonly FrameTrace frames = new(trace, time);
    private readonly SortedDictionary<int, Port> ports = [];
    private readonly Dictionary<int, Fault> faults = [];
    private readonly List<Port> closing = [];
    private volatile Port[] open = [];
    private IReadOnlyList<LinkState> links = [];
    private Layer2Plan plan = Layer2Plan.Empty;
    private KnownHosts hosts = KnownHosts.None;
    private TimeSpan nextHearing;
    private int stoodStill;

    /// <summary>When <see cref="Reconcile"/> should be called again although nothing changed; null where all is well.</summary>
    public TimeSpan? RetryAt { get; private set; }

    /// <summary>When <see cref="Act"/> has something to do; null where nothing is announced, asked for or heard.</summary>
    public TimeSpan? NextDue
    {
        get
        {
            TimeSpan? next = claims.NextDue is { } claim && !(schedule.NextDue <= claim) ? claim : schedule.NextDue;
            return hearing.HasSome && !(next <= nextHearing) ? nextHearing : next;
        }
    }

    public Layer2Report Report { get; private set; } = Layer2Report.Empty;

    /// <param name="links">Every interface, as read last.</param>
    /// <param name="now">Counted from any fixed moment; zero or more.</param>
    public void Reconcile(IReadOnlyList<LinkState> links, Layer2Plan plan, TimeSpan now)
    {
        (this.links, this.plan) = (links, plan);
        NoticeStandstill(now);
        TakeReleased(now);
        Dictionary<int, LinkState> fit = links.Where(rules.IsFit).ToDictionary(l => l.Index);
        CloseUnfit(fit);
        OpenFit(fit, now);
        open = [.. ports.Values];
        hosts = hosts.Become(links.Select(l => l.Mac).OfType<MacAddress>().ToHashSet(), plan.Fellows.Keys.ToHashSet());
        IReadOnlyList<IpAddress> contested = claims.Follow(plan, (address, duty) => ports.Values.Count(p => IsWanted(p, address, duty)), now);
        claims.TakeChange();
        Settle(now);
        foreach (Announced again in contested.SelectMany(a => ports.Values.Select(p => new Announced(p.Link.Index, a))).Where(schedule.IsRunning)) schedule.Start(again, now);
    }

    /// <summary>Takes what was heard, and does and sends what is due.</summary>
    public void Act(TimeSpan now)
    {
        bool stood = NoticeStandstill(now);
        Hear(now);
        IReadOnlyList<IpAddress> asked = claims.Advance(now);
        if (claims.TakeChange() || stood) Settle(now);
        foreach (IpAddress address in asked)
            foreach (Port port in ports.Values) port.Probe(address);
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
                Port port = new(link, link.Mac!.Value, network.Open(link), metrics, hearing, standstills, frames);
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
        foreach (IpAddress address in port.Here.Where(a => schedule.IsRunning(new(link.Index, a))).Order()) schedule.Start(new(link.Index, address), now);
    }

    /// <summary>Withdraws on every interface first, then answers, then announces: never two interfaces for one address.</summary>
    private void Answer(TimeSpan now)
    {
        Dictionary<Port, (HashSet<IpAddress> Here, HashSet<IpAddress> Leaving, HashSet<IpAddress> Watched, HashSet<IpAddress> Elsewhere)> wanted = [];
        foreach (Port port in ports.Values)
        {
            ILookup<bool, IpAddress> addresses = plan.Addresses.ToLookup(a => IsWanted(port, a.Key, a.Value), a => a.Key);
            ILookup<bool, IpAddress> answered = addresses[true].ToLookup(claims.IsAnswered);
            wanted[port] = ([.. answered[true]], [.. answered[true].Where(claims.IsLeaving)], [.. answered[false].Where(claims.IsWatched)], [.. addresses[false]]);
        }

        foreach ((Port port, (HashSet<IpAddress> here, _, _, _)) in wanted)
        {
            foreach (IpAddress address in port.Here)
                if (!here.Contains(address) || !claims.IsAnnounced(address)) schedule.Stop(new(port.Link.Index, address));
            port.Withdraw(here);
        }
        foreach ((Port port, (HashSet<IpAddress> here, HashSet<IpAddress> leaving, HashSet<IpAddress> watched, HashSet<IpAddress> elsewhere)) in wanted)
        {
            port.Set(here, leaving, watched, elsewhere, hosts, stoodStill);
            foreach (IpAddress address in here.Where(claims.IsAnnounced).Where(a => !schedule.IsRunning(new(port.Link.Index, a))).Order()) schedule.Start(new(port.Link.Index, address), now);
        }
    }

    private static bool IsWanted(Port port, IpAddress address, Layer2Duty duty) => InterfaceRules.IsWanted(port.Link, duty.Interfaces) && InterfaceRules.Answers(port.Link, address.Family);

    /// <summary>Until the ports are set anew they say nothing.</summary>
    private bool NoticeStandstill(TimeSpan now)
    {
        int count = standstills.Look();
        if (count == stoodStill) return false;
        stoodStill = count;
        metrics.SetStandstills(count);
        claims.StoodStill(now);
        return true;
    }

    private void Hear(TimeSpan now)
    {
        if (!hearing.HasSome || now < nextHearing) return;
        nextHearing = now + options.Claims.HearingInterval;
        DateTimeOffset at = time.GetUtcNow();
        foreach (Heard heard in hearing.Take())
        {
            (bool announce, ConflictOutcome? conflict) = claims.Hear(heard, now, at);
            if (conflict is { } outcome) metrics.CountConflict(outcome);
            if (!announce) continue;
            foreach (Port port in ports.Values) schedule.Once(new(port.Link.Index, heard.Sighting.Address), now);
        }
    }

    /// <summary>What is answered, announced and reported follows from the ports and the claims.</summary>
    private void Settle(TimeSpan now)
    {
        Answer(now);
        RetryAt = faults.Values.Select(f => (TimeSpan?)f.RetryAt).Min() ?? (ports.Values.Any(p => p.Fault is not null) ? now + options.RetryInterval : null);
        Report = new(
            links.Where(rules.IsFit).OrderBy(l => l.Name, StringComparer.Ordinal).Select(ReportOf).ToValueArray(),
            plan.Addresses.Where(a => !claims.IsHandedOver(a.Key) && !ports.Values.Any(p => p.Answers(a.Key)))
                .Select(a => new UnreachableAddress(a.Key, claims.WhySilent(a.Key) ?? rules.WhyUnreachable(links, a.Key, a.Value.Interfaces))).ToValueArray())
        {
            Conflicts = claims.Conflicts.ToValueArray(),
            Claimed = plan.Addresses.Where(a => a.Value.IsNew && claims.IsAnnounced(a.Key)).Select(a => a.Key).ToValueArray(),
            HandedOver = plan.Addresses.Keys.Where(claims.IsHandedOver).ToValueArray(),
        };
    }

    private InterfaceReport ReportOf(LinkState link) => new(
        link.Name, link.Index, link.Mac!.Value, InterfaceRules.Answers(link, IpFamily.IPv4), InterfaceRules.Answers(link, IpFamily.IPv6),
        ports.TryGetValue(link.Index, out Port? port) ? port.Fault : faults.GetValueOrDefault(link.Index)?.Message);
}
