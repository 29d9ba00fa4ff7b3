using System.Text.Json;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Config;
using LbSpeaker.Core.Values;
using LbSpeaker.Kubernetes.Resources;
using LbSpeaker.Kubernetes.Translation;

namespace LbSpeaker.Kubernetes.Directory;

/// <summary>
/// Reads a cluster from a directory of manifests instead of an API server: every <c>*.yaml</c> and <c>*.yml</c> in it, no subfolders, several
/// documents a file, <c>kind: List</c> taken apart. Kinds that LbSpeaker has no use for are passed over.
/// </summary>
/// <param name="ownNamespace">The namespace that LbSpeaker runs in: the speakers' Leases live there.</param>
/// <param name="configNamespaces">The namespaces whose configuration counts, at least one; an object of a configuration kind that names none is read as if in the first.</param>
public sealed class DirectoryReader(string ownNamespace, ValueArray<string> configNamespaces)
{
    /// <summary>Known kinds of the group besides those of the configuration.</summary>
    private static readonly string[] Reports = ["ServiceL2Status", "ServiceBGPStatus", "ConfigurationState"];

    /// <summary>Nobody watches here whether a Lease goes on changing, so a speaker whose clock is somewhat behind is not to be taken for dead.</summary>
    private static readonly TimeSpan ClockSlack = TimeSpan.FromSeconds(5);

    /// <exception cref="UnreadableInputException">The input is no set of Kubernetes objects; see there.</exception>
    public DirectoryContents Read(string directory) => Read(Manifests.OfDirectory(directory));

    /// <exception cref="UnreadableInputException">An object without a name, or two that differ under one name.</exception>
    public DirectoryContents Read(Manifests manifests)
    {
        Reading reading = new(ownNamespace, configNamespaces, manifests.IsLive);
        foreach (ManifestObject manifest in manifests.Objects) reading.Take(manifest);
        return reading.Finish(manifests.Warnings);
    }

    /// <summary>One pass over a directory.</summary>
    private sealed class Reading(string ownNamespace, ValueArray<string> configNamespaces, bool isLive)
    {
        private readonly ClusterSnapshotBuilder builder = new(readsSecrets: !isLive);
        private readonly StringPool strings = new();
        private readonly Dictionary<(string Group, string Kind, ObjectKey Key), ManifestObject> taken = [];
        private readonly SortedDictionary<ObjectKey, Layer2StatusView> statuses = [];
        private readonly List<SpeakerLeaseRecord> leases = [];
        private readonly SortedDictionary<ObjectKey, NodeStateRecord> states = [];
        private readonly SortedDictionary<ObjectKey, BgpStatusView> bgpStatuses = [];
        private readonly SortedDictionary<ObjectKey, ConfigurationStateRecord> configurationStates = [];
        private readonly SortedDictionary<ObjectKey, PartPod> pods = [];
        private readonly List<string> warnings = [];
        private ControllerLead? lead;

        public void Take(ManifestObject manifest)
        {
            switch (manifest.Group, manifest.Kind)
            {
                case ("", "Service") when IsFirst(manifest, ApiNames.DefaultNamespace, out TranslationContext context):
                    builder.Set(UnappliedService.WithClusterIPs(ServiceTranslation.Translate(manifest.Json, context).View, manifest.Json));
                    break;
                case ("discovery.k8s.io", "EndpointSlice") when IsFirst(manifest, ApiNames.DefaultNamespace, out TranslationContext context):
                    if (EndpointSliceTranslation.Translate(manifest.Json, context, out ValueArray<string> sliceFaults) is { } slice) builder.Set(slice.View);
                    Warn(manifest, sliceFaults);
                    break;
                case ("", "Node") when IsFirst(manifest, null, out TranslationContext context):
                    builder.Set(NodeTranslation.Node(manifest.Json, context, out ValueArray<string> nodeFaults).View);
                    Warn(manifest, nodeFaults);
                    break;
                case ("", "Namespace") when IsFirst(manifest, null, out TranslationContext context):
                    builder.Set(NodeTranslation.Namespace(manifest.Json, context, out ValueArray<string> namespaceFaults).View);
                    Warn(manifest, namespaceFaults);
                    break;
                case ("coordination.k8s.io", "Lease") when IsFirst(manifest, ownNamespace, out TranslationContext context):
                    if (manifest.Name == ApiNames.ControllerLease && (manifest.Namespace ?? ownNamespace) == ownNamespace) lead = StatusTranslation.ControllerLead(manifest.Json, context);
                    SpeakerLeaseRecord? lease = StatusTranslation.SpeakerLease(manifest.Json, context, out ValueArray<string> leaseFaults);
                    if (lease is null) break;
                    if (lease.Key.Namespace == ownNamespace) leases.Add(lease);
                    else warnings.Add($"{manifest.File}:{manifest.Line}: Lease {lease.Key}: speakers' Leases count in namespace {ownNamespace} only (--system-namespace); passed over");
                    Warn(manifest, leaseFaults);
                    break;
                case (ApiNames.Group, _) when ConfigKind(manifest.Kind) is { } kind:
                    if (IsConfig(manifest, out TranslationContext configContext)) builder.Set(ConfigTranslation.Translate(kind, manifest.Json, configContext).Declaration);
                    break;
                case ("", "Secret") when !isLive && IsFirst(manifest, configNamespaces[0], out TranslationContext context):
                    if (SecretTranslation.Translate(manifest.Json, context) is { } secret) builder.Set(secret.View);
                    break;
                case (ApiNames.Group, "ServiceL2Status") when manifest.Namespace == ownNamespace ? IsFirst(manifest, ownNamespace, out TranslationContext context) : IsConfig(manifest, out context):
                    if (StatusTranslation.Layer2Status(manifest.Json, context, out ValueArray<string> statusFaults) is { } status)
                    {
                        statuses[status.Key] = status.View;
                        builder.Set(status.View);
                    }
                    Warn(manifest, statusFaults);
                    break;
                case (ApiNames.OwnGroup, "IPClaim") when IsFirst(manifest, ApiNames.DefaultNamespace, out TranslationContext context):
                    builder.Set(ClaimTranslation.Translate(manifest.Json, context).View);
                    break;
                case (ApiNames.OwnGroup, "NodeState") when IsFirst(manifest, ownNamespace, out TranslationContext context):
                    NodeStateRecord state = StatusTranslation.NodeState(manifest.Json, context, out ValueArray<string> stateFaults);
                    if (state.Key.Namespace == ownNamespace) states[state.Key] = state;
                    if (state.Report.Interfaces is { } interfaces) builder.SetInterfaces(state.Report.Node, interfaces);
                    Warn(manifest, stateFaults);
                    break;
                case (ApiNames.Group, "ServiceBGPStatus") when (manifest.Namespace ?? ownNamespace) == ownNamespace && IsFirst(manifest, ownNamespace, out TranslationContext context):
                    if (StatusTranslation.BgpStatus(manifest.Json, context, out ValueArray<string> bgpFaults) is { } bgp) bgpStatuses[bgp.Key] = bgp.View;
                    Warn(manifest, bgpFaults);
                    break;
                case (ApiNames.Group, "ConfigurationState") when (manifest.Namespace ?? ownNamespace) == ownNamespace && IsFirst(manifest, ownNamespace, out TranslationContext context):
                    ConfigurationStateRecord configuration = StatusTranslation.ConfigurationState(manifest.Json, context);
                    configurationStates[configuration.Key] = configuration;
                    break;
                case ("", "Pod") when manifest.Namespace == ownNamespace && IsFirst(manifest, ownNamespace, out TranslationContext context):
                    pods[new(ownNamespace, manifest.Name)] = StatusTranslation.Pod(manifest.Json, context);
                    break;
                case (ApiNames.Group, _) when !IsKnown(manifest.Kind):
                    warnings.Add($"{manifest.File}:{manifest.Line}: {manifest.Kind} {manifest.Name}: {ApiNames.Group} has no kind {manifest.Kind}; passed over");
                    break;
            }
        }

        public DirectoryContents Finish(ValueArray<string> before)
        {
            builder.SetLiveSpeakers(DirectoryLeases.LiveSpeakers(leases, isLive ? ClockSlack : TimeSpan.Zero));
            return new(builder.Publish(), statuses.Values.ToValueArray(), before.Concat(warnings).ToValueArray())
            {
                Reports = new(
                    lead, leases.OrderBy(l => l.Node, StringComparer.Ordinal).ToValueArray(), states.Values.ToValueArray(), bgpStatuses.Values.ToValueArray(),
                    configurationStates.Values.ToValueArray(), pods.Values.ToValueArray()),
            };
        }

        private static bool IsKnown(string kind) => Reports.Contains(kind);

        private static ClusterKind? ConfigKind(string kind) => Enum.TryParse(kind, out ClusterKind known) && known.IsConfig() ? known : null;

        private bool IsConfig(ManifestObject manifest, out TranslationContext context)
        {
            context = ContextOf(manifest, configNamespaces[0]);
            if (manifest.Namespace is null || configNamespaces.Contains(manifest.Namespace)) return IsFirst(manifest, configNamespaces[0], out context);
            warnings.Add($"{manifest.File}:{manifest.Line}: {manifest.Kind} {manifest.Namespace}/{manifest.Name}: configuration counts in namespace {string.Join(" and ", configNamespaces)} only; passed over");
            return false;
        }

        /// <summary>False for the repetition of an object; a different object of the same name is refused.</summary>
        /// <param name="defaultNamespace">Null for kinds that are in no namespace.</param>
        private bool IsFirst(ManifestObject manifest, string? defaultNamespace, out TranslationContext context)
        {
            context = ContextOf(manifest, defaultNamespace ?? "");
            if (manifest.Name.Length == 0) throw new UnreadableInputException(manifest.File, manifest.Line, $"text as the metadata.name of a {manifest.Kind} (quote one that would be a number, or a truth value like y, no, on)");
            ObjectKey key = new(defaultNamespace is null ? "" : manifest.Namespace ?? defaultNamespace, manifest.Name);
            if (taken.TryAdd((manifest.Group, manifest.Kind, key), manifest)) return true;
            ManifestObject first = taken[(manifest.Group, manifest.Kind, key)];
            if (JsonElement.DeepEquals(first.Json, manifest.Json)) return false;
            string name = defaultNamespace is null ? key.Name : key.ToString();
            throw new UnreadableInputException(manifest.File, manifest.Line, $"{manifest.Kind} {name} once; it stands differently at {first.File}:{first.Line}");
        }

        private TranslationContext ContextOf(ManifestObject manifest, string defaultNamespace) =>
            new(RefusesUnknownFields: !manifest.IsLive, manifest.Namespace ?? defaultNamespace) { Strings = strings, Ordinal = manifest.Ordinal };

        private void Warn(ManifestObject manifest, ValueArray<string> faults)
        {
            if (manifest.IsLive) return;
            foreach (string fault in faults) warnings.Add($"{manifest.File}:{manifest.Line}: {manifest.Kind} {manifest.Name}: {fault}");
        }
    }
}
