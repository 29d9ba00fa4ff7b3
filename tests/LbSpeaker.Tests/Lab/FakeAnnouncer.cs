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

    /// <summary>What it answers for at this moment.</summary>
    public Layer2Plan Answers
    {
        get
        {
            lock (gate) return isRunning ? desired : Layer2Plan.Empty;
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

    private void Report() => ReportChanged?.Invoke(new(
        interfaces.Select((name, index) => new InterfaceReport(name, index + 1, default(MacAddress), AnswersArp: true, AnswersNdp: true, Fault: null)).ToValueArray(), []));
}
