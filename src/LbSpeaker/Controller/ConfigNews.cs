using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Reports;
using LbSpeaker.Kubernetes.Resources;

namespace LbSpeaker.Controller;

/// <summary>
/// Which faults of configuration objects have been told by an event: what was said last under each condition, and for a controller that has just taken over what
/// stands in the object's own conditions.
/// </summary>
internal sealed class ConfigNews
{
    /// <summary>What an advertisement could select instead comes and goes and is in the words: those alone are no news.</summary>
    private static readonly (string Condition, EventReason Event, bool WordsAreNews)[] Told =
        [(ConditionTypes.Valid, EventReason.InvalidConfiguration, true), (ConditionTypes.Selects, EventReason.SelectsNothing, false)];

    private readonly Dictionary<(string Kind, ObjectKey Key), (string Uid, Dictionary<string, (string Reason, string Message)> Words)> said = [];

    public void Observe(ConfigRecord record)
    {
        (string, ObjectKey) key = (record.Declaration.Meta.Kind, record.Key);
        if (said.TryGetValue(key, out (string Uid, Dictionary<string, (string, string)>) last) && last.Uid == record.Declaration.Meta.Uid) return;
        said[key] = (record.Declaration.Meta.Uid, record.Status.Conditions.DistinctBy(c => c.Type).ToDictionary(c => c.Type, c => (c.Reason, c.Message), StringComparer.Ordinal));
    }

    public void Forget(string kind, ObjectKey key) => said.Remove((kind, key));

    /// <returns>Nothing where the object is in order, or nothing changed.</returns>
    public IEnumerable<EventReport> Tell(ConfigReport report)
    {
        if (!said.TryGetValue((report.Meta.Kind, report.Meta.Key), out (string Uid, Dictionary<string, (string Reason, string Message)> Words) last) || last.Uid != report.Meta.Uid) yield break;
        foreach ((string type, EventReason reason, bool wordsAreNews) in Told)
        {
            if (report.Conditions.FirstOrDefault(c => c.Type == type) is not { } condition) continue;
            (string Reason, string Message) now = (condition.Reason, condition.Message);
            (string Reason, string Message) before = last.Words.GetValueOrDefault(type);
            if (wordsAreNews ? before == now : before.Reason == now.Reason) continue;
            last.Words[type] = now;
            if (condition.Status == ConditionStatus.False) yield return new(true, reason, $"{now.Reason}: {now.Message}");
        }
    }
}
