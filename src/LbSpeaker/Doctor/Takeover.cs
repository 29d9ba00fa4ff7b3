using LbSpeaker.Core.Allocation;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Config;
using LbSpeaker.Kubernetes.Directory;
using LbSpeaker.Preview;

namespace LbSpeaker.Doctor;

/// <param name="Has">What stands in its status.</param>
/// <param name="WillHave">What LbSpeaker would let it have.</param>
/// <param name="Why">Empty where nothing changes.</param>
internal sealed record TakenOver(ObjectKey Service, IReadOnlyList<string> Has, IReadOnlyList<string> WillHave, string Why)
{
    public bool Stays => Has.All(WillHave.Contains);
}

/// <summary>What would differ when LbSpeaker takes over from MetalLB, and the commands in their order.</summary>
/// <param name="Services">Those of type LoadBalancer and of the class that is served, by name.</param>
/// <param name="JudgedOtherwise">Objects that MetalLB took, as it seems, and LbSpeaker finds at fault.</param>
/// <param name="InTheWay">What must be gone before.</param>
internal sealed record Takeover(IReadOnlyList<TakenOver> Services, IReadOnlyList<Problem> JudgedOtherwise, IReadOnlyList<Finding> InTheWay, IReadOnlyList<string> Commands)
{
    private static readonly FindingName[] Obstacles =
        [FindingName.MetalLBRuns, FindingName.WebhookJudges, FindingName.ConversionByWebhook, FindingName.DefinitionMissing, FindingName.DefinitionOld, FindingName.KubernetesTooOld];

    public bool KeepsEveryAddress => Services.All(s => s.Stays);

    public static Takeover Of(DoctorFacts facts, IReadOnlyList<Finding> findings) => new(
        [.. facts.Preview.Allocation.Services.Values.Where(d => d.Decision != AllocationDecision.NotOurs).OrderBy(d => d.Service).Select(d => Of(d, facts.Preview))],
        facts.Preview.Problems,
        [.. findings.Where(f => Obstacles.Contains(f.Name))],
        [.. CommandsOf(facts.Survey)]);

    private static TakenOver Of(ServiceDecision decision, ClusterPreview preview)
    {
        ServiceView service = preview.Snapshot.Services[decision.Service];
        return new(
            decision.Service, [.. service.Ingress.Select(i => i.Ip ?? i.Hostname ?? "").Where(i => i.Length > 0)], [.. decision.Addresses.Select(a => a.ToString())],
            decision.Reason is { } reason ? $"{reason}: {decision.Message}" : decision.ReleaseReason is { } lost ? $"{lost}: {Advice.On(lost)}" : "");
    }

    /// <summary>
    /// MetalLB's controller goes first: it mends its webhooks, and no traffic needs it. Its speakers go before ours come, since they would answer when ours ask whether an address is in use. While
    /// neither runs nothing answers new questions, and what neighbours have in memory goes on; so the last two commands follow each other closely, and all that can be done before is.
    /// </summary>
    private static IEnumerable<string> CommandsOf(ClusterSurvey survey)
    {
        string[] speakers = [.. survey.MetalLb.Where(w => w.StartsWith("daemonset/", StringComparison.Ordinal))], others = [.. survey.MetalLb.Except(speakers)];
        if (others.Length > 0) yield return Delete(others);
        foreach (string webhook in survey.Webhooks.AsEnumerable()) yield return $"kubectl delete validatingwebhookconfiguration {webhook}";
        foreach (DefinitionFacts definition in survey.Definitions.Where(d => d.ConvertsByWebhook)) yield return Checks.WithoutConversion(definition);
        yield return Checks.ApplyDefinitions;
        if (speakers.Length > 0) yield return Delete(speakers);
        yield return "kubectl apply -k manifests/";
        yield return "lbspeaker status";
    }

    private static string Delete(string[] workloads) => $"kubectl delete -n {ClusterSurvey.MetalLbNamespace} {string.Join(' ', workloads)}";
}
