using System.Globalization;
using System.Text.Json;
using LbSpeaker.Core.Values;
using LbSpeaker.Kubernetes.Client;
using LbSpeaker.Kubernetes.Resources;
using LbSpeaker.Kubernetes.Translation;

namespace LbSpeaker.Kubernetes.Directory;

/// <summary>How kube-proxy is set up (KubeProxyConfiguration).</summary>
/// <param name="Mode">iptables, ipvs, nftables; empty for its default.</param>
public sealed record KubeProxyFacts(string Mode, bool StrictArp);

/// <summary>A definition of one of our kinds.</summary>
/// <param name="Name">Such as bgppeers.metallb.io.</param>
/// <param name="ConvertsByWebhook">Its versions are translated by a program that must be there.</param>
/// <param name="HasOurFields">It keeps what LbSpeaker writes: the conditions in the status of a configuration kind.</param>
public sealed record DefinitionFacts(string Name, bool ConvertsByWebhook, bool HasOurFields);

/// <summary>What stands around LbSpeaker in a cluster. Each list in document order.</summary>
/// <param name="KubeProxy">Null where its ConfigMap is not seen.</param>
/// <param name="MetalLb">What MetalLB runs as, such as deployment/controller, where it has a Pod.</param>
/// <param name="Webhooks">Names of ValidatingWebhookConfigurations that judge objects of metallb.io.</param>
public sealed record ClusterSurvey(KubeProxyFacts? KubeProxy, ValueArray<string> MetalLb, ValueArray<string> Webhooks, ValueArray<DefinitionFacts> Definitions)
{
    /// <summary>The namespace that MetalLB runs in, by its manifests and by its chart's instructions.</summary>
    public const string MetalLbNamespace = "metallb-system";

    private static readonly ClusterKind[] Kinds = [.. Enum.GetValues<ClusterKind>().Where(k => k is >= ClusterKind.IPAddressPool and < ClusterKind.SpeakerLease)];

    /// <summary>Every definition that is needed.</summary>
    public static IReadOnlyList<string> DefinitionNames { get; } = [.. Kinds.Select(k => $"{ApiNames.PluralOf(k)}.{ApiNames.GroupVersionOf(k).Split('/')[0]}")];

    /// <summary>What is read of a cluster for a survey besides what a plan is made from: single objects and collections.</summary>
    internal static IEnumerable<(string Group, string Kind, string Path)> Sources()
    {
        yield return ("", "ConfigMap", "api/v1/namespaces/kube-system/configmaps/kube-proxy");
        yield return ("apps", "Deployment", $"apis/apps/v1/namespaces/{MetalLbNamespace}/deployments");
        yield return ("apps", "DaemonSet", $"apis/apps/v1/namespaces/{MetalLbNamespace}/daemonsets");
        yield return ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration", "apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations");
        foreach (string name in DefinitionNames) yield return ("apiextensions.k8s.io", "CustomResourceDefinition", $"apis/apiextensions.k8s.io/v1/customresourcedefinitions/{name}");
    }

    public static ClusterSurvey Of(Manifests manifests)
    {
        KubeProxyFacts? proxy = null;
        List<string> metalLb = [], webhooks = [];
        List<DefinitionFacts> definitions = [];
        foreach (ManifestObject manifest in manifests.Objects)
        {
            ShapeReader root = ShapeReader.Of(manifest.Json, TranslationContext.Live().NewFaults());
            switch (manifest.Kind)
            {
                case "ConfigMap" when manifest is { Name: "kube-proxy", Namespace: "kube-system" }:
                    proxy = ProxyOf(root.Object("data").Text("config.conf"));
                    break;
                case "Deployment" or "DaemonSet" when manifest.Namespace == MetalLbNamespace && Runs(root):
                    metalLb.Add($"{manifest.Kind.ToLower(CultureInfo.InvariantCulture)}/{manifest.Name}");
                    break;
                case "ValidatingWebhookConfiguration" when root.Objects("webhooks").Any(w => w.Objects("rules").Any(r => r.Texts("apiGroups").Contains(ApiNames.Group))):
                    webhooks.Add(manifest.Name);
                    break;
                case "CustomResourceDefinition" when DefinitionNames.Contains(manifest.Name):
                    definitions.Add(DefinitionOf(manifest.Name, root.Object("spec")));
                    break;
            }
        }
        return new(proxy, metalLb.ToValueArray(), webhooks.ToValueArray(), definitions.ToValueArray());
    }

    private static bool Runs(ShapeReader workload) => (workload.Object("spec").Int64("replicas") ?? 1) > 0 && (workload.Object("status").Int64("desiredNumberScheduled") ?? 1) > 0;

    private static KubeProxyFacts? ProxyOf(string? configuration)
    {
        if (configuration is null) return null;
        try
        {
            if (YamlReader.Read("kube-proxy", configuration) is not [YamlMapping root, ..]) return null;
            JsonElement json = new YamlToJson("kube-proxy").Convert(root);
            ShapeReader proxy = ShapeReader.Of(json, TranslationContext.Live().NewFaults());
            return new(proxy.Text("mode") ?? "", proxy.Object("ipvs").Flag("strictARP") ?? false);
        }
        catch (UnreadableInputException)
        {
            return null;
        }
    }

    private static DefinitionFacts DefinitionOf(string name, ShapeReader spec)
    {
        bool isConfig = Kinds.First(k => name.StartsWith(ApiNames.PluralOf(k) + ".", StringComparison.Ordinal)).IsConfig();
        bool keeps = !isConfig || spec.Objects("versions").Any(v => v.Object("schema").Object("openAPIV3Schema").Object("properties").Object("status").Object("properties").Has("lastValid"));
        return new(name, spec.Object("conversion").Text("strategy") == "Webhook", keeps);
    }
}
