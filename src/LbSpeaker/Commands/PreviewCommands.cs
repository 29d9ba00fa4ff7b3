using System.CommandLine;
using System.Text;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Preview;

namespace LbSpeaker.Commands;

/// <summary><c>plan</c>, <c>explain</c> and <c>validate</c>: what would happen, from a directory or a cluster, with the live system's planner. They change nothing.</summary>
internal sealed class PreviewCommands
{
    private readonly Option<string?> from = CommonOptions.From();
    private readonly Option<string> ownNamespace = CommonOptions.Namespace();
    private readonly Option<string[]> configNamespaces = CommonOptions.ConfigNamespaces();
    private readonly Option<string?> kubeconfig = CommonOptions.Kubeconfig();
    private readonly Option<string?> loadBalancerClass = CommonOptions.LoadBalancerClass();
    private readonly Option<bool> ignoreExcludeLabel = CommonOptions.IgnoreExcludeLabel();

    private readonly Option<string> output = new("--output", "-o")
    {
        Description = "text for people, json for programs.",
        DefaultValueFactory = _ => "text",
    };

    private readonly Argument<string> service = new("service") { Description = "The Service, as namespace/name, or name alone in the namespace default." };

    public IEnumerable<Command> All()
    {
        output.AcceptOnlyFromAmong("text", "json");
        yield return Verb("plan", "Show who gets which address and which node announces it.", PreviewLessons.Plan, RunPlanAsync, output);
        yield return Verb("explain", "Tell the whole chain of one Service: its address or why it has none, and for each node whether it announces it or why not.", PreviewLessons.Explain, RunExplainAsync, service);
        yield return Verb("validate", "Check configuration and Services; name every object at fault and what was expected.", PreviewLessons.Validate, RunValidateAsync);
    }

    private TaughtCommand Verb(string name, string description, string lesson, Func<ParseResult, CancellationToken, Task<int>> run, params Symbol[] own)
    {
        TaughtCommand command = new(name, description, lesson) { from, ownNamespace, configNamespaces, kubeconfig, loadBalancerClass, ignoreExcludeLabel };
        foreach (Symbol symbol in own)
            if (symbol is Argument argument) command.Add(argument); else command.Add((Option)symbol);
        command.SetAction(run);
        return command;
    }

    private async Task<int> RunPlanAsync(ParseResult parsed, CancellationToken ct)
    {
        PreviewInput input = await ReadAsync(parsed, ct).ConfigureAwait(false);
        ClusterPreview preview = Preview(parsed, input);
        parsed.InvocationConfiguration.Output.Write(parsed.GetValue(output) == "json" ? PlanJson.Render(preview) : PlanText.Render(preview, input.Warnings));
        return preview.Problems.Count == 0 ? 0 : 1;
    }

    private async Task<int> RunExplainAsync(ParseResult parsed, CancellationToken ct)
    {
        string[] parts = parsed.GetValue(service)!.Split('/');
        ObjectKey key = parts.Length switch
        {
            1 => new("default", parts[0]),
            2 => new(parts[0], parts[1]),
            _ => throw new StartException($"\"{parsed.GetValue(service)}\" is not namespace/name"),
        };
        PreviewInput input = await ReadAsync(parsed, ct).ConfigureAwait(false);
        ClusterPreview preview = Preview(parsed, input);
        ServiceView view = preview.Snapshot.Services.GetValueOrDefault(key)
            ?? throw new StartException($"there is no Service {key}; {Known(preview)}");
        parsed.InvocationConfiguration.Output.Write(Explanation.Of(preview, view));
        return Explanation.IsWell(preview, key) ? 0 : 1;
    }

    private static string Known(ClusterPreview preview)
    {
        ObjectKey[] some = [.. preview.Snapshot.Services.Values.Where(s => s.IsLoadBalancer).Select(s => s.Key).Order().Take(20)];
        return some.Length == 0 ? "there is none of type LoadBalancer" : $"of type LoadBalancer there are {string.Join(", ", some)}{(some.Length == 20 ? " …" : "")}";
    }

    private async Task<int> RunValidateAsync(ParseResult parsed, CancellationToken ct)
    {
        PreviewInput input = await ReadAsync(parsed, ct).ConfigureAwait(false);
        ClusterPreview preview = Preview(parsed, input);
        StringBuilder text = new();
        PlanText.AppendFaults(text, preview, input.Warnings);
        text.Append(preview.Problems.Count == 0 ? "valid" : $"{preview.Problems.Count} problem{(preview.Problems.Count == 1 ? "" : "s")}")
            .Append(": ").Append(preview.Config.Verdicts.Count).Append(" configuration objects, ").Append(preview.Snapshot.Services.Count).Append(" Services\n");
        parsed.InvocationConfiguration.Output.Write(text);
        return preview.Problems.Count == 0 ? 0 : 1;
    }

    private ClusterPreview Preview(ParseResult parsed, PreviewInput input) =>
        ClusterPreview.Of(input.Snapshot, parsed.GetValue(loadBalancerClass), parsed.GetValue(ignoreExcludeLabel));

    private Task<PreviewInput> ReadAsync(ParseResult parsed, CancellationToken ct)
    {
        string own = parsed.GetValue(ownNamespace)!;
        IReadOnlyList<string> namespaces = CommonOptions.Effective(parsed.GetValue(configNamespaces), own);
        return parsed.GetValue(from) is { } directory
            ? Task.FromResult(PreviewInput.FromDirectory(directory, own, namespaces))
            : PreviewInput.FromClusterAsync(parsed.GetValue(kubeconfig), own, namespaces, ct);
    }
}
