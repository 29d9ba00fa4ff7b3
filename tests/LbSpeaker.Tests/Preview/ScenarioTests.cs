namespace LbSpeaker.Tests.Preview;

/// <summary>
/// Each folder of Scenarios is a cluster as manifests; its plan.json is what <c>lbspeaker plan --from FOLDER -o json</c> prints, to the letter.
/// A file <c>args</c> adds flags, one a line.
/// </summary>
public sealed class ScenarioTests
{
    public static TheoryData<string> Scenarios()
    {
        TheoryData<string> names = [.. Directory.GetDirectories(Repository.PathOf(Root)).Select(d => Path.GetFileName(d)!).Order(StringComparer.Ordinal)];
        return names.Count > 0 ? names : throw new InvalidOperationException($"no folder in {string.Join('/', Root)}");
    }

    private static string[] Root => ["tests", "LbSpeaker.Tests", "Preview", "Scenarios"];

    [Theory]
    [MemberData(nameof(Scenarios))]
    public async Task A_scenario_comes_to_its_plan(string name)
    {
        string folder = Repository.PathOf([.. Root, name]);
        string expected = File.ReadAllText(Path.Combine(folder, "plan.json"));
        string flags = Path.Combine(folder, "args");

        CommandLine run = await CommandLine.RunAsync(["plan", "--from", folder, "-o", "json", .. File.Exists(flags) ? File.ReadAllLines(flags) : []]);

        Assert.True(run.Error.Length == 0, $"{name}: {run.Error}");
        Assert.True(run.Output == expected, $"{name} comes to another plan than its plan.json (- expected, + actual):\n{LineDiff.Of(expected, run.Output)}");
        int problems = System.Text.Json.JsonDocument.Parse(expected).RootElement.GetProperty("problems").GetArrayLength();
        Assert.True(run.ExitCode == (problems == 0 ? 0 : 1), $"{name}: {problems} problems, exit code {run.ExitCode}");
    }
}
