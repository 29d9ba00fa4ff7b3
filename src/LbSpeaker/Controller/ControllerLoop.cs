using System.Threading.Channels;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Reports;
using LbSpeaker.Kubernetes.Watching;
using LbSpeaker.Kubernetes.Writing;
using LbSpeaker.Observability;

namespace LbSpeaker.Controller;

/// <summary>Takes all changes that wait, plans once, and hands the result to the writers.</summary>
internal sealed class ControllerLoop(
    ControllerState state, ServiceStatusWriter services, ConfigStatusWriter configs, ConfigurationStateWriter configuration, EventWriter events, ControllerMetrics metrics)
{
    private readonly Dictionary<(string Kind, ObjectKey Key), ConditionReport> saidOfConfigs = [];

    public IEnumerable<Func<CancellationToken, Task>> Writers => [services.RunAsync, configs.RunAsync, configuration.RunAsync, events.RunAsync];

    public async Task RunAsync(ChannelReader<ClusterChange> mailbox, CancellationToken ct)
    {
        bool ready = false;
        while (await mailbox.WaitToReadAsync(ct).ConfigureAwait(false))
        {
            while (mailbox.TryRead(out ClusterChange? change))
            {
                ready |= change is ClusterChange.Ready;
                Take(change);
            }
            if (ready) Turn();
        }
    }

    private void Take(ClusterChange change)
    {
        services.Observe(change);
        configs.Observe(change);
        configuration.Observe(change);
        switch (change)
        {
            case ClusterChange.Upserted upserted: state.Apply(upserted.Record); break;
            case ClusterChange.Removed removed: state.Remove(removed.Kind, removed.Key); break;
            case ClusterChange.SpeakersChanged speakers: state.SetLiveSpeakers(speakers.Live); break;
        }
    }

    private void Turn()
    {
        ControllerTurn turn = state.Turn();
        foreach (ObjectKey released in turn.Released) services.Release(released);
        foreach (ServiceReport report in turn.Services) services.SetDesired(report);
        services.Flush();
        foreach (ConfigReport report in turn.Configs)
        {
            configs.SetDesired(report);
            if (saidOfConfigs.TryGetValue((report.Meta.Kind, report.Meta.Key), out ConditionReport? said) && said == report.Condition) continue;
            saidOfConfigs[(report.Meta.Kind, report.Meta.Key)] = report.Condition;
            if (report.Condition.Status == ConditionStatus.False)
                events.Write(EventSubject.Of(report.Meta), new(true, EventReason.InvalidConfiguration, $"{report.Condition.Reason}: {report.Condition.Message}"));
        }
        configs.Flush();
        configuration.SetDesired(turn.Configuration);
        configuration.Flush();
        foreach (ServiceEvent told in turn.Events) events.Write(EventSubject.Of(told.Service), told.Event);
        metrics.Set(turn.Allocation, turn.Configuration.IsValid);
    }
}
