using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Reports;
using LbSpeaker.Kubernetes.Resources;

namespace LbSpeaker.Controller;

/// <summary>
/// Which faults of configuration objects have been told by an event: what was said last, and for a controller that has just taken over what stands in
/// the object's own condition.
/// </summary>
internal sealed class ConfigNews
{
    private readonly Dictionary<(string Kind, ObjectKey Key), (string Uid, string Reason, string Message)> said = [];

    public void Observe(ConfigRecord record)
    {
        (string, ObjectKey) key = (record.Declaration.Meta.Kind, record.Key);
        if (said.TryGetValue(key, out (string Uid, string, string) last) && last.Uid == record.Declaration.Meta.Uid) return;
        ConditionRecord? stands = record.Status.Conditions.FirstOrDefault(c => c.Type == ConditionTypes.Valid);
        said[key] = (record.Declaration.Meta.Uid, stands?.Reason ?? "", stands?.Message ?? "");
    }

    public void Forget(string kind, ObjectKey key) => said.Remove((kind, key));

    /// <returns>Null where the object is in order, or nothing changed.</returns>
    public EventReport? Tell(ConfigReport report)
    {
        (string Uid, string Reason, string Message) now = (report.Meta.Uid, report.Condition.Reason, report.Condition.Message);
        (string, ObjectKey) key = (report.Meta.Kind, report.Meta.Key);
        if (said.GetValueOrDefault(key) == now) return null;
        said[key] = now;
        return report.Condition.Status == ConditionStatus.False ? new(true, EventReason.InvalidConfiguration, $"{now.Reason}: {now.Message}") : null;
    }
}
