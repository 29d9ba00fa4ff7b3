using LbSpeaker.Commands;

namespace LbSpeaker.Tests.Preview;

/// <summary>The one binary under the names by which kubectl and shells call it.</summary>
public sealed class PluginTests
{
    private static readonly string Sample = Repository.PathOf("samples", "layer2-basic");

    [Theory]
    [InlineData("/usr/bin/lbspeaker", "lbspeaker", false)]
    [InlineData("/app/lbspeaker.dll", "lbspeaker", false)]
    [InlineData("/home/me/bin/kubectl-lbspeaker", "kubectl lbspeaker", false)]
    [InlineData("kubectl_complete-lbspeaker", "kubectl lbspeaker", true)]
    [InlineData(null, "lbspeaker", false)]
    public void It_knows_its_caller_by_the_name(string? program, string words, bool completes) => Assert.Equal(new CalledAs(words, completes), CalledAs.Of(program));

    [Theory]
    [InlineData("plan", "plan")]
    [InlineData("explain", "explain")]
    [InlineData("drain", "drain")]
    [InlineData("", "[command]")]
    public async Task Usage_is_spelled_as_the_caller_types_it(string verb, string usage)
    {
        string[] args = [.. new[] { verb, "--help" }.Where(a => a.Length > 0)];
        CommandLine own = await CommandLine.RunAsync(args), plugin = await CommandLine.RunAsync(CalledAs.Of("kubectl-lbspeaker"), args);
        Assert.Contains($"Usage:\n  lbspeaker {usage} ", own.Output, StringComparison.Ordinal);
        Assert.DoesNotMatch("kubectl lbspeaker (plan|explain|drain|validate|completion)", own.Output);
        Assert.Contains($"Usage:\n  kubectl lbspeaker {usage} ", plugin.Output, StringComparison.Ordinal);
        Assert.DoesNotMatch("(?<!kubectl )lbspeaker (plan|explain|drain|validate|completion)", plugin.Output);
    }

    [Fact]
    public async Task A_complaint_names_the_command_that_the_caller_can_type() =>
        Assert.EndsWith("(kubectl lbspeaker plan --help lists the flags)\n", (await CommandLine.RunAsync(CalledAs.Of("kubectl-lbspeaker"), "plan", "--frm")).Error, StringComparison.Ordinal);

    [Theory]
    [InlineData("pl", "plan\n:4\n")]
    [InlineData("explain --output ", "json\ntext\nyaml\n:4\n")]
    [InlineData("explain --output y", "yaml\n:4\n")]
    [InlineData("plan --from ", ":0\n")]
    [InlineData("plan -f ", ":0\n")]
    [InlineData("trace 192.0.2.10 -f ", ":4\n")]
    [InlineData("trace 192.0.2.10 -f --ou", "--output\n:4\n")]
    [InlineData("trace 192.0.2.10 -w ", ":0\n")]
    [InlineData("trace 192.0.2.10 -o ", "json\ntext\n:4\n")]
    [InlineData("plan --ig", "--ignore-exclude-lb\n:4\n")]
    [InlineData("completion ", "bash\nfish\nzsh\n:4\n")]
    [InlineData("explain --from $sample ", "default/web\n:4\n")]
    [InlineData("explain --from $sample def", "default/web\n:4\n")]
    [InlineData("explain --from /nonexistent ", ":4\n")]
    public async Task A_line_goes_on(string line, string expected)
    {
        string[] words = [.. line.Split(' ').Select(w => w == "$sample" ? Sample : w)];
        CommandLine own = await CommandLine.RunAsync(["__complete", .. words]), kubectl = await CommandLine.RunAsync(CalledAs.Of("kubectl_complete-lbspeaker"), words);
        Assert.Equal(new CommandLine(0, expected, ""), own);
        Assert.Equal(own, kubectl);
    }

    [Fact]
    public async Task Every_verb_is_proposed() => Assert.Equal(
        RootVerb.Build(CalledAs.Itself).Subcommands.Select(c => c.Name).Order(StringComparer.Ordinal).Append(":4"),
        (await CommandLine.RunAsync("__complete", "")).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries));

    [Theory]
    [InlineData("bash", "complete -F _lbspeaker lbspeaker")]
    [InlineData("zsh", "#compdef lbspeaker")]
    [InlineData("fish", "complete -c lbspeaker")]
    public async Task A_shell_gets_its_script(string shell, string part)
    {
        CommandLine run = await CommandLine.RunAsync("completion", shell);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Contains(part, run.Output, StringComparison.Ordinal);
    }
}
