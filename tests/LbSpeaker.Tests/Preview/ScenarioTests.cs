using System.Text.Json.Nodes;

namespace LbSpeaker.Tests.Preview;

/// <summary>
/// Each folder of Scenarios is a cluster as manifests; its plan.json is what <c>lbspeaker plan --from FOLDER -o json</c> prints, to the letter.
/// A file <c>args</c> adds flags, one a line. <c>explain/NAMESPACE.NAME.txt</c> is what <c>lbspeaker explain</c> says of that Service.
/// </summary>
public sealed class ScenarioTests
{
    private static string Root => Repository.PathOf("tests", "LbSpeaker.Tests", "Preview", "Scenarios");

    public static TheoryData<string> Scenarios()
    {
        TheoryData<string> names = [.. Directory.GetDirectories(Root).Select(d => Path.GetFileName(d)!).Order(StringComparer.Ordinal)];
        return names.Count > 0 ? names : throw new InvalidOperationException($"no folder in {Root}");
    }

    public static TheoryData<string> Explained()
    {
        TheoryData<string> files = [.. Directory.GetFiles(Root, "*.txt", SearchOption.AllDirectories).Where(f => f.Contains("/explain/", StringComparison.Ordinal)).Select(f => Path.GetRelativePath(Root, f)).Order(StringComparer.Ordinal)];
        return files.Count > 0 ? files : throw new InvalidOperationException($"no explain folder in {Root}");
    }

    [Theory]
    [MemberData(nameof(Scenarios))]
    public async Task A_scenario_comes_to_its_plan(string name)
    {
        string expected = File.ReadAllText(Path.Combine(Root, name, "plan.json"));
        CommandLine run = await RunAsync("plan", name, "-o", "json");

        Assert.True(run.Error.Length == 0, $"{name}: {run.Error}");
        Assert.True(run.Output == expected, $"{name} comes to another plan than its plan.json (- expected, + actual):\n{LineDiff.Of(expected, run.Output)}");
        int problems = JsonNode.Parse(expected)!["problems"]!.AsArray().Count;
        Assert.True(run.ExitCode == (problems == 0 ? 0 : 1), $"{name}: {problems} problems, exit code {run.ExitCode}");
    }

    [Theory]
    [MemberData(nameof(Scenarios))]
    public async Task Text_validate_and_explain_say_the_same_as_the_plan(string name)
    {
        JsonNode plan = JsonNode.Parse((await RunAsync("plan", name, "-o", "json")).Output)!;
        CommandLine text = await RunAsync("plan", name), validate = await RunAsync("validate", name);
        int exit = plan["problems"]!.AsArray().Count == 0 ? 0 : 1;
        Assert.Equal((exit, exit, "", ""), (text.ExitCode, validate.ExitCode, text.Error, validate.Error));
        foreach (JsonNode? problem in plan["problems"]!.AsArray())
            foreach (CommandLine run in (CommandLine[])[text, validate]) Assert.Contains((string)problem!["message"]!, run.Output, StringComparison.Ordinal);

        foreach (JsonNode? service in plan["services"]!.AsArray())
        {
            string key = $"{service!["namespace"]}/{service["name"]}";
            CommandLine explain = await RunAsync("explain", name, key);
            bool isWell = service["reason"] is null && service["addresses"]!.AsArray().Count > 0 && service["announcements"]!.AsArray().Count > 0;
            Assert.Equal((isWell ? 0 : 1, ""), (explain.ExitCode, explain.Error));
            string[] said = [key, (string)service["decision"]!, (string?)service["reason"] ?? "", (string)service["message"]!, .. service["addresses"]!.AsArray().Select(a => (string)a!), .. service["refusals"]!.AsArray().Select(r => (string)r!["reason"]!)];
            foreach (string part in said) Assert.Contains(part, explain.Output, StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(Explained))]
    public async Task A_Service_is_explained(string file)
    {
        string expected = File.ReadAllText(Path.Combine(Root, file));
        CommandLine run = await RunAsync("explain", file.Split('/')[0], Path.GetFileNameWithoutExtension(file).Replace('.', '/'));

        Assert.True(run.Output == expected, $"{file} (- expected, + actual):\n{LineDiff.Of(expected, run.Output)}");
    }

    private static Task<CommandLine> RunAsync(string verb, string scenario, params string[] more)
    {
        string folder = Path.Combine(Root, scenario), flags = Path.Combine(folder, "args");
        return CommandLine.RunAsync([verb, "--from", folder, .. more, .. File.Exists(flags) ? File.ReadAllLines(flags) : []]);
    }
}
