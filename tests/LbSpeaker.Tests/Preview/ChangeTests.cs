using System.Text.Json.Nodes;

namespace LbSpeaker.Tests.Preview;

/// <summary>
/// Each folder of Changes is a cluster (the folder <c>cluster</c>) and what is to happen to it (<c>change.yaml</c>, and flags in <c>args</c>, one a line); <c>expected.txt</c> is the exit code and
/// what <c>lbspeaker plan --from FOLDER/cluster -f …</c> says of it.
/// </summary>
public sealed class ChangeTests
{
    private static string Root => Repository.PathOf("tests", "LbSpeaker.Tests", "Preview", "Changes");

    public static TheoryData<string> Folders()
    {
        TheoryData<string> names = [.. Directory.GetDirectories(Root).Select(d => Path.GetFileName(d)!).Order(StringComparer.Ordinal)];
        return names.Count > 0 ? names : throw new InvalidOperationException($"no folder in {Root}");
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public async Task A_change_comes_to_what_is_expected(string name)
    {
        string expected = await File.ReadAllTextAsync(Path.Combine(Root, name, "expected.txt"));
        CommandLine run = await RunAsync(name);
        string actual = $"exit code {run.ExitCode}\n{run.Output}{run.Error.Replace(Root + "/", "", StringComparison.Ordinal)}";
        Assert.True(expected == actual, $"{name} (- expected, + actual):\n{LineDiff.Of(expected, actual)}");
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public async Task Programs_are_told_the_same(string name)
    {
        CommandLine text = await RunAsync(name), json = await RunAsync(name, "-o", "json");
        Assert.Equal((text.ExitCode, text.Error), (json.ExitCode, json.Error));
        if (text.ExitCode == 2) return;
        JsonNode change = JsonNode.Parse(json.Output)!;
        Assert.Equal(text.ExitCode == 3, (bool)change["takesAddresses"]!);
        foreach (string list in (string[])["addresses", "owners", "routes", "brings", "cures"])
            foreach (JsonNode? item in change[list]!.AsArray())
                foreach (string field in (string[])["name", "prefix", "message", "to"])
                    if (item![field] is JsonValue value) Assert.Contains((string)value!, text.Output, StringComparison.Ordinal);
    }

    /// <summary>What is applied a second time changes nothing, and neither does what stands there already.</summary>
    [Theory]
    [MemberData(nameof(SampleTests.Samples), MemberType = typeof(SampleTests))]
    public async Task A_cluster_applied_to_itself_stays_as_it_is(string sample)
    {
        string directory = Repository.PathOf("samples", sample);
        string[] again = [.. Directory.GetFiles(directory, "*.yaml").SelectMany(f => new[] { "-f", f })];
        Assert.Equal(new CommandLine(0, "nothing changes\n", ""), await CommandLine.RunAsync(["plan", "--from", directory, .. again]));
    }

    private static Task<CommandLine> RunAsync(string name, params string[] more)
    {
        string folder = Path.Combine(Root, name), cluster = Path.Combine(folder, "cluster"), change = Path.Combine(folder, "change.yaml"), args = Path.Combine(folder, "args");
        return CommandLine.RunAsync(
        [
            "plan", "--from", cluster, .. File.Exists(change) ? new[] { "-f", change } : [], .. File.Exists(args) ? File.ReadAllLines(args).Where(l => l.Length > 0) : [], .. more,
        ]);
    }
}
