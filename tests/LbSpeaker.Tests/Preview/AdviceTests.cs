using LbSpeaker.Core.Allocation;
using LbSpeaker.Core.Announcement;
using LbSpeaker.Core.Config;
using LbSpeaker.Core.Reports;
using LbSpeaker.Preview;

namespace LbSpeaker.Tests.Preview;

public sealed class AdviceTests
{
    [Fact]
    public void Every_reason_has_words_of_its_own()
    {
        string[] words = [.. Enum.GetValues<AllocationReason>().Select(Advice.On), .. Enum.GetValues<ProblemReason>().Select(Advice.On), .. Enum.GetValues<NotAnnouncedReason>().Select(Advice.On), .. Enum.GetValues<RefusalReason>().Select(r => Advice.On(new Refusal(AnnouncementProtocol.Layer2, "node-a", r)))];
        Assert.Equal(words.Length, words.Distinct().Count());
        Assert.All(words, w => Assert.True(w.Length > 12, w));
    }

    [Theory]
    [InlineData("plan", "Decisions:", "NotOurs", "Exit code: 0")]
    [InlineData("explain", "what to change", "lbspeaker explain default/web")]
    [InlineData("validate", "overlap", "Exit code: 0")]
    public async Task Help_teaches_behind_the_flags(string verb, params string[] taught)
    {
        CommandLine run = await CommandLine.RunAsync(verb, "--help");
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.All(taught, t => Assert.Contains(t, run.Output[run.Output.IndexOf("Examples:", StringComparison.Ordinal)..], StringComparison.Ordinal));
    }
}
