using System.Collections.Concurrent;
using System.Text.Json;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Values;
using LbSpeaker.Kubernetes.Client;
using LbSpeaker.Kubernetes.Resources;
using LbSpeaker.Kubernetes.Watching;
using Microsoft.Extensions.Logging;

namespace LbSpeaker.Kubernetes.Writing;

/// <summary>
/// Says which Services this node answers for: one ServiceL2Status for each Service, under a name that follows from the Service, so that a new
/// owner takes the same object over. Fed like <see cref="ServiceStatusWriter"/>: observe, set, flush.
/// </summary>
public sealed class ServiceL2StatusWriter
{
    private const int Parallelism = 8;

    private readonly KubernetesApi api;
    private readonly string ownNamespace, node;
    private readonly OwnerPod? owner;
    private readonly WritePump<ObjectKey> pump;

    /// <summary>By the Service that they speak of, then by name: others may have written some under names of their own.</summary>
    private readonly ConcurrentDictionary<ObjectKey, ValueArray<Layer2StatusRecord>> present = new();
    private readonly Dictionary<ObjectKey, ObjectKey> serviceOf = [];
    private readonly ConcurrentDictionary<ObjectKey, ValueArray<string>> desired = new();

    /// <summary>Services whose object we have taken. Where another node takes it from us after that, both believe to be the owner: not fought over here.</summary>
    private readonly ConcurrentDictionary<ObjectKey, bool> claimed = new();
    private readonly HashSet<ObjectKey> touched = [];

    /// <param name="ownNamespace">Where the objects live.</param>
    /// <param name="owner">This speaker's Pod, null where it is not known.</param>
    public ServiceL2StatusWriter(KubernetesApi api, string ownNamespace, string node, OwnerPod? owner, ILogger<ServiceL2StatusWriter> log)
    {
        this.api = api;
        this.ownNamespace = ownNamespace;
        this.node = node;
        this.owner = owner;
        pump = new(Parallelism, WriteAsync, api.Time, log);
    }

    /// <summary>The name of a Service's object: <c>l2-</c> and twelve digits of a hash of its namespace and name.</summary>
    public static string NameOf(ObjectKey service) => "l2-" + LabelValue.Hash(service.ToString(), 12);

    public void Observe(ClusterChange change)
    {
        switch (change)
        {
            case ClusterChange.Upserted { Record: Layer2StatusRecord record }:
                if (serviceOf.TryGetValue(record.Key, out ObjectKey before) && before != record.View.Service) Forget(record.Key, before);
                serviceOf[record.Key] = record.View.Service;
                ValueArray<Layer2StatusRecord> others = present.GetValueOrDefault(record.View.Service);
                present[record.View.Service] = others.Where(r => r.Key != record.Key).Append(record).OrderBy(r => r.Key).ToValueArray();
                touched.Add(record.View.Service);
                break;
            case ClusterChange.Removed { Kind: ClusterKind.ServiceL2Status, Key: var key } when serviceOf.Remove(key, out ObjectKey service):
                Forget(key, service);
                break;
        }
    }

    /// <summary>All Services that this node answers for, with the interfaces by name (empty: all).</summary>
    public void SetDesired(IReadOnlyDictionary<ObjectKey, ValueArray<string>> services)
    {
        foreach (ObjectKey service in desired.Keys)
            if (!services.ContainsKey(service))
            {
                desired.TryRemove(service, out _);
                claimed.TryRemove(service, out _);
                touched.Add(service);
            }
        foreach ((ObjectKey service, ValueArray<string> interfaces) in services)
        {
            if (desired.TryGetValue(service, out ValueArray<string> old) && old == interfaces) continue;
            desired[service] = interfaces;
            touched.Add(service);
        }
    }

    /// <inheritdoc cref="ServiceStatusWriter.Flush"/>
    public void Flush()
    {
        foreach (ObjectKey service in touched)
            if (NextStep(service) is not Step.None) pump.Enqueue(service);
        touched.Clear();
    }

    /// <inheritdoc cref="ServiceStatusWriter.RunAsync"/>
    public Task RunAsync(CancellationToken cancellation) => pump.RunAsync(cancellation);

    private void Forget(ObjectKey key, ObjectKey service)
    {
        ValueArray<Layer2StatusRecord> left = present.GetValueOrDefault(service).Where(r => r.Key != key).ToValueArray();
        if (left.IsEmpty) present.TryRemove(service, out _);
        else present[service] = left;
        touched.Add(service);
    }

    private abstract record Step
    {
        public sealed record None : Step;
        public sealed record Create(ValueArray<string> Interfaces) : Step;
        public sealed record Update(Layer2StatusRecord From, ValueArray<string> Interfaces) : Step;
        public sealed record Delete(Layer2StatusRecord Record) : Step;
    }

    private Step NextStep(ObjectKey service)
    {
        string name = NameOf(service);
        ValueArray<Layer2StatusRecord> records = present.GetValueOrDefault(service);
        if (!desired.TryGetValue(service, out ValueArray<string> interfaces))
            return records.FirstOrDefault(r => r.View.Node == node) is { } own ? new Step.Delete(own) : new Step.None();

        Layer2StatusRecord? record = records.FirstOrDefault(r => r.Key.Name == name);
        if (record is null) return new Step.Create(interfaces);
        bool takenFromUs = record.View.Node != node && claimed.ContainsKey(service);
        if (!takenFromUs && (record.View.Node != node || record.View.Interfaces != interfaces)) return new Step.Update(record, interfaces);
        // What stands under another name speaks of an owner before us.
        return records.FirstOrDefault(r => r.Key.Name != name) is { } stray ? new Step.Delete(stray) : new Step.None();
    }

    private async Task<ApiResult?> WriteAsync(ObjectKey service, CancellationToken cancellation)
    {
        string collection = $"apis/{ApiNames.GroupVersion}/namespaces/{ownNamespace}/servicel2statuses";
        switch (NextStep(service))
        {
            case Step.Delete delete:
                return await api.DeleteAsync($"{collection}/{delete.Record.Key.Name}", delete.Record.ResourceVersion, cancellation).ConfigureAwait(false);
            case Step.Create create:
                ApiResult created = await api.PostAsync(collection, JsonBody.Of(json =>
                {
                    json.WriteString("apiVersion", ApiNames.GroupVersion);
                    json.WriteString("kind", "ServiceL2Status");
                    WriteMetadata(json, service, NameOf(service), resourceVersion: null);
                    json.WriteStartObject("spec");
                    json.WriteEndObject();
                }), cancellation).ConfigureAwait(false);
                // It may stand there without a status, from a write that was cut off: then it was not seen, and its status is what is missing.
                if (!created.IsOk && created.Outcome != ApiOutcome.Conflict) return created;
                return await WriteStatusAsync(collection, service, create.Interfaces, cancellation).ConfigureAwait(false);
            case Step.Update update when update.From.View.Node != node:
                ApiResult labelled = await api.PatchAsync($"{collection}/{NameOf(service)}", PatchType.Merge,
                    JsonBody.Of(json => WriteMetadata(json, service, name: null, update.From.ResourceVersion)), cancellation).ConfigureAwait(false);
                return labelled.IsOk ? await WriteStatusAsync(collection, service, update.Interfaces, cancellation).ConfigureAwait(false) : labelled;
            case Step.Update update:
                return await WriteStatusAsync(collection, service, update.Interfaces, cancellation).ConfigureAwait(false);
            default:
                return null;
        }
    }

    private async Task<ApiResult> WriteStatusAsync(string collection, ObjectKey service, ValueArray<string> interfaces, CancellationToken cancellation)
    {
        byte[] body = JsonBody.Of(json =>
        {
            json.WriteStartObject("status");
            json.WriteString("node", node);
            json.WriteString("serviceName", service.Name);
            json.WriteString("serviceNamespace", service.Namespace);
            json.WriteStartArray("interfaces");
            foreach (string name in interfaces)
            {
                json.WriteStartObject();
                json.WriteString("name", name);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        });
        ApiResult result = await api.PatchAsync($"{collection}/{NameOf(service)}/status", PatchType.Merge, body, cancellation).ConfigureAwait(false);
        if (result.IsOk) claimed[service] = true;
        return result;
    }

    private void WriteMetadata(Utf8JsonWriter json, ObjectKey service, string? name, string? resourceVersion)
    {
        json.WriteStartObject("metadata");
        if (name is not null)
        {
            json.WriteString("name", name);
            json.WriteString("namespace", ownNamespace);
        }
        if (resourceVersion is not null) json.WriteString("resourceVersion", resourceVersion);
        json.WriteStartObject("labels");
        json.WriteString("metallb.io/node", LabelValue.Of(node));
        json.WriteString("metallb.io/service-name", service.Name);
        json.WriteString("metallb.io/service-namespace", service.Namespace);
        json.WriteEndObject();
        OwnerPod.WriteReferences(json, owner);
        json.WriteEndObject();
    }
}
