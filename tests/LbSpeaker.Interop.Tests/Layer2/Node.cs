using System.Collections.Immutable;
using LbSpeaker.Core.Announcement;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Reports;
using LbSpeaker.Core.Values;
using LbSpeaker.Layer2;
using LbSpeaker.Testing.Network;
using LbSpeaker.Testing.Observability;

namespace LbSpeaker.Interop.Tests.Layer2;

/// <summary>A namespace with the real announcer at work in it.</summary>
internal sealed class Node : IAsyncDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly CancellationTokenSource stop = new();
    private readonly Task running;

    public Node(TestNamespace place, Layer2Options? options = null)
    {
        Announcer = new Layer2Announcer(options ?? Quiet, TimeProvider.System, new Random(7), new TraceBuffer());
        running = place.Enter(() => Announcer.RunAsync(stop.Token));
    }

    /// <summary>Announces an address once when it comes, so that what is seen on the wire later is an answer.</summary>
    public static Layer2Options Quiet { get; } = new() { BurstLength = TimeSpan.Zero, RepeatInterval = TimeSpan.Zero };

    public Layer2Announcer Announcer { get; }

    /// <summary>Frames that the kernel handed to the process: those that were ignored, and requests, and what was heard of others, which may have been a request too.</summary>
    public long FramesRead => Samples.Where(s => s.Key.StartsWith("lbspeaker_layer2_ignored_total", StringComparison.Ordinal)
        || s.Key.StartsWith("lbspeaker_layer2_heard_total", StringComparison.Ordinal)
        || s.Key.StartsWith("metallb_layer2_requests_received", StringComparison.Ordinal)).Sum(s => s.Value);

    /// <summary>The metrics as somebody reads them who asks.</summary>
    public Dictionary<string, long> Samples => RecordedMetrics.Read(Announcer.Metrics.Meter);

    /// <summary>"ADDRESS" or "ADDRESS interface,interface"; returns when all of it is answered.</summary>
    public Node Announce(params string[] lines)
    {
        Announcer.SetDesired(PlanOf(lines));
        Until(r => r.Unreachable.IsEmpty && r.Interfaces.Count > 0 && r.Interfaces.All(i => i.Fault is null));
        return this;
    }

    public static Layer2Plan PlanOf(params string[] lines) => PlanOf(Layer2Role.Own, lines);

    public static Layer2Plan PlanOf(Layer2Role role, params string[] lines) => Layer2Plan.Empty with
    {
        Addresses = lines.Select(l => l.Split(' ')).ToImmutableSortedDictionary(w => IpAddress.Parse(w[0]), w => new Layer2Duty(w.Length == 1 ? [] : w[1].Split(',').ToValueArray(), role)),
    };

    public TimeSpan Until(Func<Layer2Report, bool> condition)
    {
        if (running.IsFaulted) running.GetAwaiter().GetResult();
        return Eventually.True($"report {Announcer.Report}", Patience, () => condition(Announcer.Report));
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await running.WaitAsync(Patience);
        Announcer.Dispose();
        stop.Dispose();
    }
}
