using System.Text.Json.Nodes;

namespace LbSpeaker.Tests.Preview;

/// <summary>Each folder of Pages is a cluster as a dump; <c>status.txt</c> is the exit code and the page that <c>lbspeaker status</c> makes of it.</summary>
public sealed class StatusTests
{
    private static string Root => Repository.PathOf("tests", "LbSpeaker.Tests", "Preview", "Pages");

    public static TheoryData<string> Folders()
    {
        TheoryData<string> names = [.. Directory.GetDirectories(Root).Select(d => Path.GetFileName(d)!).Order(StringComparer.Ordinal)];
        return names.Count > 0 ? names : throw new InvalidOperationException($"no folder in {Root}");
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public async Task A_cluster_comes_to_its_page(string name)
    {
        string expected = await File.ReadAllTextAsync(Path.Combine(Root, name, "status.txt"));
        CommandLine run = await CommandLine.RunAsync("status", "--from", Path.Combine(Root, name)), json = await CommandLine.RunAsync("status", "--from", Path.Combine(Root, name), "-o", "json");
        string actual = $"exit code {run.ExitCode}\n{run.Output}{run.Error}";
        Assert.True(expected == actual, $"{name} (- expected, + actual):\n{LineDiff.Of(expected, actual)}");
        Assert.Equal((run.ExitCode, run.ExitCode == 0), (json.ExitCode, (int)JsonNode.Parse(json.Output)!["wrong"]! == 0));
    }

    /// <summary>Plain manifests say nothing of speakers and controllers, and that is no fault of theirs.</summary>
    [Theory]
    [MemberData(nameof(SampleTests.Samples), MemberType = typeof(SampleTests))]
    public async Task Of_a_sample_as_much_is_wrong_as_its_plan_says(string sample)
    {
        string directory = Repository.PathOf("samples", sample);
        JsonNode status = JsonNode.Parse((await CommandLine.RunAsync("status", "--from", directory, "-o", "json")).Output)!, plan = JsonNode.Parse((await CommandLine.RunAsync("plan", "--from", directory, "-o", "json")).Output)!;
        Assert.Equal(plan["problems"]!.ToJsonString(), status["problems"]!.ToJsonString());
        Assert.Equal(plan["pools"]!.ToJsonString(), status["pools"]!.ToJsonString());
        Assert.Equal(plan["services"]!.AsArray().Where(s => s!["reason"] is not null).Select(s => (string)s!["name"]!), status["waiting"]!.AsArray().Select(w => (string)w!["name"]!));
        Assert.Empty(status["speakers"]!.AsArray());
    }
}
