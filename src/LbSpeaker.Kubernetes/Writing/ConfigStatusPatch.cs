using LbSpeaker.Core.Reports;
using LbSpeaker.Kubernetes.Client;
using LbSpeaker.Kubernetes.Resources;

namespace LbSpeaker.Kubernetes.Writing;

/// <summary>
/// What differs in the status of a configuration object, as a merge patch: custom resources know no strategic merge, so the conditions go out
/// as the whole list, others' among them as they were; the resourceVersion makes that safe.
/// </summary>
internal static class ConfigStatusPatch
{
    /// <returns>Null where nothing differs, or where the report speaks of another state of the spec than the one at hand.</returns>
    public static byte[]? Of(ConfigReport desired, ConfigRecord present, DateTimeOffset now)
    {
        if (desired.Meta.Uid != present.Declaration.Meta.Uid || desired.Meta.Generation != present.Declaration.Meta.Generation) return null;
        ConditionRecord condition = Conditions.Next(desired.Condition, present.Status.Conditions, desired.Meta.Generation, now);
        bool conditionDiffers = Conditions.Find(present.Status.Conditions, condition.Type) != condition;
        bool specDiffers = desired.StoresSpec && present.Status.LastValidSpec != present.Spec;
        PoolCounters? counters = desired.Usage is { } usage ? new(usage.AssignedIPv4, usage.AssignedIPv6, usage.AvailableIPv4, usage.AvailableIPv6) : null;
        bool countersDiffer = counters is not null && counters != present.Status.Counters;
        if (!conditionDiffers && !specDiffers && !countersDiffer) return null;

        return JsonBody.Of(json =>
        {
            json.WriteStartObject("metadata");
            json.WriteString("resourceVersion", present.ResourceVersion);
            json.WriteEndObject();
            json.WriteStartObject("status");
            if (countersDiffer)
            {
                json.WriteNumber("assignedIPv4", counters!.AssignedIPv4);
                json.WriteNumber("assignedIPv6", counters.AssignedIPv6);
                json.WriteNumber("availableIPv4", counters.AvailableIPv4);
                json.WriteNumber("availableIPv6", counters.AvailableIPv6);
            }
            if (specDiffers) json.WriteString("lastValid", present.Spec);
            if (conditionDiffers)
            {
                json.WriteStartArray("conditions");
                foreach (ConditionRecord other in present.Status.Conditions)
                    if (other.Type != condition.Type) Conditions.Write(json, other, now);
                Conditions.Write(json, condition, now);
                json.WriteEndArray();
            }
            json.WriteEndObject();
        });
    }
}
