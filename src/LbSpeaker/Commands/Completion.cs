using System.CommandLine;
using System.CommandLine.Completions;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Kubernetes.Client;
using LbSpeaker.Kubernetes.Directory;
using LbSpeaker.Preview;

namespace LbSpeaker.Commands;

/// <summary>How a line could go on. Verbs and flags are those of the command tree, so no list of them stands anywhere else; names come from the cluster or the directory that the line names.</summary>
internal sealed class Completion(ClusterSource source)
{
    /// <summary>What the shells' scripts call it by.</summary>
    public const string Word = "__complete";

    /// <summary>Of kubectl's directives (cobra's): nothing but these words, and no files.</summary>
    private const string NoFiles = ":4", Files = ":0";

    /// <summary>Nobody waits longer for a key press.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private static readonly string[] TakesFiles = ["--from", "--kubeconfig", "--filename", "--exclude-interfaces-file", "--token-file", "--write"];

    /// <summary>Writes a word a line, and then a directive on whether files may follow, as kubectl wants it.</summary>
    /// <param name="words">The line after the program's name; the last is the one to complete, and may be empty.</param>
    public static int Write(RootCommand root, string[] words, TextWriter output)
    {
        string last = words.LastOrDefault() ?? "", before = words.Length > 1 ? words[^2] : "";
        // A short name is another flag at another verb.
        Option? flag = root.Parse(words).CommandResult.Command.Options.FirstOrDefault(o => o.Name == before || o.Aliases.Contains(before));
        if (flag is not null && TakesFiles.Contains(flag.Name))
        {
            output.WriteLine(Files);
            return ExitCodes.Ok;
        }
        // A flag that stands by itself: nobody writes "true" behind it.
        if (flag?.ValueType == typeof(bool)) words = [.. words[..^2], last];
        string line = string.Join(' ', words.Select(w => w.Contains(' ', StringComparison.Ordinal) ? $"\"{w}\"" : w));
        IEnumerable<string> found = root.Parse(line).GetCompletions(line.Length).Select(c => c.Label);
        foreach (string label in found.Where(l => l.StartsWith(last, StringComparison.Ordinal) && (last.StartsWith('-') || !l.StartsWith('-'))).Distinct().Order(StringComparer.Ordinal)) output.WriteLine(label);
        output.WriteLine(NoFiles);
        return ExitCodes.Ok;
    }

    public IEnumerable<CompletionItem> Services(CompletionContext context) =>
        Names(context, s => s.Services.Values.Where(v => v.IsLoadBalancer).Select(v => v.Key.ToString()));

    public IEnumerable<CompletionItem> Nodes(CompletionContext context) => Names(context, s => s.Nodes.Keys);

    public IEnumerable<CompletionItem> Addresses(CompletionContext context) =>
        Names(context, s => s.Services.Values.SelectMany(v => v.Ingress).Select(i => i.Ip).OfType<string>());

    /// <summary>Where the cluster cannot be read there is nothing to propose, and no place to say why.</summary>
    private IEnumerable<CompletionItem> Names(CompletionContext context, Func<ClusterSnapshot, IEnumerable<string>> names)
    {
        try
        {
            using CancellationTokenSource patience = new(Patience);
            PreviewInput input = source.ReadAsync(context.ParseResult, patience.Token).GetAwaiter().GetResult();
            return [.. names(input.Snapshot).Distinct().Select(n => new CompletionItem(n))];
        }
        catch (Exception failure) when (failure is StartException or KubeconfigException or UnreadableInputException or OperationCanceledException)
        {
            return [];
        }
    }
}
