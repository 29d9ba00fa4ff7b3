using System.Text.Json;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Reports;
using LbSpeaker.Core.Values;
using LbSpeaker.Kubernetes.Client;
using LbSpeaker.Kubernetes.Resources;
using LbSpeaker.Kubernetes.Watching;
using Microsoft.Extensions.Logging;

namespace LbSpeaker.Kubernetes.Writing;

/// <summary>
/// Says to which routers this node announces which Services: one ServiceBGPStatus for each Service and node. Other nodes' objects are not looked at, and go with
/// their Pods. Fed like <see cref="HolderStatusWriter{TRecord, TReport}"/>: observe, set, flush.
/// </summary>
public sealed class ServiceBgpStatusWriter
{
    private const int Parallelism = 8;

    private readonly string node;
    private readonly OwnObjects<Wish, BgpStatusRecord> objects;

    private sealed record Wish(ObjectKey Service, BgpServiceReport Report);

    /// <param name="ownNamespace">Where the objects live.</param>
    /// <param name="owner">This speaker's Pod, null where there is none. Nothing is written before it is known.</param>
    public ServiceBgpStatusWriter(KubernetesApi api, string ownNamespace, string node, Task<OwnerPod?> owner, ILogger<ServiceBgpStatusWriter> log)
    {
        this.node = node;
        objects = new(api, ClusterKind.ServiceBGPStatus, ownNamespace, owner, Parallelism, LabelsOf, StatusOf, log);
    }

    /// <summary>The name of the object of a Service and a node: <c>bgp-</c> and twelve digits of a hash of both.</summary>
    public static string NameOf(ObjectKey service, string node) => "bgp-" + LabelValue.Hash($"{service} {node}", 12);

    public void Observe(ClusterChange change)
    {
        switch (change)
        {
            case ClusterChange.Upserted { Record: BgpStatusRecord record } when record.View.Node == node:
                objects.Observe(record);
                break;
            case ClusterChange.Removed { Kind: ClusterKind.ServiceBGPStatus, Key: var key }:
                objects.Forget(key);
                break;
        }
    }

    /// <param name="reports">What this node says about Services of which something may have changed; null, or without peers, where it announces nothing of it by BGP.</param>
    /// <param name="isComplete">
    /// It announces no others, so that what an earlier process of this node left about others is cleared away. True at least the first time; until then only
    /// what is named here is written or deleted.
    /// </param>
    public void SetDesired(IReadOnlyDictionary<ObjectKey, BgpServiceReport?> reports, bool isComplete)
    {
        HashSet<string> names = new(StringComparer.Ordinal);
        foreach ((ObjectKey service, BgpServiceReport? report) in reports)
        {
            string name = NameOf(service, node);
            bool isAnnounced = report is { Peers.IsEmpty: false };
            objects.Set(name, isAnnounced ? new(service, report!) : null);
            if (isAnnounced) names.Add(name);
        }
        if (isComplete) objects.SetComplete(names);
    }

    /// <inheritdoc cref="HolderStatusWriter{TRecord, TReport}.Flush"/>
    public void Flush() => objects.Flush();

    /// <inheritdoc cref="HolderStatusWriter{TRecord, TReport}.RunAsync"/>
    public Task RunAsync(CancellationToken cancellation) => objects.RunAsync(cancellation);

    /// <summary>MetalLB's labels.</summary>
    private IEnumerable<KeyValuePair<string, string>> LabelsOf(Wish wish) =>
        [new(ApiNames.StatusNodeLabel, LabelValue.Of(node)), new("metallb.io/service-name", wish.Service.Name), new("metallb.io/service-namespace", wish.Service.Namespace)];

    private byte[]? StatusOf(Wish wish, BgpStatusRecord? present)
    {
        if (present is { View: var view } && view.Service == wish.Service && view.Peers == wish.Report.Peers && view.OnWire == wish.Report.OnWire) return null;
        return JsonBody.Of(json =>
        {
            json.WriteStartObject("status");
            json.WriteString("node", node);
            json.WriteString("serviceName", wish.Service.Name);
            json.WriteString("serviceNamespace", wish.Service.Namespace);
            WriteNames(json, "peers", wish.Report.Peers);
            WriteNames(json, "announcedTo", wish.Report.OnWire);
            json.WriteEndObject();
        });
    }

    private static void WriteNames(Utf8JsonWriter json, string field, ValueArray<string> names)
    {
        json.WriteStartArray(field);
        foreach (string name in names) json.WriteStringValue(name);
        json.WriteEndArray();
    }
}
