using System.Globalization;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Config;
using LbSpeaker.Kubernetes.Directory;
using LbSpeaker.Preview;

namespace LbSpeaker.Doctor;

/// <summary>What is wrong around LbSpeaker, told from facts alone.</summary>
internal static class Checks
{
    /// <summary>Validation by CEL, on which the definitions rely.</summary>
    private const int OldestMinor = 25;

    private static readonly Func<DoctorFacts, IEnumerable<Finding>>[] All =
        [Version, Definitions, Rights, MetalLb, Webhooks, KubeProxy, Nodes, Controller, Speakers, Sessions, Pools, ThisNode];

    /// <summary>In the order of the checks; what is unknown stands last.</summary>
    public static IReadOnlyList<Finding> Of(DoctorFacts facts) => [.. All.SelectMany(check => check(facts)).OrderBy(f => !f.IsWrong)];

    private static IEnumerable<Finding> Version(DoctorFacts facts)
    {
        if (facts.Kubernetes is null) yield break;
        string[] parts = facts.Kubernetes.TrimStart('v').Split('.');
        if (parts.Length < 2 || !int.TryParse(parts[0], CultureInfo.InvariantCulture, out int major) || !int.TryParse(parts[1].TrimEnd('+'), CultureInfo.InvariantCulture, out int minor))
            yield return new(FindingName.NotExamined, $"the version of Kubernetes cannot be read: \"{facts.Kubernetes}\"", $"1.{OldestMinor} or newer is needed");
        else if (major < 1 || major == 1 && minor < OldestMinor)
            yield return new(FindingName.KubernetesTooOld, $"Kubernetes is {facts.Kubernetes}: its definitions know no validation by CEL", $"upgrade it to 1.{OldestMinor} or newer");
    }

    private static IEnumerable<Finding> Definitions(DoctorFacts facts)
    {
        if (!facts.IsLive && facts.Survey.Definitions.IsEmpty) yield break;
        string[] missing = [.. ClusterSurvey.DefinitionNames.Except(facts.Survey.Definitions.Select(d => d.Name))];
        if (missing.Length > 0) yield return new(FindingName.DefinitionMissing, $"not defined, or not to be read: {string.Join(", ", missing)}", ApplyDefinitions);
        string[] old = [.. facts.Survey.Definitions.Where(d => !d.HasOurFields).Select(d => d.Name)];
        if (old.Length > 0) yield return new(FindingName.DefinitionOld, $"older definitions, which drop conditions and the last valid form: {string.Join(", ", old)}", ApplyDefinitions);
        foreach (DefinitionFacts definition in facts.Survey.Definitions.Where(d => d.ConvertsByWebhook))
            yield return new(
                FindingName.ConversionByWebhook, $"{definition.Name} is converted by MetalLB's webhook: without it the kind can be neither read nor written",
                WithoutConversion(definition));
    }

    public const string ApplyDefinitions = "kubectl apply --server-side --force-conflicts -k manifests/crds";

    /// <summary>The command that makes a definition convert by itself; apply cannot.</summary>
    public static string WithoutConversion(DefinitionFacts definition) =>
        $"kubectl patch crd {definition.Name} --type=json -p '[{{\"op\": \"replace\", \"path\": \"/spec/conversion\", \"value\": {{\"strategy\": \"None\"}}}}]'";

    private static IEnumerable<Finding> Rights(DoctorFacts facts)
    {
        string[] denied = [.. facts.Rights.Where(r => r.Allowed == false).Select(r => r.Right.ToString())];
        if (denied.Length > 0) yield return new(FindingName.RightMissing, $"whoever asks here may not {string.Join(", ", denied)}", "bind a role that allows it (manifests/rbac has those of the daemons); what is not seen counts as absent");
        if (facts.Rights.Any(r => r.Allowed is null)) yield return new(FindingName.NotExamined, "the API server does not say what whoever asks may do", "kubectl auth can-i --list");
    }

    private static IEnumerable<Finding> MetalLb(DoctorFacts facts)
    {
        if (facts.Survey.MetalLb.IsEmpty) yield break;
        yield return new(
            FindingName.MetalLBRuns, $"MetalLB runs in {ClusterSurvey.MetalLbNamespace}: {string.Join(", ", facts.Survey.MetalLb.ToArray())}; two controllers give addresses, and two speakers answer for them",
            $"kubectl delete -n {ClusterSurvey.MetalLbNamespace} {string.Join(' ', facts.Survey.MetalLb.ToArray())}; lbspeaker doctor --takeover shows the whole way");
    }

    private static IEnumerable<Finding> Webhooks(DoctorFacts facts) => facts.Survey.Webhooks.Select(name => new Finding(
        FindingName.WebhookJudges, $"the webhook {name} judges objects of metallb.io; where nothing answers it every write is refused", $"kubectl delete validatingwebhookconfiguration {name}"));

    private static IEnumerable<Finding> KubeProxy(DoctorFacts facts)
    {
        if (facts.Survey.KubeProxy is null)
        {
            yield return new(FindingName.NotExamined, "the ConfigMap kube-system/kube-proxy is not seen", "where kube-proxy runs in IPVS mode, set ipvs.strictARP: true in its configuration");
            yield break;
        }
        if (facts.Survey.KubeProxy is { Mode: "ipvs", StrictArp: false })
            yield return new(
                FindingName.StrictArpOff, "kube-proxy runs in IPVS mode without strictARP: every node has every Service's address on an interface and answers for it",
                "set ipvs.strictARP: true in the ConfigMap kube-system/kube-proxy, then kubectl rollout restart -n kube-system daemonset/kube-proxy");
    }

    private static IEnumerable<Finding> Nodes(DoctorFacts facts)
    {
        NodeView[] nodes = [.. facts.Preview.Snapshot.Nodes.Values];
        if (nodes.Length == 0 || !nodes.All(n => n.Labels.ContainsKey(NodeView.ExcludeLabel))) yield break;
        yield return new(
            FindingName.EveryNodeExcluded, $"{(nodes.Length == 1 ? $"the only node, {nodes[0].Name}, carries" : $"all {nodes.Length} nodes carry")} the label {NodeView.ExcludeLabel}: nobody announces",
            $"kubectl label node {string.Join(' ', nodes.Select(n => n.Name))} {NodeView.ExcludeLabel}-, or run the daemons with --ignore-exclude-lb");
    }

    private static IEnumerable<Finding> Controller(DoctorFacts facts)
    {
        if (facts.Status.Controller is { IsWell: false } controller)
            yield return new(FindingName.NoControllerLeads, controller.Says, "look at the controller's Pods: kubectl get pods -n lbspeaker-system -l app.kubernetes.io/component=controller");
    }

    private static IEnumerable<Finding> Speakers(DoctorFacts facts) => facts.Status.Speakers.Where(s => s.Trouble.Length > 0).Select(s => new Finding(
        FindingName.SpeakerDown, $"{s.Node}: {s.Trouble}",
        s.Heartbeats == "NotHeard" ? "let UDP 4784 and 7947 through between the InternalIPs of the nodes" : $"kubectl describe pod and kubectl logs of the speaker on {s.Node}; a taint, or the pod security level of its namespace, may keep it away"));

    private static IEnumerable<Finding> Sessions(DoctorFacts facts) => facts.Status.SessionsDown.Select(s => new Finding(
        FindingName.SessionDown, $"{s.Node} has no session with {s.Peer} since {TextForm.Moment(s.Since)}{(s.Message.Length > 0 ? $": {s.Message}" : "")}", Advice.OnSessionDown));

    private static IEnumerable<Finding> Pools(DoctorFacts facts)
    {
        HashSet<string> advertised = [.. facts.Preview.Config.L2Advertisements.Concat<CompiledAdvertisement>(facts.Preview.Config.BgpAdvertisements).SelectMany(a => a.Pools)];
        return facts.Preview.Config.Pools.Where(p => !advertised.Contains(p.Name)).Select(p => new Finding(
            FindingName.PoolNotAdvertised, $"no advertisement selects the pool {p.Name}: its addresses are given and not announced", $"add an L2Advertisement or a BGPAdvertisement with ipAddressPools: [{p.Name}]"));
    }

    private static IEnumerable<Finding> ThisNode(DoctorFacts facts)
    {
        if (facts.Node is not { } node)
        {
            yield return new(FindingName.NotExamined, "rp_filter, ports and the kernel of the nodes", "run lbspeaker doctor --node on a node, or by kubectl exec in the Pod of its speaker");
            yield break;
        }
        // With one interface there is no other way back.
        if (node.ReversePathFilter.Count > 1)
            foreach ((string name, int value) in node.ReversePathFilter.AsEnumerable())
                if (value == 1)
                    yield return new(
                        FindingName.ReversePathFilterStrict, $"rp_filter is strict on {name}: what comes in there for an address of a Service is dropped where the way back to its sender leads through another interface",
                        $"sysctl -w net.ipv4.conf.{name}.rp_filter=2, where the routes back are not the same");
        foreach (TakenPort port in node.Ports.AsEnumerable())
            yield return new(FindingName.PortTaken, $"{port.Protocol} port {port.Port} ({port.Use}) is taken by {port.Program}", "end that program, or give LbSpeaker another port (--port, --health-probe-port)");
        foreach (KernelFeature feature in node.Features.AsEnumerable())
            if (feature.IsThere == false) yield return new(FindingName.KernelFeatureMissing, $"the kernel has no {feature.Name}", $"without it there is no {feature.Use}; use a kernel that has it");
            else if (feature.IsThere is null) yield return new(FindingName.NotExamined, $"whether the kernel has {feature.Name} ({feature.Use})", "run it as root, or in the Pod of a speaker");
    }
}
