using System.Text.Json;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Reports;
using LbSpeaker.Core.Values;
using LbSpeaker.Kubernetes.Client;
using LbSpeaker.Kubernetes.Resources;

namespace LbSpeaker.Kubernetes.Writing;

/// <summary>
/// What differs between a Service as it is and as it is to be, as one strategic merge patch of its status: addresses, our annotation and our
/// conditions go out together. Of the conditions only ours are named, merged by type, so that others' stay; ingress is one list to the API.
/// </summary>
public static class ServiceStatusPatch
{
    private static readonly string PoolKey = ServiceAnnotations.Key(ServiceAnnotations.AllocatedFromPool);

    /// <summary>The record holds exactly the addresses of the report, and names its pools.</summary>
    public static bool Shows(ServiceRecord record, ServiceReport report) =>
        report.IsOfAnother || record.View.Annotations[PoolKey] == report.Pools && SameIngress(report.Addresses, record.View.Ingress);

    /// <returns>Null where nothing differs.</returns>
    internal static byte[]? Of(ServiceReport desired, ServiceRecord present, DateTimeOffset now)
    {
        bool annotationDiffers = !desired.IsOfAnother && present.View.Annotations[PoolKey] != desired.Pools;
        bool endsMove = desired.EndsMove && present.View.MoveTo is not null;
        bool beginsMove = desired.BeginsMove is { } to && present.View.MoveTo != to;
        bool ingressDiffers = !desired.IsOfAnother && !SameIngress(desired.Addresses, present.View.Ingress);
        List<ConditionRecord> changed = [];
        foreach (ConditionReport report in desired.Conditions)
        {
            ConditionRecord next = Conditions.Next(report, present.Conditions, 0, now);
            if (Conditions.Find(present.Conditions, report.Type) != next) changed.Add(next);
        }
        List<string> removed = [];
        foreach (ConditionRecord condition in present.Conditions)
            if (!desired.Conditions.Any(c => c.Type == condition.Type)) removed.Add(condition.Type);
        if (!annotationDiffers && !endsMove && !beginsMove && !ingressDiffers && changed.Count == 0 && removed.Count == 0) return null;

        return JsonBody.Of(json =>
        {
            json.WriteStartObject("metadata");
            json.WriteString("resourceVersion", present.ResourceVersion);
            if (annotationDiffers || endsMove || beginsMove)
            {
                json.WriteStartObject("annotations");
                if (annotationDiffers) json.WriteString(PoolKey, desired.Pools);
                if (endsMove) json.WriteNull(ServiceAnnotations.MoveTo);
                if (beginsMove) json.WriteString(ServiceAnnotations.MoveTo, desired.BeginsMove);
                json.WriteEndObject();
            }
            json.WriteEndObject();
            if (!ingressDiffers && changed.Count == 0 && removed.Count == 0) return;

            json.WriteStartObject("status");
            if (ingressDiffers) WriteIngress(json, desired.Addresses, present);
            if (changed.Count > 0 || removed.Count > 0)
            {
                json.WriteStartArray("conditions");
                foreach (ConditionRecord condition in changed) Conditions.Write(json, condition, now);
                foreach (string type in removed)
                {
                    json.WriteStartObject();
                    json.WriteString("type", type);
                    json.WriteString("$patch", "delete");
                    json.WriteEndObject();
                }
                json.WriteEndArray();
            }
            json.WriteEndObject();
        });
    }

    /// <summary>Takes addresses out of the status and leaves all else.</summary>
    /// <returns>Null where the status holds none but <paramref name="kept"/>.</returns>
    internal static byte[]? Dropping(ServiceRecord present, ValueArray<IpAddress> kept)
    {
        ValueArray<IpAddress> left = present.View.Ingress
            .Select(i => IpAddress.TryParse(i.Ip, out IpAddress address) && kept.Contains(address) ? address : (IpAddress?)null).OfType<IpAddress>().ToValueArray();
        if (left.Count == present.View.Ingress.Count) return null;
        return JsonBody.Of(json =>
        {
            json.WriteStartObject("metadata");
            json.WriteString("resourceVersion", present.ResourceVersion);
            json.WriteEndObject();
            json.WriteStartObject("status");
            WriteIngress(json, left, present);
            json.WriteEndObject();
        });
    }

    private static void WriteIngress(Utf8JsonWriter json, ValueArray<IpAddress> addresses, ServiceRecord present)
    {
        json.WriteStartObject("loadBalancer");
        if (addresses.IsEmpty)
            json.WriteNull("ingress");
        else
        {
            json.WriteStartArray("ingress");
            foreach (IpAddress address in addresses)
            {
                json.WriteStartObject();
                json.WriteString("ip", address.ToString());
                if (ModeOf(address, present) is { } mode) json.WriteString("ipMode", mode);
                json.WriteEndObject();
            }
            json.WriteEndArray();
        }
        json.WriteEndObject();
    }

    private static bool SameIngress(ValueArray<IpAddress> desired, ValueArray<IngressView> present)
    {
        if (desired.Count != present.Count) return false;
        for (int i = 0; i < desired.Count; i++)
            if (present[i].Hostname is not null || !IpAddress.TryParse(present[i].Ip, out IpAddress address) || address != desired[i]) return false;
        return true;
    }

    /// <summary>An address that stays keeps its ipMode, whoever set it.</summary>
    private static string? ModeOf(IpAddress address, ServiceRecord present)
    {
        for (int i = 0; i < present.View.Ingress.Count && i < present.IngressModes.Count; i++)
            if (IpAddress.TryParse(present.View.Ingress[i].Ip, out IpAddress held) && held == address) return present.IngressModes[i];
        return null;
    }
}
