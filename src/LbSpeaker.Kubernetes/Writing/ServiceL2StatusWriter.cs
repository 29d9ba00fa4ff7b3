using System.Collections.Immutable;
using System.Text.Json;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Reports;
using LbSpeaker.Kubernetes.Client;
using LbSpeaker.Kubernetes.Resources;
using LbSpeaker.Kubernetes.Watching;
using Microsoft.Extensions.Logging;

namespace LbSpeaker.Kubernetes.Writing;

/// <summary>
/// Says which Services this node answers for: one ServiceL2Status for each Service, under a name that follows from the Service, so that a new
/// owner takes the same object over. Fed like <see cref="HolderStatusWriter{TRecord, TReport}"/>: observe, set, flush.
/// </summary>
public sealed class ServiceL2StatusWriter
{
    private const int Parallelism = 8;

    /// <summary>Of two that both believe to own a Service each writes that no more often.</summary>
    public static readonly TimeSpan TakeBackInterval = TimeSpan.FromSeconds(5);

    private readonly KubernetesApi api;
    private readonly string ownNamespace, node;
    private readonly Task<OwnerPod?> owner;
    private readonly WritePump<ObjectKey, Layer2StatusStep> pump;
    private readonly Layer2StatusBook book;

    /// <param name="ownNamespace">Where the objects live.</param>
    /// <param name="owner">This speaker's Pod, null where there is none. Nothing is written before it is known.</param>
    public ServiceL2StatusWriter(KubernetesApi api, string ownNamespace, string node, Task<OwnerPod?> owner, ILogger<ServiceL2StatusWriter> log)
    {
        this.api = api;
        this.ownNamespace = ownNamespace;
        this.node = node;
        this.owner = owner;
        book = new(node, record => owner.IsCompletedSuccessfully && IsOf(owner.Result, record));
        pump = new(Parallelism, WriteAsync, api.Time, log, TakeBackInterval);
    }

    /// <summary>The name of a Service's object: <c>l2-</c> and twelve digits of a hash of its namespace and name.</summary>
    public static string NameOf(ObjectKey service) => "l2-" + LabelValue.Hash(service.ToString(), 12);

    public void Observe(ClusterChange change) => book.Observe(change);

    /// <inheritdoc cref="Layer2StatusBook.SetDesired"/>
    public void SetDesired(IReadOnlyDictionary<ObjectKey, Layer2ServiceReport?> reports, ImmutableHashSet<ObjectKey> orphaned) => book.SetDesired(reports, orphaned);

    /// <inheritdoc cref="HolderStatusWriter{TRecord, TReport}.Flush"/>
    public void Flush()
    {
        foreach ((ObjectKey service, Layer2StatusStep? step) in book.Take())
            if (step is not null) pump.Enqueue(service, step, isUrgent: !step.CanWait); else pump.Withdraw(service);
    }

    /// <inheritdoc cref="HolderStatusWriter{TRecord, TReport}.RunAsync"/>
    public Task RunAsync(CancellationToken cancellation) => pump.RunAsync(cancellation);

    private async Task<ApiResult?> WriteAsync(ObjectKey service, Layer2StatusStep step, CancellationToken cancellation)
    {
        OwnerPod? pod = await owner.WaitAsync(cancellation).ConfigureAwait(false);
        string collection = $"apis/{ApiNames.GroupVersion}/namespaces/{ownNamespace}/servicel2statuses";
        switch (step)
        {
            case Layer2StatusStep.Delete delete:
                return await api.DeleteAsync($"{collection}/{delete.Record.Key.Name}", delete.Record.ResourceVersion, cancellation).ConfigureAwait(false);
            case Layer2StatusStep.Create create:
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
                return await WriteStatusAsync(collection, service, create.Report, VersionOf(created), cancellation).ConfigureAwait(false);
            case Layer2StatusStep.TakeOver take:
                ApiResult labelled = await LabelAsync(collection, service, take.From, pod, cancellation).ConfigureAwait(false);
                return labelled.IsOk ? await WriteStatusAsync(collection, service, take.Report, VersionOf(labelled), cancellation).ConfigureAwait(false) : labelled;
            case Layer2StatusStep.Update update:
                return await WriteStatusAsync(collection, service, update.Report, update.Record.ResourceVersion, cancellation).ConfigureAwait(false);
            case Layer2StatusStep.CheckOwner check:
                return IsOf(pod, check.Record) ? null : await LabelAsync(collection, service, check.Record, pod, cancellation).ConfigureAwait(false);
            default:
                throw new InvalidOperationException($"step {step}");
        }
    }

    /// <summary>Of the object as it is after a write; null where the answer does not say.</summary>
    private static string? VersionOf(ApiResult written) => written.IsOk && ResourceVersion.Of(written.Body) is { Length: > 0 } version ? version : null;

    /// <summary>Without a Pod of our own whatever owner stands there may stand.</summary>
    private static bool IsOf(OwnerPod? pod, Layer2StatusRecord record) => pod is null || pod.Uid == record.OwnerUid;

    private Task<ApiResult> LabelAsync(string collection, ObjectKey service, Layer2StatusRecord record, OwnerPod? pod, CancellationToken cancellation) =>
        api.PatchAsync($"{collection}/{NameOf(service)}", PatchType.Merge, JsonBody.Of(json => WriteMetadata(json, service, name: null, record.ResourceVersion, pod)), cancellation);

    /// <param name="resourceVersion">
    /// Of the object as it was seen with this node's name, or made its own: what a node says of a Service that another has taken over meanwhile must not take it back. Null for any.
    /// </param>
    private Task<ApiResult> WriteStatusAsync(string collection, ObjectKey service, Layer2ServiceReport report, string? resourceVersion, CancellationToken cancellation)
    {
        byte[] body = JsonBody.Of(json =>
        {
            if (resourceVersion is not null)
            {
                json.WriteStartObject("metadata");
                json.WriteString("resourceVersion", resourceVersion);
                json.WriteEndObject();
            }
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
