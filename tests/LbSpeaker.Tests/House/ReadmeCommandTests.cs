using System.Diagnostics;
using System.Net;
using System.Text.RegularExpressions;
using LbSpeaker.Lab.Tests.Server;
using LbSpeaker.Tests.Lab;

namespace LbSpeaker.Tests.House;

/// <summary>Every command that a README shows to people, as they would type it: by a shell, with the real kubectl, against the embedded API server, a controller and three speakers.</summary>
public sealed partial class ReadmeCommandTests : IDisposable
{
    /// <summary>Not run here, by how they begin, and why.</summary>
    private static readonly Dictionary<string, string> NotRun = new(StringComparer.Ordinal)
    {
        ["lbspeaker ui"] = "serves until it is interrupted; the tests below Ui look at it in a browser",
        ["lbspeaker trace"] = "asks Pods, and the speakers here are none; the tests below Trace ask a whole speaker",
        ["kubectl rollout status"] = "nothing runs Deployments and DaemonSets in the lab",
        ["helm "] = "Helm is not to be had where this is tested; the chart is rendered by a reader of our own",
        ["tools/"] = "builds, or makes a lab of its own; that it exists is looked at",
    };

    /// <summary>What stands for something of the reader's own.</summary>
    private static readonly (string Word, string File)[] Placeholders =
    [
        ("DIR", "samples/layer2-basic"), ("CHANGE.yaml", "samples/quota/pool.yaml"), ("OLD.yaml", "tests/LbSpeaker.Tests/Preview/Conversions/kube-vip/input.yaml"),
    ];

    private readonly string folder = System.IO.Directory.CreateTempSubdirectory("lbspeaker-readme-").FullName;

    public static TheoryData<string> Documents => [
        "README.md", "manifests/README.md", "manifests/troubleshooting.md", "samples/README.md",
        .. System.IO.Directory.GetFiles(Repository.PathOf("samples"), "README.md", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(Repository.PathOf(), f)).Order(StringComparer.Ordinal)];

    public void Dispose() => System.IO.Directory.Delete(folder, recursive: true);

    [KubectlTheory]
    [MemberData(nameof(Documents))]
    public async Task Every_command_of_it_does_what_it_should(string document)
    {
        string[] commands = [.. Commands(await File.ReadAllTextAsync(Repository.PathOf(document)))];
        string[] run = [.. commands.Where(c => !NotRun.Keys.Any(c.StartsWith))];
        Assert.All(commands.Where(c => c.StartsWith("tools/", StringComparison.Ordinal)), c => Assert.True(File.Exists(Repository.PathOf(c.Split(' ')[0])), c));
        if (run.Length == 0) return;

        await using LabCluster lab = await LabCluster.StartAsync(new() { ServiceCidrs = [IPNetwork.Parse("10.96.0.0/16"), IPNetwork.Parse("fd00:10:96::/112")] });
        lab.Clock.Rate = 1;
        await File.WriteAllTextAsync(Path.Combine(folder, "kubeconfig"), lab.Server.Kubeconfig());
        await PrepareAsync(lab, document);
        foreach (string command in run)
        {
            (int code, string output) = await ShellAsync(Placeholders.Aggregate(command, (c, p) => Regex.Replace(c, $@"\b{Regex.Escape(p.Word)}\b", p.File)));
            // To look and to find something is no failure: nobody leads in a README's sample, and a lab has no Pods.
            int[] well = command.StartsWith("lbspeaker", StringComparison.Ordinal) ? [0, 1, 3] : [0];
            Assert.True(well.Contains(code), $"{document}: \"{command}\" ended with {code}:\n{output}");
        }
    }

    /// <summary>What is there before the reader's first command.</summary>
    private async Task PrepareAsync(LabCluster lab, string document)
    {
        string surroundings = Repository.PathOf(Path.GetDirectoryName(document)!, "cluster.yaml");
        if (document.StartsWith("samples/", StringComparison.Ordinal))
        {
            if (!File.Exists(surroundings)) return;
            foreach (Match named in NamespaceOf().Matches(await File.ReadAllTextAsync(surroundings)).DistinctBy(m => m.Value))
                await lab.ApplyAsync($"{{apiVersion: v1, kind: Namespace, metadata: {{name: {named.Groups[1].Value}}}}}");
            await KubectlAsync($"apply -f {surroundings}");
            return;
        }
        string readme = await File.ReadAllTextAsync(Repository.PathOf("README.md"));
        await File.WriteAllTextAsync(Path.Combine(folder, "example.yaml"), string.Join("\n---\n", readme.Split("```yaml\n").Skip(1).Select(e => e.Split("\n```")[0])));
        string[] nodes = ["node1", "node2", "node3"];
        await lab.ApplyAsync("{apiVersion: v1, kind: Namespace, metadata: {name: shop}}", "{apiVersion: v1, kind: Namespace, metadata: {name: metallb-system}}",
            Objects.Slice("web", nodes).Replace("namespace: default", "namespace: shop", StringComparison.Ordinal));
        await lab.ApplyAsync(nodes.Select((n, i) => Objects.Node(n, $"203.0.113.{i + 1}").Replace("labels: {", "labels: {kubernetes.io/os: linux, ", StringComparison.Ordinal)));
        await KubectlAsync($"apply -f {folder}/example.yaml");
        foreach (string left in MetalLb) await lab.ApplyAsync(left);
        lab.StartController("controller");
        LabSpeaker[] speakers = [.. nodes.Select(n => lab.StartSpeaker(n))];
        await lab.UntilAsync("the README's Service to be answered", () => speakers.Any(s => s.Answers.Contains("192.0.2.11")));

        async Task KubectlAsync(string arguments)
        {
            (int code, string output) = await ShellAsync($"kubectl {arguments}");
            Assert.True(code == 0, output);
        }
    }

    /// <summary>What a MetalLB leaves behind that is to be taken away.</summary>
    private static readonly string[] MetalLb =
    [
        "{apiVersion: apps/v1, kind: Deployment, metadata: {name: controller, namespace: metallb-system}, spec: {selector: {matchLabels: {app: metallb}}, template: {metadata: {labels: {app: metallb}}, spec: {containers: [{name: controller, image: controller}]}}}}",
        "{apiVersion: apps/v1, kind: DaemonSet, metadata: {name: speaker, namespace: metallb-system}, spec: {selector: {matchLabels: {app: metallb}}, template: {metadata: {labels: {app: metallb}}, spec: {containers: [{name: speaker, image: speaker}]}}}}",
        "{apiVersion: admissionregistration.k8s.io/v1, kind: ValidatingWebhookConfiguration, metadata: {name: metallb-webhook-configuration}}",
    ];

    /// <summary>The commands of a document's plain code blocks, without what is said about them behind two blanks, and without what may be left out.</summary>
    private static IEnumerable<string> Commands(string markdown)
    {
        List<string> lines = [];
        bool isFenced = false, isPlain = false;
        foreach (string line in markdown.Split('\n'))
            if (line.StartsWith("```", StringComparison.Ordinal)) (isFenced, isPlain) = (!isFenced, !isFenced && line.Length == 3);
            else if (isFenced ? isPlain : line.StartsWith("    ", StringComparison.Ordinal)) lines.Add(isFenced ? line : line[4..]);
        string text = string.Join('\n', lines).Replace("\\\n", " ", StringComparison.Ordinal);
        foreach (string line in text.Split('\n').Where(l => Tool().IsMatch(l)))
        {
            string command = line.StartsWith("kubectl patch", StringComparison.Ordinal) ? line : line.Split("  ")[0].Split(" #")[0];
            yield return MayBeLeftOut().Replace(command, "").Trim();
        }
    }

    private async Task<(int Code, string Output)> ShellAsync(string command)
    {
        string program = Environment.GetEnvironmentVariable("LBSPEAKER_BINARY") is { Length: > 0 } native ? $"'{native}'" : $"'{Environment.ProcessPath}' '{typeof(Commands.RootVerb).Assembly.Location}'";
        ProcessStartInfo start = new("bash") { RedirectStandardOutput = true, WorkingDirectory = Repository.PathOf() };
        foreach (string argument in (string[])["-c", $"exec 2>&1; lbspeaker() {{ {program} \"$@\"; }}; {command}"]) start.ArgumentList.Add(argument);
        start.Environment["KUBECONFIG"] = Path.Combine(folder, "kubeconfig");
        start.Environment["HOME"] = folder;
        using Process process = Process.Start(start)!;
        using CancellationTokenSource patience = new(LabCluster.Patience);
        try
        {
            string output = await process.StandardOutput.ReadToEndAsync(patience.Token);
            await process.WaitForExitAsync(patience.Token);
            return (process.ExitCode, output);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"\"{command}\" does not end within {LabCluster.Patience}");
        }
    }

    [GeneratedRegex("^(kubectl|lbspeaker|helm|tools/)")]
    private static partial Regex Tool();

    [GeneratedRegex("namespace: ([a-z-]+)")]
    private static partial Regex NamespaceOf();

    [GeneratedRegex(@" \[-[^\]]*\]")]
    private static partial Regex MayBeLeftOut();
}
