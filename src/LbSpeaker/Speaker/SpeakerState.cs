using System.Collections.Immutable;
using LbSpeaker.Cluster;
using LbSpeaker.Core.Announcement;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Config;
using LbSpeaker.Core.Reports;
using LbSpeaker.Core.Values;
using LbSpeaker.Kubernetes.Resources;

namespace LbSpeaker.Speaker;

/// <summary>What one turn of the speaker comes to: the plan for the announcer at once, the rest when the API server has time.</summary>
/// <param name="Own">Every Service that this node answers for, with the interfaces by name (empty: all).</param>
/// <param name="Gained">Of these, the ones that it did not answer for before.</param>
internal sealed record SpeakerTurn(
    AnnouncementPlan Plan,
    IReadOnlyDictionary<ObjectKey, ValueArray<string>> Own,
    IReadOnlyList<ServiceView> Gained,
    ConfigurationReport Configuration);

/// <summary>All that the speaker knows, and the one turn of its loop: records in, a plan out. It performs nothing and has one owner, the loop.</summary>
internal sealed class SpeakerState(string node, string? loadBalancerClass, bool ignoreExcludeLabel)
{
    private readonly ClusterFacts facts = new(readsSecrets: true);
    private readonly AnnouncementPlanner planner = new(new AnnouncementOptions(node, ignoreExcludeLabel));
    private readonly Dictionary<ObjectKey, ValueArray<string>> own = [];
    private CompiledConfig? config;

    public void Apply(ClusterRecord record) => facts.Apply(record);

    public void Remove(ClusterKind kind, ObjectKey key) => facts.Remove(kind, key);

    /// <param name="speakers">Our own node is always among them: a speaker that plans lives.</param>
    public void SetLiveSpeakers(ImmutableSortedSet<string>? speakers) => facts.Builder.SetLiveSpeakers(speakers?.Add(node));

    public SpeakerTurn Turn()
    {
        ClusterSnapshot snapshot = facts.Builder.Publish();
        if (config is null || snapshot.Changes.Config || snapshot.Changes.Nodes) config = ConfigCompiler.Compile(snapshot);
        AnnouncementPlan plan = planner.Plan(config, snapshot, service => ServiceHolding.OfStatus(service, loadBalancerClass));

        List<ServiceView> gained = [];
        foreach (ObjectKey key in plan.Changed ?? plan.Services.Keys.Concat(own.Keys).Distinct().ToValueArray())
            if (OwnInterfaces(plan, key) is not { } interfaces) own.Remove(key);
            else
            {
                if (!own.ContainsKey(key) && facts.Service(key) is { } service) gained.Add(service.View);
                own[key] = interfaces;
            }
        return new(plan, own, gained, ConfigurationReport.Of(config));
    }

    /// <summary>The interfaces on which this node answers for the Service (empty: all), or null where it does not.</summary>
    private ValueArray<string>? OwnInterfaces(AnnouncementPlan plan, ObjectKey service)
    {
        if (plan.Services.GetValueOrDefault(service) is not { } announcements) return null;
        SortedSet<string>? names = null;
        foreach (Layer2Announcement announcement in announcements.Layer2)
        {
            if (announcement.Node != node) continue;
            if (announcement.Interfaces.IsEmpty) return ValueArray<string>.Empty;
            (names ??= new(StringComparer.Ordinal)).UnionWith(announcement.Interfaces);
        }
        return names?.ToValueArray();
    }
}
