using System.Text.Json;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Reports;
using LbSpeaker.Core.Values;
using LbSpeaker.Kubernetes.Directory;
using LbSpeaker.Kubernetes.Resources;

namespace LbSpeaker.Kubernetes.Translation;

/// <summary>The kinds that LbSpeaker itself writes: ServiceL2Status, ServiceBGPStatus, ConfigurationState, NodeState and the speakers' Leases.</summary>
internal static class StatusTranslation
{
    /// <summary>A Lease without a duration counts this long, as client-go's leader election has it by default.</summary>
    private static readonly TimeSpan DefaultLeaseDuration = TimeSpan.FromSeconds(15);

    /// <returns>Null where it names no node or no Service: then it says nothing.</returns>
    public static Layer2StatusRecord? Layer2Status(JsonElement json, TranslationContext context, out ValueArray<string> shapeFaults)
    {
        ShapeFaults faults = context.NewFaults();
        ShapeReader root = ShapeReader.Of(json, faults);
        ShapeReader meta = root.Object("metadata"), status = root.Object("status");
        string? announcing = status.Text("node"), name = status.Text("serviceName"), ns = status.Text("serviceNamespace");
        ValueArray<string> interfaces = status.Objects("interfaces").Select(i => i.Text("name") ?? "").Where(i => i.Length > 0).ToValueArray();
        List<ShapeReader> failures = status.Objects("notAnnounced");
        ValueArray<NotAnnouncedView> notAnnounced = failures
            .Select(f => new NotAnnouncedView(f.Text("address") ?? "", context.Strings.Intern(f.Text("reason") ?? ""), f.Text("message") ?? "")).ToValueArray();
        // A node that announces nothing of the Service stands only beside the addresses that it fails at.
        string? node = string.IsNullOrEmpty(announcing) ? failures.Select(f => f.Text("node")).FirstOrDefault(n => !string.IsNullOrEmpty(n)) : announcing;
        ValueArray<IpAddress>? addresses = !status.Has("addresses") ? null
            : status.Texts("addresses").SelectMany(a => IpAddress.TryParse(a, out IpAddress address) ? [address] : Array.Empty<IpAddress>()).ToValueArray();
        DateTimeOffset? since = status.Time("since");
        string owner = MetaTranslation.OwnerPodUid(meta);
        shapeFaults = faults.ToValues();
        if (string.IsNullOrEmpty(node) || string.IsNullOrEmpty(name) || string.IsNullOrEmpty(ns)) return null;
        Layer2StatusView view = new(
            MetaTranslation.Key(meta, context), new(context.Strings.Intern(ns), name), context.Strings.Intern(node), IsAnnounced: !string.IsNullOrEmpty(announcing), interfaces, notAnnounced)
        {
            Addresses = addresses,
            Since = since,
        };
        return new(view, meta.Text("resourceVersion") ?? "", owner);
    }

    /// <returns>Null where it names no node or no Service: then it says nothing.</returns>
    public static BgpStatusRecord? BgpStatus(JsonElement json, TranslationContext context, out ValueArray<string> shapeFaults)
    {
        ShapeFaults faults = context.NewFaults();
        ShapeReader root = ShapeReader.Of(json, faults);
        ShapeReader meta = root.Object("metadata"), status = root.Object("status");
        string? node = status.Text("node"), name = status.Text("serviceName"), ns = status.Text("serviceNamespace");
        ValueArray<string> peers = Peers("peers"), onWire = Peers("announcedTo");
        string owner = MetaTranslation.OwnerPodUid(meta);
        shapeFaults = faults.ToValues();
        if (string.IsNullOrEmpty(node) || string.IsNullOrEmpty(name) || string.IsNullOrEmpty(ns)) return null;
        BgpStatusView view = new(MetaTranslation.Key(meta, context), new(context.Strings.Intern(ns), name), context.Strings.Intern(node), peers, onWire);
        return new(view, meta.Text("resourceVersion") ?? "", owner);

        ValueArray<string> Peers(string field) => status.Texts(field).Select(context.Strings.Intern).ToValueArray();
    }

    public static NodeStateRecord NodeState(JsonElement json, TranslationContext context, out ValueArray<string> shapeFaults)
    {
        ShapeFaults faults = context.NewFaults();
        ShapeReader root = ShapeReader.Of(json, faults);
        ShapeReader meta = root.Object("metadata"), status = root.Object("status");
        ObjectKey key = MetaTranslation.Key(meta, context);
        ValueArray<BgpSessionView> sessions = status.Objects("sessions")
            .Select(s => new BgpSessionView(
                context.Strings.Intern(s.Text("peer") ?? ""), s.Text("router") ?? "", context.Strings.Intern(s.Text("state") ?? ""), s.Time("since") ?? default, s.Text("message") ?? "",
                context.Strings.Intern(s.Text("bfd") ?? "")))
            .Where(s => s.Peer.Length > 0).ToValueArray();
        NodeReport report = new(context.Strings.Intern(key.Name), sessions, Enum.TryParse(status.Text("maintenance"), out MaintenancePhase phase) ? phase : MaintenancePhase.None)
        {
            Version = status.Text("version") is { } version ? context.Strings.Intern(version) : null,
            Owned = status.Int64("addressesTotal") is { } total and >= 0 and <= int.MaxValue
                ? new((int)total, status.Objects("addresses").Select(a => Owned(a, context)).OfType<OwnedAddress>().ToValueArray()) : null,
            Interfaces = status.Has("interfaces") ? status.Objects("interfaces").Select(i => Interface(i, context)).Where(i => i.Name.Length > 0).ToValueArray() : null,
        };
        NodeStateRecord record = new(key, report, status.Int64("sessionsUp"), status.Int64("sessionsTotal"), meta.Text("resourceVersion") ?? "", MetaTranslation.OwnerPodUid(meta))
        {
            Conditions = ConditionTranslation.Read(status, context),
        };
        shapeFaults = faults.ToValues();
        return record;
    }

    /// <returns>Null where it cannot be read.</returns>
    private static OwnedAddress? Owned(ShapeReader json, TranslationContext context) =>
        IpAddress.TryParse(json.Text("address") ?? "", out IpAddress address) && (json.Text("service") ?? "").Split('/') is [var ns, var name]
            ? new(address, new(context.Strings.Intern(ns), context.Strings.Intern(name)), json.Time("since") ?? default) : null;

    private static NodeInterface Interface(ShapeReader json, TranslationContext context) => new(
        context.Strings.Intern(json.Text("name") ?? ""), MacAddress.TryParse(json.Text("mac") ?? "", out MacAddress mac) ? mac : default, json.Flag("ipv4") is true, json.Flag("ipv6") is true);

    public static ConfigurationStateRecord ConfigurationState(JsonElement json, TranslationContext context)
    {
        ShapeReader root = ShapeReader.Of(json, context.NewFaults());
        ShapeReader meta = root.Object("metadata"), status = root.Object("status");
        return new(MetaTranslation.Key(meta, context), meta.Text("resourceVersion") ?? "", status.Text("result") ?? "", status.Text("errorSummary") ?? "",
            ConditionTranslation.Read(status, context), MetaTranslation.OwnerPodUid(meta));
    }

    public static ControllerLead ControllerLead(JsonElement json, TranslationContext context)
    {
        ShapeReader spec = ShapeReader.Of(json, context.NewFaults()).Object("spec");
        return new(spec.Text("holderIdentity") ?? "", spec.Time("acquireTime"), spec.Time("renewTime"), DurationOf(spec));
    }

    public static PartPod Pod(JsonElement json, TranslationContext context)
    {
        ShapeReader root = ShapeReader.Of(json, context.NewFaults()), meta = root.Object("metadata"), spec = root.Object("spec"), status = root.Object("status");
        ConditionRecord? ready = ConditionTranslation.Read(status, context).FirstOrDefault(c => c.Type == "Ready");
        string waiting = status.Objects("containerStatuses").Select(c => c.Object("state").Object("waiting").Text("reason")).FirstOrDefault(r => !string.IsNullOrEmpty(r)) ?? "";
        string trouble = ready is { Status: "True" } ? "" : waiting.Length > 0 ? waiting : ready?.Reason is { Length: > 0 } reason ? reason : status.Text("phase") ?? "Unknown";
        return new(
            meta.Text("name") ?? "", meta.Labels("labels", context.Strings)["app.kubernetes.io/component"] ?? "", spec.Text("nodeName") ?? "",
            spec.Objects("containers").Select(c => c.Text("image")).FirstOrDefault() ?? "", trouble);
    }

    private static TimeSpan DurationOf(ShapeReader lease) => lease.Int32("leaseDurationSeconds") is { } seconds and > 0 ? TimeSpan.FromSeconds(seconds) : DefaultLeaseDuration;

    /// <returns>Null for a Lease that is no speaker's.</returns>
    public static SpeakerLeaseRecord? SpeakerLease(JsonElement json, TranslationContext context, out ValueArray<string> shapeFaults)
    {
        ShapeFaults faults = context.NewFaults();
        ShapeReader root = ShapeReader.Of(json, faults);
        ShapeReader meta = root.Object("metadata"), spec = root.Object("spec");
        ObjectKey key = MetaTranslation.Key(meta, context);
        string? label = meta.Labels("labels", context.Strings)[ApiNames.SpeakerNodeLabel];
        TimeSpan duration = DurationOf(spec);
        SpeakerLeaseRecord? record = null;
        if (label is not null)
        {
            // The label may be shortened; the name never is.
            string node = key.Name.StartsWith(ApiNames.SpeakerLeasePrefix, StringComparison.Ordinal) ? key.Name[ApiNames.SpeakerLeasePrefix.Length..] : label;
            record = new(key, context.Strings.Intern(node), spec.Text("holderIdentity"), spec.Time("renewTime"), duration, meta.Text("resourceVersion") ?? "");
        }
        shapeFaults = faults.ToValues();
        return record;
    }
}
