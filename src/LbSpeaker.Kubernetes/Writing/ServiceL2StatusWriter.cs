using System.Collections.Immutable;
using System.Text.Json;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Reports;
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
    private readonly Task<OwnerPod?> owner;
    private readonly WritePump<ObjectKey, Step> pump;

    /// <summary>By the Service that they speak of, then by name: others may have written some under names of their own.</summary>
    private readonly Dictionary<ObjectKey, ValueArray<Layer2StatusRecord>> present = [];
    private readonly Dictionary<ObjectKey, ObjectKey> serviceOf = [];
    private readonly Dictionary<ObjectKey, Layer2ServiceReport> desired = [];
    private readonly HashSet<ObjectKey> leftToOthers = [];

    /// <summary>Services whose object was seen with our name in it. Where another node that lives takes it from us after that, both believe to be the owner: not fought over here.</summary>
    private readonly HashSet<ObjectKey> claimed = [];
    private readonly HashSet<ObjectKey> touched = [];
    private ImmutableHashSet<ObjectKey> orphans = [];
    private ImmutableSortedSet<string>? live;

    /// <param name="ownNamespace">Where the objects live.</param>
    /// <param name="owner">This speaker's Pod, null where there is none. Nothing is written before it is known.</param>
    public ServiceL2StatusWriter(KubernetesApi api, string ownNamespace, string node, Task<OwnerPod?> owner, ILogger<ServiceL2StatusWriter> log)
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
                if (record.View.Node == node && desired.ContainsKey(record.View.Service)) claimed.Add(record.View.Service);
                touched.Add(record.View.Service);
                break;
            case ClusterChange.Removed { Kind: ClusterKind.ServiceL2Status, Key: var key } when serviceOf.Remove(key, out ObjectKey service):
                Forget(key, service);
                break;
        }
    }

    /// <param name="reports">
    /// Services of which something may have changed, and what this node says about each: null where nobody is to answer for it, so that an object of ours goes;
    /// <see cref="Layer2ServiceReport.LeftToOther"/> where another node is to.
    /// </param>
    /// <param name="orphaned">Objects of nodes that are gone, about Services that nobody takes over: this node clears them away.</param>
    /// <param name="liveSpeakers">Null where nothing is known.</param>
    public void SetDesired(IReadOnlyDictionary<ObjectKey, Layer2ServiceReport?> reports, ImmutableHashSet<ObjectKey> orphaned, ImmutableSortedSet<string>? liveSpeakers)
    {
        foreach ((ObjectKey service, Layer2ServiceReport? report) in reports)
        {
            bool isLeft = report == Layer2ServiceReport.LeftToOther, wasLeft = leftToOthers.Contains(service);
            if (isLeft) leftToOthers.Add(service); else leftToOthers.Remove(service);
            // What the API keeps no part of would differ for ever.
            Layer2ServiceReport? wish = isLeft || report is null ? null : report with { Since = JsonBody.WholeSecond(report.Since) };
            if (desired.GetValueOrDefault(service) == wish && isLeft == wasLeft) continue;
            if (wish is not null)
                desired[service] = wish;
            else
            {
                desired.Remove(service);
                claimed.Remove(service);
            }
            touched.Add(service);
        }
        if (!ReferenceEquals(orphans, orphaned))
            foreach (ObjectKey key in orphans.SymmetricExcept(orphaned))
                if (serviceOf.TryGetValue(key, out ObjectKey service)) touched.Add(service);
        if (live is null != liveSpeakers is null || live is not null && !live.SetEquals(liveSpeakers!)) touched.UnionWith(claimed);
        (orphans, live) = (orphaned, liveSpeakers);
    }

    /// <inheritdoc cref="ServiceStatusWriter.Flush"/>
    public void Flush()
    {
        foreach (ObjectKey service in touched)
            if (NextStep(service) is { } step) pump.Enqueue(service, step); else pump.Withdraw(service);
        touched.Clear();
    }

    /// <inheritdoc cref="ServiceStatusWriter.RunAsync"/>
    public Task RunAsync(CancellationToken cancellation) => pump.RunAsync(cancellation);

    private void Forget(ObjectKey key, ObjectKey service)
    {
        ValueArray<Layer2StatusRecord> left = present.GetValueOrDefault(service).Where(r => r.Key != key).ToValueArray();
        if (left.IsEmpty) present.Remove(service);
        else present[service] = left;
        touched.Add(service);
    }

    private static bool Shows(Layer2StatusView view, Layer2ServiceReport report) =>
        view.IsAnnounced == report.IsAnnounced && view.Interfaces == report.Interfaces && view.NotAnnounced == report.NotAnnounced && view.Addresses == report.Addresses && view.Since == report.Since;

    private abstract record Step
    {
        public sealed record Create(Layer2ServiceReport Report) : Step;
        /// <summary>Of another node, or of a Pod of ours that is gone.</summary>
        public sealed record TakeOver(Layer2StatusRecord From, Layer2ServiceReport Report) : Step;
        public sealed record Update(Layer2ServiceReport Report) : Step;
        /// <summary>All is well as far as can be told while the own Pod is not known.</summary>
        public sealed record CheckOwner(Layer2StatusRecord Record) : Step;
        public sealed record Delete(Layer2StatusRecord Record) : Step;
    }

    private Step? NextStep(ObjectKey service)
    {
        ValueArray<Layer2StatusRecord> records = present.GetValueOrDefault(service);
        if (!desired.TryGetValue(service, out Layer2ServiceReport? report))
            // The next owner takes it over; without it the others would not know whose the addresses are.
            return leftToOthers.Contains(service) ? null : records.FirstOrDefault(r => r.View.Node == node || orphans.Contains(r.Key)) is { } idle ? new Step.Delete(idle) : null;

        string name = NameOf(service);
        Layer2StatusRecord? record = records.FirstOrDefault(r => r.Key.Name == name);
        if (record is null) return new Step.Create(report);
        bool takenFromUs = record.View.Node != node && claimed.Contains(service) && (live is null || live.Contains(record.View.Node));
        if (!takenFromUs)
        {
            if (record.View.Node != node) return new Step.TakeOver(record, report);
            if (!Shows(record.View, report)) return new Step.Update(report);
            if (!owner.IsCompletedSuccessfully || !IsOf(owner.Result, record)) return new Step.CheckOwner(record);
        }
        // What stands under another name speaks of an owner before us.
        return records.FirstOrDefault(r => r.Key.Name != name) is { } stray ? new Step.Delete(stray) : null;
    }

    private async Task<ApiResult?> WriteAsync(ObjectKey service, Step step, CancellationToken cancellation)
    {
        OwnerPod? pod = await owner.WaitAsync(cancellation).ConfigureAwait(false);
        string collection = $"apis/{ApiNames.GroupVersion}/namespaces/{ownNamespace}/servicel2statuses";
        switch (step)
        {
            case Step.Delete delete:
                return await api.DeleteAsync($"{collection}/{delete.Record.Key.Name}", delete.Record.ResourceVersion, cancellation).ConfigureAwait(false);
            case Step.Create create:
                ApiResult created = await api.PostAsync(collection, JsonBody.Of(json =>
                {
                    json.WriteString("apiVersion", ApiNames.GroupVersion);
                    json.WriteString("kind", "ServiceL2Status");
                    WriteMetadata(json, service, NameOf(service), resourceVersion: null, pod);
                    json.WriteStartObject("spec");
                    json.WriteEndObject();
                }), cancellation).ConfigureAwait(false);
                // It may stand there without a status, from a write that was cut off: then it was not seen, and its status is what is missing.
                if (!created.IsOk && created.Outcome != ApiOutcome.Conflict) return created;
                return await WriteStatusAsync(collection, service, create.Report, cancellation).ConfigureAwait(false);
            case Step.TakeOver take:
                ApiResult labelled = await LabelAsync(collection, service, take.From, pod, cancellation).ConfigureAwait(false);
                return labelled.IsOk ? await WriteStatusAsync(collection, service, take.Report, cancellation).ConfigureAwait(false) : labelled;
            case Step.Update update:
                return await WriteStatusAsync(collection, service, update.Report, cancellation).ConfigureAwait(false);
            case Step.CheckOwner check:
                return IsOf(pod, check.Record) ? null : await LabelAsync(collection, service, check.Record, pod, cancellation).ConfigureAwait(false);
            default:
                throw new InvalidOperationException($"step {step}");
        }
    }

    /// <summary>Without a Pod of our own whatever owner stands there may stand.</summary>
    private static bool IsOf(OwnerPod? pod, Layer2StatusRecord record) => pod is null || pod.Uid == record.OwnerUid;

    private Task<ApiResult> LabelAsync(string collection, ObjectKey service, Layer2StatusRecord record, OwnerPod? pod, CancellationToken cancellation) =>
        api.PatchAsync($"{collection}/{NameOf(service)}", PatchType.Merge, JsonBody.Of(json => WriteMetadata(json, service, name: null, record.ResourceVersion, pod)), cancellation);

    private Task<ApiResult> WriteStatusAsync(string collection, ObjectKey service, Layer2ServiceReport report, CancellationToken cancellation)
    {
        byte[] body = JsonBody.Of(json =>
        {
            json.WriteStartObject("status");
            json.WriteString("node", report.IsAnnounced ? node : null);
            json.WriteString("serviceName", service.Name);
            json.WriteString("serviceNamespace", service.Namespace);
            json.WriteStartArray("interfaces");
            foreach (string name in report.Interfaces)
            {
                json.WriteStartObject();
                json.WriteString("name", name);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteStartArray("addresses");
            foreach (IpAddress address in report.Addresses) json.WriteStringValue(address.ToString());
            json.WriteEndArray();
            json.WriteString("since", JsonBody.Time(report.Since));
            if (report.NotAnnounced.IsEmpty)
                json.WriteNull("notAnnounced");
            else
            {
                json.WriteStartArray("notAnnounced");
                foreach (NotAnnouncedView failure in report.NotAnnounced)
                {
                    json.WriteStartObject();
                    json.WriteString("address", failure.Address);
                    json.WriteString("node", node);
                    json.WriteString("reason", failure.Reason);
                    json.WriteString("message", failure.Message);
                    json.WriteEndObject();
                }
                json.WriteEndArray();
            }
            json.WriteEndObject();
        });
        return api.PatchAsync($"{collection}/{NameOf(service)}/status", PatchType.Merge, body, cancellation);
    }

    private void WriteMetadata(Utf8JsonWriter json, ObjectKey service, string? name, string? resourceVersion, OwnerPod? pod)
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
        OwnerPod.WriteReferences(json, pod);
        json.WriteEndObject();
    }
}
