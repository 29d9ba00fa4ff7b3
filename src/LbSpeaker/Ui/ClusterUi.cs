using System.Threading.Channels;
using LbSpeaker.Controller;
using LbSpeaker.Core.Values;
using LbSpeaker.Hosting;
using LbSpeaker.Kubernetes;
using LbSpeaker.Kubernetes.Client;
using LbSpeaker.Kubernetes.Watching;
using Microsoft.Extensions.Logging;

namespace LbSpeaker.Ui;

/// <summary>A cluster as a user may read it: watched all the time, judged as a controller judges it when somebody looks. Nothing is written.</summary>
internal sealed class ClusterUi(KubernetesApi api, string ownNamespace, ValueArray<string> configNamespaces, string? loadBalancerClass, bool ignoreExcludeLabel, KubernetesMetrics metrics) : IUiSource
{
    /// <summary>A list that fails is complained of each time that it is tried in vain, half a minute apart at most.</summary>
    private static readonly TimeSpan ComplaintCounts = TimeSpan.FromSeconds(45);

    /// <summary>Between two questions whether the API server answers: a watch that is cut does not say so.</summary>
    private static readonly TimeSpan Knock = TimeSpan.FromSeconds(5);

    private readonly Lock gate = new();
    private readonly ControllerState state = new(loadBalancerClass, ignoreExcludeLabel, api.Time, writes: false);
    private readonly UiObserver observer = new(api.Time);
    private readonly Complaints complaints = new(api.Time);
    private volatile string silence = "";
    private bool isWhole, isNews;

    public string Name => $"cluster {api.Server}";

    /// <summary>Watches until cancelled.</summary>
    public Task RunAsync(CancellationToken ct)
    {
        Channel<ClusterChange> mailbox = Channel.CreateUnbounded<ClusterChange>(new UnboundedChannelOptions { SingleReader = true });
        ClusterFeed feed = new(api, FeedScope.Observer(ownNamespace, configNamespaces), mailbox.Writer, metrics, complaints);
        return TaskGroup.RunAsync([feed.RunAsync, token => TakeAsync(mailbox.Reader, token), KnockAsync], ct);
    }

    public UiLook Look()
    {
        string trouble = silence.Length > 0 ? $"the API server does not answer: {silence}"
            : complaints.Within(ComplaintCounts) is { } complaint ? $"the cluster cannot be watched: {complaint}" : "";
        lock (gate)
        {
            if (!isWhole) return new(null, trouble.Length > 0 ? trouble : "the cluster is being listed");
            if (isNews || state.NextDue <= api.Time.GetUtcNow()) observer.Observe(state.Turn());
            isNews = false;
            return new(observer.Facts, trouble);
        }
    }

    private async Task TakeAsync(ChannelReader<ClusterChange> mailbox, CancellationToken ct)
    {
        while (await mailbox.WaitToReadAsync(ct).ConfigureAwait(false))
            lock (gate)
                while (mailbox.TryRead(out ClusterChange? change))
                {
                    state.Apply(change);
                    observer.Apply(change);
                    isWhole |= change is ClusterChange.Ready;
                    isNews = true;
                }
    }

    private async Task KnockAsync(CancellationToken ct)
    {
        while (true)
        {
            silence = await api.GetAsync("version", ct).ConfigureAwait(false) is { IsOk: false } refused ? refused.ToString() : "";
            await Task.Delay(Knock, api.Time, ct).ConfigureAwait(false);
        }
    }

    /// <summary>Keeps what the feed complained of last, and when: that a kind cannot be listed, not that an object has a wrong shape.</summary>
    private sealed class Complaints(TimeProvider time) : ILogger<ClusterFeed>
    {
        private sealed record Complaint(string Text, long At);

        private volatile Complaint? last;

        public string? Within(TimeSpan span) => last is { } complaint && time.GetElapsedTime(complaint.At) < span ? complaint.Text : null;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel) && eventId.Name is "ListFailed" or "KindMissing") last = new(formatter(state, exception), time.GetTimestamp());
        }
    }
}
