using LbSpeaker.Core.Announcement;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Values;
using LbSpeaker.Layer2;

namespace LbSpeaker.Tests.Lab;

/// <summary>Stands in for the wire: what a node would answer for is what it was told, as long as it runs.</summary>
internal sealed class FakeAnnouncer(string node, TestLog log, params string[] interfaces) : ILayer2Announcer
{
    private readonly Lock gate = new();
    private Layer2Plan desired = Layer2Plan.Empty;
    private bool isRunning;
    private string[] interfaces = interfaces;

    public event Action<Layer2Report>? ReportChanged;

    /// <summary>What it answers for at this moment. What is to be handed over is so at once.</summary>
    public Layer2Plan Answers
    {
        get
        {
            lock (gate) return isRunning ? desired with { Addresses = desired.Addresses.RemoveRange(desired.Addresses.Where(a => a.Value.Role == Layer2Role.HandOver).Select(a => a.Key)) } : Layer2Plan.Empty;
        }
    }

    /// <summary>How often the answers changed.</summary>
    public int Changes { get; private set; }

    public void SetDesired(Layer2Plan plan)
    {
        lock (gate)
        {
            if (plan == desired) return;
            desired = plan;
            Changes++;
        }
        Report();
        log.Add(node, $"answers for {string.Join(", ", plan.Addresses.Select(a => $"{a.Key}{a.Value.Interfaces}"))}");
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
        lock (gate)
        {
            if (!isRunning) return;
            plan = desired;
        }
        ReportChanged?.Invoke(new(
            interfaces.Select((name, index) => new InterfaceReport(name, index + 1, default(MacAddress), AnswersArp: true, AnswersNdp: true, Fault: null)).ToValueArray(), [])
        {
            HandedOver = plan.Addresses.Where(a => a.Value.Role == Layer2Role.HandOver).Select(a => a.Key).ToValueArray(),
            Claimed = plan.Addresses.Where(a => a.Value.Role == Layer2Role.Claim).Select(a => a.Key).ToValueArray(),
        });
    }
}
