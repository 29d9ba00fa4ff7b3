using k8s.Authentication;
using LbSpeaker.Commands;
using LbSpeaker.Controller;
using LbSpeaker.Hosting;
using LbSpeaker.Kubernetes;
using LbSpeaker.Kubernetes.Client;
using LbSpeaker.Observability;
using LbSpeaker.Speaker;
using LbSpeaker.Ui;
using Microsoft.Extensions.Logging;

namespace LbSpeaker.Tests.Lab;

/// <summary>A daemon without its process: what its host would run.</summary>
/// <param name="tokenFile">What it is let in by; null for a token that is its component's name.</param>
internal abstract class LabProcess(LabCluster cluster, string name, string component, string? tokenFile = null) : IDisposable
{
    private readonly CancellationTokenSource stop = new();
    private Task running = Task.CompletedTask;
    private readonly TokenCredentials credentials = tokenFile is null ? new(component) : new(new TokenFile(tokenFile));
    private KubernetesApi? api;

    public Wire Wire { get; } = new(name, cluster.Write, cluster.Answered);

    public KubernetesMetrics KubernetesMetrics { get; } = new();

    public IDaemonWork Work { get; private set; } = null!;

    public string Name => name;

    /// <summary>What it sent, but for the Leases.</summary>
    public IEnumerable<Sent> Writes => cluster.Writes.Where(s => s.Client == name);

    public void Start()
    {
        api = new(new HttpClient(Wire) { Timeout = Timeout.InfiniteTimeSpan }, cluster.Server.BaseAddress, credentials.ProcessHttpRequestAsync, cluster.Clock, KubernetesMetrics) { TokenFile = tokenFile };
        Work = NewWork(api, cluster.Log.For(name));
        running = Task.Run(() => Work.RunAsync(stop.Token));
    }

    /// <summary>As SIGTERM does it.</summary>
    public async Task StopAsync()
    {
        await stop.CancelAsync();
        await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        ThrowIfFailed();
    }

    /// <summary>As SIGKILL does it: not a word more to anybody.</summary>
    public async Task KillAsync()
    {
        Wire.Die();
        await stop.CancelAsync();
        await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>A daemon ends by a fault of ours only; then the test is over.</summary>
    public void ThrowIfFailed()
    {
        if (running.IsFaulted) Assert.Fail($"{name} failed: {running.Exception.InnerException}\n{cluster.Log}");
    }

    public virtual void Dispose()
    {
        api?.Dispose();
        stop.Dispose();
        Wire.Dispose();
        KubernetesMetrics.Dispose();
    }

    protected abstract IDaemonWork NewWork(KubernetesApi api, ILoggerFactory logs);

    protected static DaemonSettings Settings(string? pod, string? loadBalancerClass = null) =>
        new(null, "lbspeaker-system", ["lbspeaker-system", "metallb-system"], loadBalancerClass, false, "debug", 0, new(true, null, false), 0, false, pod);
}

internal sealed class LabController(LabCluster cluster, string name, string? loadBalancerClass, string? tokenFile) : LabProcess(cluster, name, "controller", tokenFile)
{
    public ControllerMetrics Metrics { get; } = new();

    /// <summary>What its page would show.</summary>
    public LeadUi Ui { get; } = new(name, cluster.Clock);

    public override void Dispose()
    {
        base.Dispose();
        Metrics.Dispose();
    }

    public bool Leads => ((ControllerWork)Work).IsLeading;

    protected override IDaemonWork NewWork(KubernetesApi api, ILoggerFactory logs) =>
        new ControllerWork(api, Settings(Name, loadBalancerClass), LabCluster.Election, KubernetesMetrics, Metrics, logs, Ui);
}

internal sealed class LabSpeaker(LabCluster cluster, string node, string? pod, string[] interfaces, string? tokenFile) : LabProcess(cluster, node, "speaker", tokenFile)
{
    public FakeAnnouncer Announcer { get; } = new(node, cluster.Log, cluster.Segment, interfaces);

    public FakeBgp Bgp { get; } = new();

    public FakeBfd Bfd { get; } = new();

    public FakeHeartbeat Heartbeat { get; } = new();

    public SpeakerMetrics Metrics { get; } = new(node);

    public override void Dispose()
    {
        base.Dispose();
        Metrics.Dispose();
    }

    public IReadOnlyList<string> Answers => [.. Announcer.Answers.Addresses.Keys.Select(a => a.ToString())];

    protected override IDaemonWork NewWork(KubernetesApi api, ILoggerFactory logs) => 
        new SpeakerWork(api, new(Settings(pod), Name, null, TimeSpan.FromSeconds(30)), new(Announcer, Bgp, Bfd, Heartbeat, _ => true), KubernetesMetrics, Metrics, logs);
}
