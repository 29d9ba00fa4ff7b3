using System.Threading.Channels;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Reports;
using LbSpeaker.Kubernetes.Watching;
using LbSpeaker.Kubernetes.Writing;
using LbSpeaker.Observability;
using LbSpeaker.Ui;

namespace LbSpeaker.Controller;

/// <summary>Takes all changes that wait, plans once, and hands the result to the writers.</summary>
/// <param name="ui">Is shown all of it; null where nobody can look.</param>
internal sealed class ControllerLoop(
    ControllerState state, string? loadBalancerClass, ServiceStatusWriter services, ClaimStatusWriter claims, ConfigStatusWriter configs, ConfigurationStateWriter configuration, EventWriter events, ControllerMetrics metrics, TimeProvider time,
    UiObserver? ui = null)
{
    public IEnumerable<Func<CancellationToken, Task>> Writers => [services.RunAsync, claims.RunAsync, configs.RunAsync, configuration.RunAsync, events.RunAsync];

    private readonly AllocationWait wait = new(loadBalancerClass, time, metrics);

    /// <param name="won">Ends when the lead is won. Until then changes are taken in and nothing is planned or written.</param>
    public async Task RunAsync(ChannelReader<ClusterChange> mailbox, Task won, CancellationToken ct)
    {
        bool ready = false;
        while (!won.IsCompleted)
        {
            await Task.WhenAny(won, mailbox.WaitToReadAsync(ct).AsTask()).ConfigureAwait(false);
            ct.ThrowIfCancellationRequested();
            ready |= TakeAll(mailbox);
        }
        if (ready) Turn();
        // Before everything has been listed nothing is due.
        while (await (ready ? WaitAsync(mailbox, ct) : mailbox.WaitToReadAsync(ct).AsTask()).ConfigureAwait(false))
        {
            ready |= TakeAll(mailbox);
            if (ready) Turn();
        }
    }

    /// <returns>Whether that was the last of what is there.</returns>
    private bool TakeAll(ChannelReader<ClusterChange> mailbox)
    {
        bool ready = false;
        while (mailbox.TryRead(out ClusterChange? change))
        {
            ready |= change is ClusterChange.Ready;
            services.Observe(change);
            claims.Observe(change);
            configs.Observe(change);
            configuration.Observe(change);
            wait.Observe(change);
            ui?.Apply(change);
            state.Apply(change);
        }
        return ready;
    }

    /// <summary>Until something has come, or is due.</summary>
    private async Task<bool> WaitAsync(ChannelReader<ClusterChange> mailbox, CancellationToken ct)
    {
        if (state.NextDue is not { } due) return await mailbox.WaitToReadAsync(ct).ConfigureAwait(false);
        using CancellationTokenSource enough = CancellationTokenSource.CreateLinkedTokenSource(ct);
        Task<bool> something = mailbox.WaitToReadAsync(enough.Token).AsTask();
        // Whatever waits begins a turn, and a turn does what is due.
        if (something.IsCompleted) return await something.ConfigureAwait(false);
        TimeSpan wait = due - time.GetUtcNow();
        Task pause = Task.Delay(wait > TimeSpan.Zero ? wait : TimeSpan.Zero, time, enough.Token);
        Task first = await Task.WhenAny(something, pause).ConfigureAwait(false);
        await enough.CancelAsync().ConfigureAwait(false);
        await ((Task)something).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        ct.ThrowIfCancellationRequested();
        return first == pause || await something.ConfigureAwait(false);
    }

    private void Turn()
    {
        long began = time.GetTimestamp();
        ControllerTurn turn = state.Turn();
        TimeSpan took = time.GetElapsedTime(began);
        foreach (ObjectKey released in turn.Released) services.Release(released);
        foreach (ServiceReport report in turn.Services) services.SetDesired(report);
        foreach (ClaimReport report in turn.Claims) claims.SetDesired(report);
        services.Flush();
        claims.Flush();
        foreach (ConfigReport report in turn.Configs) configs.SetDesired(report);
        configs.Flush();
        configuration.SetDesired(turn.Configuration);
        configuration.Flush();
        foreach ((EventSubject subject, EventReport told) in turn.Events) events.Write(subject, told);
        metrics.Set(turn, took);
        ui?.Observe(turn);
    }
}
