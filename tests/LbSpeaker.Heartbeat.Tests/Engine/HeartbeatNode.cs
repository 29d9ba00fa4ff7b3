using System.Collections.Concurrent;
using System.Diagnostics;
using LbSpeaker.Bfd;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Values;
using LbSpeaker.Testing.Network;

namespace LbSpeaker.Heartbeat.Tests.Engine;

/// <summary>A speaker's heartbeats inside a namespace: node N has <c>192.0.2.N</c>.</summary>
internal sealed class HeartbeatNode : IDisposable
{
    private readonly CancellationTokenSource stop = new();
    private readonly BfdEngine bfd = new(TimeProvider.System);
    private readonly BlockingCollection<(TimeSpan At, HeartbeatReport Report)> changes = [];
    private readonly Task[] running;

    public HeartbeatNode(TestNamespace at, HeartbeatPlan plan)
    {
        Namespace = at;
        Engine = new HeartbeatEngine(bfd, TimeProvider.System, HeartbeatSettings.Default);
        Engine.ReportChanged += report => changes.Add((Now, report));
        Engine.SetDesired(plan);
        running = at.Enter(() => new[] { bfd.RunAsync(stop.Token), Engine.RunAsync(stop.Token) });
    }

    public static TimeSpan Now => Stopwatch.GetElapsedTime(0);

    public TestNamespace Namespace { get; }

    public HeartbeatEngine Engine { get; }

    public static string NameOf(int number) => $"node-{number}";

    public static HeartbeatPlan Plan(int number, int count, HeartbeatKey key) => new(NameOf(number), Address(number),
        Enumerable.Range(1, count).Where(n => n != number).Select(n => new HeartbeatMember(NameOf(n), Address(n))).ToValueArray(), [key], false);

    public MemberReport Member(int number) => Engine.Report.Members.Single(m => m.Node == NameOf(number));

    public void Await(int number, MemberState state, bool isPathFailed = false) =>
        Eventually.True($"{Namespace.Name}: {NameOf(number)} is {state}, path failed: {isPathFailed}", TimeSpan.FromSeconds(20), () => Member(number) is var m && m.State == state && m.IsPathFailed == isPathFailed);

    /// <summary>When the node's state first became this, after a moment.</summary>
    public TimeSpan AwaitChange(int number, MemberState state, TimeSpan after, TimeSpan within)
    {
        while (changes.TryTake(out (TimeSpan At, HeartbeatReport Report) change, after + within - Now is { Ticks: > 0 } left ? left : TimeSpan.Zero))
            if (change.At >= after && change.Report.Members.Any(m => m.Node == NameOf(number) && m.State == state)) return change.At;
        throw new TimeoutException($"{NameOf(number)} is not {state} within {within}: {Engine.Report}");
    }

    public void Dispose()
    {
        stop.Cancel();
        Task.WaitAll(running, TimeSpan.FromSeconds(10));
        Engine.Dispose();
        bfd.Dispose();
        stop.Dispose();
        changes.Dispose();
    }

    private static IpAddress Address(int number) => IpAddress.Parse($"192.0.2.{number}");
}
