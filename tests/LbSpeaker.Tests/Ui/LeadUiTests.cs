using LbSpeaker.Core.Cluster;
using LbSpeaker.Tests.Lab;
using LbSpeaker.Ui;

namespace LbSpeaker.Tests.Ui;

/// <summary>What a controller's page shows, beside the controller at work.</summary>
public sealed class LeadUiTests
{
    [Fact]
    public async Task The_one_that_leads_shows_what_it_writes_and_the_other_says_that_it_stands_by()
    {
        await using LabCluster lab = await LabCluster.StartAsync();
        await lab.ApplyAsync(Objects.Pool("lan", "192.0.2.10-192.0.2.11"), Objects.Advertisement("all"), Objects.Node("n1"), Objects.Node("n2"));
        foreach (string name in (string[])["first", "second", "third"]) await lab.ApplyAsync(Objects.Service(name), Objects.Slice(name, "n1"));
        LabController one = lab.StartController("one");
        await lab.UntilAsync("a lead", () => one.Leads);
        LabController two = lab.StartController("two");
        LabSpeaker n1 = lab.StartSpeaker("n1"), n2 = lab.StartSpeaker("n2");
        await lab.UntilConditionAsync("first", "Announced", "True");
        await lab.UntilConditionAsync("third", "Allocated", "False NoAvailableIPs");
        await UntilAsync(one, s => s.Count(x => x.Standing == UiStanding.Announced) == 2);

        UiService third = ServicesOf(one).Single(s => s.Name == "third");
        Assert.Equal((UiStanding.Pending, lab.ConditionOf("third", "Allocated")), (third.Standing, $"False {third.Reason}: {third.Message}"));
        Assert.Equal("controller two", two.Ui.Name);
        await lab.UntilAsync("the other to stand by", () => two.Ui.Look().Trouble.Contains("stands by", StringComparison.Ordinal));
        Assert.Null(two.Ui.Look().Facts);

        string owner = ServicesOf(one).Single(s => s.Name == "first").Nodes.Items[0];
        await (owner == "n1" ? n1 : n2).KillAsync();
        await lab.UntilAsync("the other's word", () => one.Ui.Look().Facts!.Moments.Any(m => m.Word == "nodeAssigned" && m.From == owner && m.Subjects.Items.Contains("default/first")));
        // The other speaker may know of the death before the controller does.
        await lab.UntilAsync("the loss", () => one.Ui.Look().Facts!.Moments.Any(m => m.Word == UiHistory.SpeakerLost && m.Node == owner));
        await lab.UntilAsync("the node without a speaker", () => UiViewBuilder.Of("", one.Ui.Look()).View.Nodes.Items.Single(n => n.Name == owner).Standing == UiNodeStanding.NoLiveSpeaker);

        await lab.DeleteServiceAsync("first");
        await UntilAsync(one, s => s.Count == 2 && s.Single(x => x.Name == "third").Standing == UiStanding.Announced);
        await one.StopAsync();
        Assert.Null(one.Ui.Look().Facts);
        await lab.UntilAsync("the other's lead", () => two.Ui.Look() is { Trouble: "", Facts: not null });
        await UntilAsync(two, s => s.Count == 2 && s.All(x => x.Standing == UiStanding.Announced));

        IReadOnlyList<UiService> ServicesOf(LabController controller) => UiViewBuilder.Of("", controller.Ui.Look()).Services;
        Task UntilAsync(LabController controller, Func<IReadOnlyList<UiService>, bool> holds) =>
            lab.UntilAsync(() => controller.Ui.Look().Facts is not null && holds(ServicesOf(controller)), () => string.Join('\n', ServicesOf(controller)));
    }

    /// <summary>An observer sees what stands there, whatever it would write itself.</summary>
    [Fact]
    public async Task What_nobody_has_written_does_not_count_as_held()
    {
        await using LabCluster lab = await LabCluster.StartAsync();
        await lab.ApplyAsync(Objects.Pool("lan", "192.0.2.10-192.0.2.11"), Objects.Advertisement("all"), Objects.Node("n1"), Objects.Service("web"), Objects.Slice("web", "n1"));
        using Kubernetes.KubernetesMetrics metrics = new();
        using HttpClient client = new();
        using Kubernetes.Client.KubernetesApi api = new(client, lab.Server.BaseAddress, null, lab.Clock, metrics);
        ClusterUi cluster = new(api, "lbspeaker-system", ["lbspeaker-system"], null, false, metrics);
        using CancellationTokenSource stop = new();
        Task running = cluster.RunAsync(stop.Token);
        await lab.UntilAsync("the list", () => cluster.Look().Facts is not null);
        UiService web = Web();
        Assert.Equal((UiStanding.Waiting, "Assign"), (web.Standing, web.Reason));

        await lab.PatchServiceAsync("web", """{"status": {"loadBalancer": {"ingress": [{"ip": "192.0.2.11"}]}}}""", status: true);
        await lab.UntilAsync("what was written", () => Web() is { Standing: UiStanding.Waiting, Reason: "AwaitingSpeaker" } held && held.Addresses[0] == "192.0.2.11");
        Assert.DoesNotContain(lab.Journal, s => !s.IsRead);

        lab.Faults.Outage(TimeSpan.FromDays(30));
        await lab.UntilAsync("the silence", () => cluster.Look().Trouble.Contains("does not answer", StringComparison.Ordinal));
        Assert.NotNull(cluster.Look().Facts);
        await stop.CancelAsync();
        await Task.WhenAny(running);

        UiService Web() => UiViewBuilder.Of("", cluster.Look()).Services.Single();
    }
}
