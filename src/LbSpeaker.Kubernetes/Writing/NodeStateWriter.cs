using System.Text.Json;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Reports;
using LbSpeaker.Core.Values;
using LbSpeaker.Kubernetes.Client;
using LbSpeaker.Kubernetes.Resources;
using LbSpeaker.Kubernetes.Watching;
using Microsoft.Extensions.Logging;

namespace LbSpeaker.Kubernetes.Writing;

/// <summary>Says how this node stands, its interfaces, addresses and BGP sessions, in its NodeState, which is named after it. Fed like <see cref="HolderStatusWriter{TRecord, TReport}"/>: observe, set, flush.</summary>
public sealed class NodeStateWriter
{
    /// <summary>Addresses come and go with Services; other speakers read the rest and need it at once.</summary>
    private static readonly TimeSpan AddressSpacing = TimeSpan.FromSeconds(5);

    private readonly ObjectKey key;
    private readonly TimeProvider time;
    private readonly OwnObjects<NodeReport, NodeStateRecord> objects;
    private NodeReport? desired;

    /// <param name="ownNamespace">Where the object lives.</param>
    /// <param name="owner">This speaker's Pod, null where there is none. Nothing is written before it is known.</param>
    public NodeStateWriter(KubernetesApi api, string ownNamespace, string node, Task<OwnerPod?> owner, ILogger<NodeStateWriter> log)
    {
        key = new(ownNamespace, node);
        time = api.Time;
        objects = new(api, ClusterKind.NodeState, ownNamespace, owner, 1, _ => [new(ApiNames.StatusNodeLabel, LabelValue.Of(node))], StatusOf, log, AddressSpacing, DiffersInAddressesOnly);
    }

    public void Observe(ClusterChange change)
    {
        switch (change)
        {
            case ClusterChange.Upserted { Record: NodeStateRecord record } when record.Key == key:
                objects.Observe(record);
                break;
            case ClusterChange.Removed { Kind: ClusterKind.NodeState } removed when removed.Key == key:
                objects.Forget(removed.Key);
                break;
        }
    }

    /// <exception cref="ArgumentException">The report is of another node.</exception>
    public void SetDesired(NodeReport report)
    {
        if (report.Node != key.Name) throw new ArgumentException($"a report of node {report.Node} for the NodeState {key}", nameof(report));
        if (report == desired) return;
        desired = report;
        // What the API keeps no part of would differ for ever.
        objects.Set(key.Name, report with
        {
            Sessions = report.Sessions.Select(s => s with { Since = JsonBody.WholeSecond(s.Since) }).ToValueArray(),
            Owned = report.Owned is { } owned ? owned with { First = owned.First.Select(a => a with { Since = JsonBody.WholeSecond(a.Since) }).ToValueArray() } : null,
        });
    }

    /// <inheritdoc cref="HolderStatusWriter{TRecord, TReport}.Flush"/>
    public void Flush() => objects.Flush();

    /// <inheritdoc cref="HolderStatusWriter{TRecord, TReport}.RunAsync"/>
    public Task RunAsync(CancellationToken cancellation) => objects.RunAsync(cancellation);

    private bool DiffersInAddressesOnly(NodeReport report, NodeStateRecord present) => StatusOf(report with { Owned = present.Report.Owned }, present) is null;

    private byte[]? StatusOf(NodeReport report, NodeStateRecord? present)
    {
        ValueArray<ConditionRecord> stand = present?.Conditions ?? [], conditions = report.Heartbeats is { } told ? [Conditions.Next(told, stand, 0, time.GetUtcNow())] : [];
        int up = report.Sessions.Count(s => s.IsUp), total = report.Sessions.Count;
        if (present is not null && present.Report == report with { Heartbeats = null } && stand == conditions && present.SessionsUp == up && present.SessionsTotal == total) return null;
        return JsonBody.Of(json =>
        {
            json.WriteStartObject("status");
            json.WriteString("maintenance", report.Maintenance == MaintenancePhase.None ? null : report.Maintenance.ToString());
            json.WriteNumber("sessionsUp", up);
            json.WriteNumber("sessionsTotal", total);
            if (report.Interfaces is { } interfaces) WriteInterfaces(json, interfaces); else json.WriteNull("interfaces");
            json.WriteString("version", report.Version);
            if (report.Owned is { } owned) WriteOwned(json, owned);
            json.WriteStartArray("conditions");
            foreach (ConditionRecord condition in conditions) Conditions.Write(json, condition, time.GetUtcNow());
            json.WriteEndArray();
            json.WriteStartArray("sessions");
            foreach (BgpSessionView session in report.Sessions)
            {
                json.WriteStartObject();
                json.WriteString("peer", session.Peer);
                json.WriteString("router", session.Router);
                json.WriteString("state", session.State);
                json.WriteString("since", JsonBody.Time(session.Since));
                if (session.Trouble.Length > 0) json.WriteString("message", session.Trouble);
                if (session.Bfd.Length > 0) json.WriteString("bfd", session.Bfd);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        });
    }

    private static void WriteInterfaces(Utf8JsonWriter json, ValueArray<NodeInterface> interfaces)
    {
        json.WriteStartArray("interfaces");
        foreach (NodeInterface usable in interfaces)
        {
            json.WriteStartObject();
            json.WriteString("name", usable.Name);
            json.WriteString("mac", usable.Mac.ToString());
            json.WriteBoolean("ipv4", usable.AnswersArp);
            json.WriteBoolean("ipv6", usable.AnswersNdp);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void WriteOwned(Utf8JsonWriter json, FirstOf<OwnedAddress> owned)
    {
        json.WriteNumber("addressesTotal", owned.Total);
        json.WriteStartArray("addresses");
        foreach (OwnedAddress address in owned.First)
        {
            json.WriteStartObject();
            json.WriteString("address", address.Address.ToString());
            json.WriteString("service", address.Service.ToString());
            json.WriteString("since", JsonBody.Time(address.Since));
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }
}
