using LbSpeaker.Preview;
using LbSpeaker.Tests.Preview;

namespace LbSpeaker.Tests.Native;

/// <summary>The binary says of every sample what the managed code in this process says, byte for byte.</summary>
public sealed class SampleProcessTests
{
    public static TheoryData<string> Samples() => SampleTests.Samples();

    [NativeTheory]
    [MemberData(nameof(Samples))]
    public async Task Plan_is_the_same(string sample)
    {
        string directory = Repository.PathOf("samples", sample);
        PreviewInput input = PreviewInput.FromDirectory(directory, "lbspeaker-system", ["lbspeaker-system", "metallb-system"]);
        ClusterPreview preview = ClusterPreview.Of(input.Snapshot, null, ignoreExcludeLabel: false);
        int exitCode = preview.Problems.Count == 0 ? 0 : 1;

        Assert.Equal(new Ending(exitCode, PlanText.Render(preview, input.Warnings), ""), await LbSpeakerProcess.RunAsync("plan", "--from", directory));
        Assert.Equal(new Ending(exitCode, PlanJson.Render(preview), ""), await LbSpeakerProcess.RunAsync("plan", "--from", directory, "-o", "json"));
        Ending validated = await LbSpeakerProcess.RunAsync("validate", "--from", directory);
        Assert.Equal((exitCode, ""), (validated.ExitCode, validated.Error));
    }

    [NativeTheory]
    [InlineData("exclude-gateways", 0)]
    [InlineData("invalid-pool", 1)]
    public async Task Explain_tells_by_its_exit_code_whether_a_Service_has_all(string sample, int exitCode)
    {
        string directory = Repository.PathOf("samples", sample);
        PreviewInput input = PreviewInput.FromDirectory(directory, "lbspeaker-system", ["lbspeaker-system", "metallb-system"]);
        foreach (Core.Cluster.ObjectKey service in ClusterPreview.Of(input.Snapshot, null, false).Allocation.Services.Keys.Order().Take(1))
        {
            Ending ending = await LbSpeakerProcess.RunAsync("explain", service.ToString(), "--from", directory);
            Assert.Equal((exitCode, ""), (ending.ExitCode, ending.Error));
            Assert.Contains(service.ToString(), ending.Output, StringComparison.Ordinal);
        }
    }

    /// <summary>A link is all that kubectl needs.</summary>
    [NativeFact]
    public async Task Linked_as_kubectls_plugin_it_speaks_as_that()
    {
        DirectoryInfo directory = Directory.CreateTempSubdirectory("lbspeaker-plugin-");
        string plugin = Path.Combine(directory.FullName, "kubectl-lbspeaker"), completion = Path.Combine(directory.FullName, "kubectl_complete-lbspeaker");
        File.CreateSymbolicLink(plugin, LbSpeakerProcess.Binary!);
        File.CreateSymbolicLink(completion, LbSpeakerProcess.Binary!);
        Ending help = await LbSpeakerProcess.RunCommandAsync([plugin, "explain", "--help"]), completed = await LbSpeakerProcess.RunCommandAsync([completion, "expl"]);
        directory.Delete(recursive: true);
        Assert.Equal((0, ""), (help.ExitCode, help.Error));
        Assert.Contains("Usage:\n  kubectl lbspeaker explain <service>", help.Output, StringComparison.Ordinal);
        Assert.Equal(new Ending(0, "explain\n:4\n", ""), completed);
    }

    [NativeFact]
    public async Task Version_and_help_go_to_standard_output()
    {
        Ending version = await LbSpeakerProcess.RunAsync("version"), help = await LbSpeakerProcess.RunAsync("--help");
        Assert.Equal((0, ""), (version.ExitCode, version.Error));
        Assert.StartsWith("lbspeaker ", version.Output, StringComparison.Ordinal);
        Assert.Equal((0, ""), (help.ExitCode, help.Error));
        foreach (string verb in (string[])["controller", "speaker", "plan", "explain", "validate", "status", "doctor", "convert", "version"]) Assert.Contains($"  {verb} ", help.Output, StringComparison.Ordinal);
    }
}
