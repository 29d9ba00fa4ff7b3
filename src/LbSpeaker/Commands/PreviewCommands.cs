using System.CommandLine;
using System.Text;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Kubernetes.Directory;
using LbSpeaker.Preview;

namespace LbSpeaker.Commands;

/// <summary><c>plan</c>, <c>explain</c> and <c>validate</c>: what would happen, from a directory or a cluster, with the live system's planner. They change nothing.</summary>
internal sealed class PreviewCommands
{
    private const string StandardInput = "-";

    private readonly ClusterSource cluster = new();
    private readonly Option<string> output = OutputForm.Option();
    private readonly Argument<string> service = new("service") { Description = "The Service, as namespace/name, or name alone." };
    private readonly Option<string[]> changes = new("--filename", "-f") { Description = "A file whose objects are applied, in thought; - for standard input. Repeatable.", HelpName = "FILE" };
    private readonly Option<string[]> deletions = new("--delete") { Description = "An object that is deleted, in thought: kind/name or kind/namespace/name. Repeatable.", HelpName = "OBJECT" };

    public IEnumerable<Command> All()
    {
        service.CompletionSources.Add(new Completion(cluster).Services);
        yield return Verb("plan", "Show who gets which address and which node announces it, or what a change would do.", PreviewLessons.Plan, RunPlanAsync, changes, deletions);
        yield return Verb("explain", "Tell the whole chain of one Service: its address or why it has none, and for each node whether it announces it or why not.", PreviewLessons.Explain, RunExplainAsync, service);
        yield return Verb("validate", "Check configuration and Services; name every object at fault and what was expected.", PreviewLessons.Validate, RunValidateAsync);
    }

    private TaughtCommand Verb(string name, string description, string lesson, Func<ParseResult, CancellationToken, Task<int>> run, params Symbol[] own)
    {
        TaughtCommand command = new(name, description, lesson);
        foreach (Symbol symbol in own)
            if (symbol is Argument argument) command.Add(argument); else command.Add((Option)symbol);
        command.Add(output);
        cluster.AddTo(command, fromDirectory: true);
        command.SetAction(run);
        return command;
    }

    private async Task<int> RunPlanAsync(ParseResult parsed, CancellationToken ct)
    {
        PreviewInput input = await cluster.ReadAsync(parsed, ct).ConfigureAwait(false);
        ClusterPreview preview = cluster.Preview(parsed, input.Snapshot);
        if (parsed.GetValue(changes) is { Length: > 0 } || parsed.GetValue(deletions) is { Length: > 0 }) return RunChange(parsed, input, preview);
        parsed.Write(output, () => PlanText.Render(preview, input.Warnings), json => PlanJson.Write(json, preview));
        return ExitCodes.Of(preview.Problems.Count == 0);
    }

    private int RunChange(ParseResult parsed, PreviewInput input, ClusterPreview before)
    {
        IEnumerable<NamedObject> deleted = [.. (parsed.GetValue(deletions) ?? []).Select(d => NamedObject.Parse(d) ?? throw new StartException($"--delete takes kind/name or kind/namespace/name, not \"{d}\""))];
        IEnumerable<Manifests> applied = [.. (parsed.GetValue(changes) ?? []).Select(f => f == StandardInput ? Manifests.OfText("standard input", Console.In.ReadToEnd()) : Manifests.OfFile(f))];
        PreviewInput changed = PreviewInput.Of(input.Objects.After(deleted, applied, cluster.NamespaceOf(parsed), input.Scope.ConfigNamespaces[0]), input.Scope);
        ChangePreview change = new(before, cluster.Preview(parsed, Remembered.In(changed.Snapshot, before)));
        parsed.Write(output, () => ChangeForm.Text(change, changed.Warnings.Except(input.Warnings)), json => ChangeForm.Write(json, change));
        return change.TakesAddresses ? ExitCodes.TakesAddresses : ExitCodes.Of(change.Brings.Count == 0);
    }

    private async Task<int> RunExplainAsync(ParseResult parsed, CancellationToken ct)
    {
        ObjectKey key = parsed.GetValue(service)!.Split('/') switch
        {
            [var name] => new(cluster.NamespaceOf(parsed), name),
            [var ns, var name] => new(ns, name),
            _ => throw new StartException($"\"{parsed.GetValue(service)}\" is not namespace/name"),
        };
        PreviewInput input = await cluster.ReadAsync(parsed, ct).ConfigureAwait(false);
        ClusterPreview preview = cluster.Preview(parsed, input.Snapshot);
        ServiceView view = preview.Snapshot.Services.GetValueOrDefault(key)
            ?? throw new StartException($"there is no Service {key}; {Known(preview)}");
        Explanation explanation = new(input, preview, view);
        parsed.Write(output, explanation.Text, explanation.Write);
        return ExitCodes.Of(Explanation.IsWell(preview, key));
    }

    private static string Known(ClusterPreview preview)
    {
        ObjectKey[] some = [.. preview.Snapshot.Services.Values.Where(s => s.IsLoadBalancer).Select(s => s.Key).Order().Take(20)];
        return some.Length == 0 ? "there is none of type LoadBalancer" : $"of type LoadBalancer there are {string.Join(", ", some)}{(some.Length == 20 ? " …" : "")}";
    }

    private async Task<int> RunValidateAsync(ParseResult parsed, CancellationToken ct)
    {
        PreviewInput input = await cluster.ReadAsync(parsed, ct).ConfigureAwait(false);
        ClusterPreview preview = cluster.Preview(parsed, input.Snapshot);
        parsed.Write(output, Text, json =>
        {
            json.WriteStartObject();
            PlanJson.WriteProblems(json, preview.Problems);
            json.Texts("warnings", input.Warnings.Concat(preview.Warnings));
            json.WriteEndObject();
        });
        return ExitCodes.Of(preview.Problems.Count == 0);

        string Text()
        {
            StringBuilder text = new();
            PlanText.AppendFaults(text, preview, input.Warnings);
            text.Append(preview.Problems.Count == 0 ? "valid" : $"{preview.Problems.Count} problem{(preview.Problems.Count == 1 ? "" : "s")}")
                .Append(": ").Append(preview.Config.Verdicts.Count).Append(" configuration objects, ").Append(preview.Snapshot.Services.Count).Append(" Services\n");
            return text.ToString();
        }
    }
}
