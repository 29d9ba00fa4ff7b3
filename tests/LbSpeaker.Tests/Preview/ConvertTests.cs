using System.Text.Json.Nodes;

namespace LbSpeaker.Tests.Preview;

/// <summary>Each folder of Conversions has the configuration of another load balancer (<c>input.yaml</c>), what is made of it (<c>expected.yaml</c>), and the exit code and what is said (<c>messages.txt</c>).</summary>
public sealed class ConvertTests : IDisposable
{
    private readonly DirectoryInfo directory = Directory.CreateTempSubdirectory("lbspeaker-convert-");

    public void Dispose() => directory.Delete(recursive: true);

    private static string Root => Repository.PathOf("tests", "LbSpeaker.Tests", "Preview", "Conversions");

    public static TheoryData<string> Folders()
    {
        TheoryData<string> names = [.. Directory.GetDirectories(Root).Select(d => Path.GetFileName(d)!).Order(StringComparer.Ordinal)];
        return names.Count > 0 ? names : throw new InvalidOperationException($"no folder in {Root}");
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public async Task A_configuration_becomes_objects_that_are_in_order(string name)
    {
        string folder = Path.Combine(Root, name), expected = await File.ReadAllTextAsync(Path.Combine(folder, "expected.yaml")), messages = await File.ReadAllTextAsync(Path.Combine(folder, "messages.txt"));
        CommandLine run = await CommandLine.RunAsync("convert", "-f", Path.Combine(folder, "input.yaml"));
        Assert.True(expected == run.Output, $"{name} (- expected, + actual):\n{LineDiff.Of(expected, run.Output)}");
        Assert.Equal(messages, $"exit code {run.ExitCode}\n{run.Error.Replace(folder + "/", "", StringComparison.Ordinal)}");
        if (run.ExitCode == 2) return;

        await File.WriteAllTextAsync(Path.Combine(directory.FullName, "new.yaml"), run.Output);
        CommandLine validated = await CommandLine.RunAsync("validate", "--from", directory.FullName);
        Assert.True(validated is { ExitCode: 0, Error: "" }, validated.ToString());
        JsonNode list = JsonNode.Parse((await CommandLine.RunAsync("convert", "-f", Path.Combine(folder, "input.yaml"), "-o", "json")).Output)!;
        Assert.Equal(run.Output.Split("---\n").Length, list["items"]!.AsArray().Count);
    }
}
