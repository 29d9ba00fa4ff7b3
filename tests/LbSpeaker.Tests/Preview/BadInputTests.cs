using System.Text.RegularExpressions;
using CsCheck;

namespace LbSpeaker.Tests.Preview;

/// <summary>
/// What nothing can be planned from: exit code 2, nothing on standard output, and one line that names the file, the line and what was expected.
/// Each folder of Unreadable has its line in <c>error.txt</c>. What is at fault inside one object is no such thing: see Scenarios.
/// </summary>
public sealed partial class BadInputTests : IDisposable
{
    private static readonly string[] Verbs = ["plan", "validate", "explain"];

    private readonly DirectoryInfo directory = Directory.CreateTempSubdirectory("lbspeaker-bad-");

    public void Dispose() => directory.Delete(recursive: true);

    public static TheoryData<string> Folders()
    {
        TheoryData<string> names = [.. Directory.GetDirectories(Root).Select(d => Path.GetFileName(d)!).Order(StringComparer.Ordinal)];
        return names.Count > 0 ? names : throw new InvalidOperationException($"no folder in {Root}");
    }

    private static string Root => Repository.PathOf("tests", "LbSpeaker.Tests", "Preview", "Unreadable");

    [Theory]
    [MemberData(nameof(Folders))]
    public async Task A_directory_that_cannot_be_read_is_refused_with_file_and_line(string name)
    {
        string folder = Path.Combine(Root, name), expected = File.ReadAllText(Path.Combine(folder, "error.txt"));
        foreach (string verb in Verbs)
            Assert.Equal(new CommandLine(2, "", expected), Relative(await RunAsync(verb, folder), folder));
    }

    [Fact]
    public async Task What_is_no_directory_is_refused()
    {
        string file = Path.Combine(directory.FullName, "a.yaml");
        File.WriteAllText(file, "");
        foreach (string verb in Verbs)
        {
            Assert.Equal(new CommandLine(2, "", "lbspeaker: /nonexistent/manifests: expected a directory\n"), await RunAsync(verb, "/nonexistent/manifests"));
            Assert.Equal(new CommandLine(2, "", $"lbspeaker: {file}: expected a directory\n"), await RunAsync(verb, file));
        }
    }

    [Fact]
    public async Task A_file_that_cannot_be_opened_is_refused()
    {
        File.CreateSymbolicLink(Path.Combine(directory.FullName, "a.yaml"), Path.Combine(directory.FullName, "gone"));
        CommandLine run = await RunAsync("plan", directory.FullName);

        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        Assert.StartsWith($"lbspeaker: {directory.FullName}/a.yaml: expected a readable file; ", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "a verb is missing; the verbs are controller, speaker")]
    [InlineData("paln --from .", "'paln'")]
    [InlineData("plan --form .", "'--form'")]
    [InlineData("plan --from", "'--from'")]
    [InlineData("plan --from . -o xml", "'xml'")]
    [InlineData("plan --from . extra", "'extra'")]
    [InlineData("plan --from . --lb-class", "'--lb-class'")]
    [InlineData("plan --from . --ignore-exclude-lb maybe", "maybe")]
    [InlineData("explain --from .", "'explain'")]
    [InlineData("explain --from . a/b/c", "\"a/b/c\" is not namespace/name")]
    [InlineData("explain --from . nowhere/web", "there is no Service nowhere/web")]
    [InlineData("validate --from . --kubeconfig", "'--kubeconfig'")]
    public async Task Wrong_usage_is_told_in_one_line(string line, string part)
    {
        CommandLine run = await CommandLine.RunAsync([.. line.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(a => a == "." ? directory.FullName : a)]);

        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        Assert.Contains(part, run.Error, StringComparison.Ordinal);
        Assert.Matches(@"^lbspeaker: [^\n]+\n$", run.Error);
    }

    /// <summary>A few slips of the hand in a sound manifest: either it can still be read, or file and line are told. Nothing else happens.</summary>
    [Fact]
    public void Slips_of_the_hand_are_read_or_told()
    {
        string[] texts = [.. Directory.GetFiles(Repository.PathOf("tests", "LbSpeaker.Tests", "Preview"), "*.yaml", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(File.ReadAllText)];
        const string Letters = "{}[]:,-?&*!|>'\"%@`# \n\t\r\\~<=a1\0\u0085\u2028";
        Gen.Select(Gen.Int[0, texts.Length - 1], Gen.Int, Gen.Bool).Sample((which, seed, cut) =>
        {
            Random random = new(seed);
            System.Text.StringBuilder text = new(texts[which]);
            if (cut) text.Length = random.Next(text.Length + 1);
            for (int slips = random.Next(1, 6); slips > 0 && text.Length > 0; slips--)
            {
                int at = random.Next(text.Length);
                char letter = Letters[random.Next(Letters.Length)];
                if (random.Next(3) is var kind && kind == 0) text.Remove(at, 1); else if (kind == 1) text.Insert(at, letter); else text[at] = letter;
            }
            string file = Path.Combine(directory.FullName, "a.yaml");
            File.WriteAllText(file, text.ToString());
            CommandLine run = RunAsync("plan", directory.FullName).GetAwaiter().GetResult();
            Assert.True(run.ExitCode is 0 or 1 ? run.Error.Length == 0 : run.ExitCode == 2 && run.Output.Length == 0 && Refusal().IsMatch(run.Error), $"{run}\n{text}");
        }, threads: 1);
    }

    private static Task<CommandLine> RunAsync(string verb, string from) =>
        CommandLine.RunAsync(verb == "explain" ? [verb, "web", "--from", from] : [verb, "--from", from]);

    private static CommandLine Relative(CommandLine run, string folder) => run with { Error = run.Error.Replace(folder + "/", "", StringComparison.Ordinal) };

    [GeneratedRegex(@"^lbspeaker: /.+/a\.yaml:[0-9]+: expected .+\n$")]
    private static partial Regex Refusal();
}
