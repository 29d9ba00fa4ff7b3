using System.Collections.Concurrent;
using LbSpeaker.Tests.Lab;

namespace LbSpeaker.Tests.Controller;

/// <summary>The token of a service account, which ends and is replaced in its file while the daemons run.</summary>
public sealed class TokenTests : IDisposable
{
    private readonly string file = Path.GetTempFileName();

    public void Dispose() => File.Delete(file);

    /// <summary>The kubelet is late: for ten seconds the file holds what the server takes no more.</summary>
    [Fact]
    public async Task One_that_ends_before_the_next_is_there_is_named_and_costs_no_restart_and_a_speaker_no_list()
    {
        ConcurrentDictionary<string, string> tokens = new(LabCluster.WithRoles.Tokens) { ["first"] = "daemons" };
        await using LabCluster lab = await LabCluster.StartAsync(new() { Tokens = tokens });
        await lab.ApplyAsync(Objects.Pool("lan", "192.0.2.10-192.0.2.19"), Objects.Advertisement("all"), Objects.Node("n1"), Objects.Service("before"), Objects.Slice("before", "n1"));
        await File.WriteAllTextAsync(file, "first\n");
        LabController controller = lab.StartController("one", tokenFile: file);
        LabSpeaker speaker = lab.StartSpeaker("n1", tokenFile: file);
        await lab.UntilAsync("the address to be answered", () => speaker.Answers.SequenceEqual(["192.0.2.10"]));
        await lab.QuietAsync(TimeSpan.FromSeconds(2));
        int lists = Lists();

        tokens.TryRemove("first", out _);
        lab.Faults.DropWatches();
        await lab.ApplyAsync(Objects.Service("meanwhile"), Objects.Slice("meanwhile", "n1"));
        await lab.UntilAsync("the lead to be lost", () => !controller.Leads);
        await lab.PassAsync(TimeSpan.FromSeconds(10));
        foreach (string lease in (string[])["lbspeaker-controller", "lbspeaker-speaker-n1"])
            Assert.Contains(lab.Log.Lines, l => l.EndsWith($"Warn renewing the Lease {lease} failed: HTTP 401: Unauthorized, with the token that stands in {file}", StringComparison.Ordinal));
        Assert.Equal(("", "192.0.2.10"), (lab.AddressesOf("meanwhile"), string.Join(' ', speaker.Answers)));

        tokens["second"] = "daemons";
        // Not at one stroke.
        await File.WriteAllTextAsync(file, "");
        await lab.PassAsync(TimeSpan.FromSeconds(5));
        await File.WriteAllTextAsync(file, "second\n");
        DateTimeOffset since = lab.Clock.GetUtcNow();
        await lab.UntilAsync("the new address to be answered", () => speaker.Answers.Order(StringComparer.Ordinal).SequenceEqual(["192.0.2.10", "192.0.2.11"]));
        // The longest pause of a watch that is refused.
        Assert.InRange((lab.Clock.GetUtcNow() - since).TotalSeconds, 0, 35);
        Assert.Equal(lists, Lists());

        int Lists() => lab.Journal.Count(s => s is { Client: "n1", IsRead: true, IsWatch: false } && s.Query.Contains("limit=", StringComparison.Ordinal));
    }
}
