using System.Collections.Concurrent;
using System.Diagnostics;
using LbSpeaker.Bfd;
using LbSpeaker.Bfd.Wire;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Reports;
using LbSpeaker.Core.Values;
using LbSpeaker.Linux;

namespace LbSpeaker.Interop.Tests.Bfd;

/// <summary>Our engine inside a namespace.</summary>
internal sealed class BfdNode : IDisposable
{
    private readonly CancellationTokenSource stop = new();
    private readonly BlockingCollection<(TimeSpan At, BfdSessionReport Report)> changes = [];
    private readonly Task running;

    public BfdNode(string @namespace, params BfdWish[] wishes)
    {
        Engine = new(TimeProvider.System, Trace);
        Engine.StateChanged += report => changes.Add((Now, report));
        Engine.SetDesired("test", wishes.ToValueArray());
        running = NetworkNamespace.Run(@namespace, () => Engine.RunAsync(stop.Token));
    }

    public static TimeSpan Now => Stopwatch.GetElapsedTime(0);

    public BfdEngine Engine { get; }

    public TraceBuffer Trace { get; } = new();

    public BfdSessionReport Session => Assert.Single(Engine.Report.Sessions);

    /// <summary>200 ms five times: a second, so that a test says nothing of how busy the machine is.</summary>
    public static BfdSettings Calm { get; } = new() { TransmitInterval = BfdInterval.FromMilliseconds(200), ReceiveInterval = BfdInterval.FromMilliseconds(200), DetectMultiplier = 5 };

    /// <summary>50 ms three times.</summary>
    public static BfdSettings Fast { get; } = new() { TransmitInterval = BfdInterval.FromMilliseconds(50), ReceiveInterval = BfdInterval.FromMilliseconds(50) };

    public static BfdWish Wish(string peer, BfdSettings? settings = null, BfdHops hops = BfdHops.Single, string? local = null) =>
        new(new(IpAddress.Parse(peer), hops, local is null ? null : IpAddress.Parse(local), hops == BfdHops.Single ? "eth0" : null), settings ?? Calm);

    public void Want(params BfdWish[] wishes) => Engine.SetDesired("test", wishes.ToValueArray());

    /// <summary>Waits for the next change to this state, for ten seconds at most; others on the way are passed over.</summary>
    public (TimeSpan At, BfdSessionReport Report) Await(BfdState state)
    {
        DateTime end = DateTime.UtcNow + TimeSpan.FromSeconds(10);
        while (changes.TryTake(out (TimeSpan At, BfdSessionReport Report) change, end - DateTime.UtcNow is { Ticks: > 0 } left ? left : TimeSpan.Zero))
            if (change.Report.State == state) return change;
        throw new InvalidOperationException($"not {state} within ten seconds: {Engine.Report}");
    }

    /// <summary>Fails where anything was told that nobody has waited for.</summary>
    public void NothingHappened() => Assert.Empty(changes);

    /// <summary>Looks at the only session until it is as it should be.</summary>
    public void Eventually(Func<BfdSessionReport, bool> holds) => Shell.Eventually(() => Engine.Report.ToString(), _ => Engine.Report.Sessions is [BfdSessionReport only] && holds(only));

    public void Dispose()
    {
        stop.Cancel();
        running.Wait(TimeSpan.FromSeconds(10));
        Engine.Dispose();
        stop.Dispose();
        changes.Dispose();
    }
}
