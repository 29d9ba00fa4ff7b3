using System.Threading.Channels;
using LbSpeaker.Commands;
using LbSpeaker.Hosting;
using LbSpeaker.Kubernetes;
using LbSpeaker.Kubernetes.Client;
using LbSpeaker.Kubernetes.Watching;
using LbSpeaker.Kubernetes.Writing;
using LbSpeaker.Observability;
using LbSpeaker.Ui;
using Microsoft.Extensions.Logging;

namespace LbSpeaker.Controller;

/// <summary>
/// What a controller does: stands for the lead, and while leading runs one feed, one loop and its writers. Each lead starts from a fresh list, so that
/// nothing of an earlier one is left; the list begins when whoever led has stopped writing, and mostly is there when the lead is won.
/// </summary>
/// <param name="ui">The page that shows the lead; null for none.</param>
internal sealed class ControllerWork(
    KubernetesApi api, DaemonSettings settings, ElectionTimes times, KubernetesMetrics kubernetesMetrics, ControllerMetrics metrics, ILoggerFactory logs, LeadUi? ui = null) : IDaemonWork
{
    /// <summary>By then the first plan of a lead is written down, however large the cluster is.</summary>
    private static readonly TimeSpan Settled = TimeSpan.FromMinutes(1);

    private readonly string identity = settings.PodName ?? $"{Environment.MachineName}-{Environment.ProcessId}";
    private volatile LeaderElection? election;

    /// <summary>A replica that leads is ready, and one that could take over.</summary>
    public string? NotReady => election is { IsCandidate: true } ? null : "the Lease of the controllers has not been read yet";

    public bool IsLeading => election is { IsLeading: true };

    public async Task RunAsync(CancellationToken stopping)
    {
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        Task<OwnerPod?> owner = OwnerPod.ReadAsync(api, settings.Namespace, settings.PodName, logs.CreateLogger<OwnerPod>(), stop.Token);
        election = new(api, settings.Namespace, identity, times, logs.CreateLogger<LeaderElection>());
        try
        {
            await election.RunAsync((won, leading) => LeadAsync(owner, won, leading), stopping).ConfigureAwait(false);
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await ((Task)owner).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task LeadAsync(Task<OwnerPod?> owner, Task won, CancellationToken leading)
    {
        Channel<ClusterChange> mailbox = Channel.CreateUnbounded<ClusterChange>(new UnboundedChannelOptions { SingleReader = true });
        ClusterFeed feed = new(api, FeedScope.Controller(settings.Namespace, [.. settings.ConfigNamespaces]), mailbox.Writer, kubernetesMetrics, logs.CreateLogger<ClusterFeed>());
        AddressHandover handover = new();
        UiObserver? page = ui?.Open();
        ControllerLoop loop = new(
            new ControllerState(settings.LoadBalancerClass, settings.IgnoreExcludeLabel, api.Time),
            settings.LoadBalancerClass,
            new ServiceStatusWriter(api, handover, logs.CreateLogger<ServiceStatusWriter>()),
            new ClaimStatusWriter(api, handover, logs.CreateLogger<ClaimStatusWriter>()),
            new ConfigStatusWriter(api, logs.CreateLogger<ConfigStatusWriter>()),
            new ConfigurationStateWriter(api, settings.Namespace, node: null, owner, logs.CreateLogger<ConfigurationStateWriter>()),
            new EventWriter(api, "metallb-controller", identity, kubernetesMetrics, logs.CreateLogger<EventWriter>()),
            metrics, api.Time, page);
        HeartbeatSecret secret = new(api, settings.Namespace, logs.CreateLogger<HeartbeatSecret>());
        try
        {
            await TaskGroup.RunAsync([feed.RunAsync, WhenWon(secret.RunAsync), .. loop.Writers, token => loop.RunAsync(mailbox.Reader, won, token), WhenWon(ShowAsync), WhenWon(GiveMemoryBackAsync)], leading).ConfigureAwait(false);
        }
        finally
        {
            metrics.Leads(false);
            ui?.End();
        }

        Func<CancellationToken, Task> WhenWon(Func<CancellationToken, Task> work) => async token =>
        {
            await won.WaitAsync(token).ConfigureAwait(false);
            await work(token).ConfigureAwait(false);
        };

        Task ShowAsync(CancellationToken token)
        {
            metrics.Leads(true);
            if (page is not null) ui!.Begin(page);
            return Task.Delay(Timeout.InfiniteTimeSpan, token);
        }
    }

    /// <summary>
    /// A lead begins with a list and a plan of everything, and never again needs so much at once; what was needed then would stay with the process. The collection that gives it back
    /// holds all threads up while it runs: nobody waits for a controller as for a speaker that answers.
    /// </summary>
    private async Task GiveMemoryBackAsync(CancellationToken ct)
    {
        await Task.Delay(Settled, api.Time, ct).ConfigureAwait(false);
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        await Task.Delay(Timeout.InfiniteTimeSpan, api.Time, ct).ConfigureAwait(false);
    }
}
