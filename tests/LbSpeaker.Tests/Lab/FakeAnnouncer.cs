using System.Collections.Concurrent;
using System.Collections.Immutable;
using LbSpeaker.Core.Announcement;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Reports;
using LbSpeaker.Core.Values;
using LbSpeaker.Layer2;

namespace LbSpeaker.Tests.Lab;

/// <summary>All who hear each other.</summary>
internal sealed class FakeSegment
{
    private readonly ConcurrentBag<FakeAnnouncer> announcers = [];
    private readonly ConcurrentQueue<IpAddress> deserted = [];

    /// <summary>Addresses that somebody answered for no more when nobody else did, in order.</summary>
    public IReadOnlyCollection<IpAddress> Deserted => deserted;

    public void Left(FakeAnnouncer announcer, IEnumerable<IpAddress> addresses)
    {
        foreach (IpAddress address in addresses.Where(a => !ButFor(announcer).Any(o => o.Answers.Addresses.ContainsKey(a)))) deserted.Enqueue(address);
    }

    public void Add(FakeAnnouncer announcer) => announcers.Add(announcer);

    public IEnumerable<FakeAnnouncer> ButFor(FakeAnnouncer announcer) => announcers.Where(a => a != announcer);
}

/// <summary>
/// Stands in for the wire: what a node would answer for is what it was told, as long as it runs. What it is to hand over it answers until another one has it.
/// </summary>
internal sealed class FakeAnnouncer : ILayer2Announcer
{
    private readonly Lock gate = new();
    private readonly string node;
    private readonly TestLog log;
    private readonly FakeSegment segment;
    private Layer2Plan desired = Layer2Plan.Empty;
    private ImmutableSortedSet<IpAddress> left = [];
    private bool isRunning;
    private string[] interfaces;
    private IpAddress? foreign;

    public FakeAnnouncer(string node, TestLog log, FakeSegment segment, params string[] interfaces)
    {
        (this.node, this.log, this.segment, this.interfaces) = (node, log, segment, interfaces);
        segment.Add(this);
    }

    public event Action<Layer2Report>? ReportChanged;

    /// <summary>What it answers for at this moment.</summary>
    public Layer2Plan Answers
    {
        get
        {
            lock (gate) return isRunning ? desired with { Addresses = desired.Addresses.RemoveRange(left) } : Layer2Plan.Empty;
        }
    }

    /// <summary>How often the answers changed.</summary>
    public int Changes { get; private set; }

    public void SetDesired(Layer2Plan plan)
    {
        Layer2Plan before = Answers;
        lock (gate)
        {
            if (plan == desired) return;
            // Who does not answer, or is asked to hand over for the second time, does not begin to answer again.
            left = [.. plan.Addresses.Where(a => a.Value.Role == Layer2Role.HandOver && (!desired.Addresses.ContainsKey(a.Key) || left.Contains(a.Key))).Select(a => a.Key)];
            desired = plan;
            Changes++;
        }
        foreach (FakeAnnouncer other in segment.ButFor(this))
        {
            other.Hear(Owned);
            Hear(other.Owned);
        }
        segment.Left(this, before.Addresses.Keys.Except(Answers.Addresses.Keys));
        Report();
        log.Add(node, $"answers for {string.Join(", ", plan.Addresses.Select(a => $"{a.Key}{a.Value.Interfaces}"))}");
    }

    private IpAddress[] Owned
    {
        get
        {
            lock (gate) return isRunning ? [.. desired.Addresses.Where(a => a.Value.Role != Layer2Role.HandOver).Select(a => a.Key)] : [];
        }
    }

    /// <summary>Somebody else has these.</summary>
    private void Hear(IpAddress[] addresses)
    {
        lock (gate)
        {
            IpAddress[] taken = [.. addresses.Where(a => desired.Addresses.GetValueOrDefault(a) is { Role: Layer2Role.HandOver } && !left.Contains(a))];
            if (taken.Length == 0) return;
            left = left.Union(taken);
        }
        Report();
    }

    /// <summary>A host on the segment has this address; null for none.</summary>
    public void SetForeign(IpAddress? address)
    {
        foreign = address;
        Report();
    }

    /// <summary>The interfaces of the node are these from now on.</summary>
    public void SetInterfaces(params string[] names)
    {
        interfaces = names;
        Report();
    }

    public async Task RunAsync(CancellationToken ct)
    {
        lock (gate) isRunning = true;
        Report();
        await Task.Delay(Timeout.InfiniteTimeSpan, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        lock (gate) isRunning = false;
        log.Add(node, "stopped answering");
    }

    private void Report()
    {
        Layer2Plan plan;
        ImmutableSortedSet<IpAddress> handedOver;
        lock (gate)
        {
            if (!isRunning) return;
            (plan, handedOver) = (desired, left);
        }
        ValueArray<IpAddress> claimed = plan.Addresses.Where(a => a.Value.IsNew).Select(a => a.Key).ToValueArray(), refused = claimed.Where(a => a == foreign).ToValueArray();
        ReportChanged?.Invoke(new(
            interfaces.Select((name, index) => new InterfaceReport(name, index + 1, default(MacAddress), AnswersArp: true, AnswersNdp: true, Fault: null)).ToValueArray(),
            refused.Select(a => new UnreachableAddress(a, UnreachableReason.InUse)).ToValueArray())
        {
            Claimed = claimed.Where(a => a != foreign).ToValueArray(),
            Conflicts = refused.Select(a => new AddressConflict(a, new(0x0200_0000_0099), interfaces[0], null, ConflictOutcome.Refused, DateTimeOffset.UnixEpoch)).ToValueArray(),
            HandedOver = handedOver.ToValueArray(),
        });
    }
}
