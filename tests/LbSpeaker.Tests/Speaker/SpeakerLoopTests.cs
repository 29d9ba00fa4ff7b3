using System.Text.Json.Nodes;
using LbSpeaker.Controller;
using LbSpeaker.Lab.Api;
using LbSpeaker.Tests.Lab;

namespace LbSpeaker.Tests.Speaker;

/// <summary>Whole speakers, on a wire that is only imagined, against the embedded API server.</summary>
public sealed class SpeakerLoopTests : IAsyncLifetime
{
    private const string Address = "192.0.2.10", Leases = "apis/coordination.k8s.io/v1/namespaces/lbspeaker-system/leases";

    private LabCluster lab = null!;

    public async Task InitializeAsync()
    {
        lab = await LabCluster.StartAsync();
        await lab.ApplyAsync(
            Objects.Pool("lan", "192.0.2.10-192.0.2.99"), Objects.Advertisement("all"), Objects.Service("web"), Objects.Slice("web", "n1", "n2", "n3"),
            Objects.Node("n1"), Objects.Node("n2"), Objects.Node("n3"));
        lab.StartController("controller");
    }

    public async Task DisposeAsync() => await lab.DisposeAsync();

    private IEnumerable<JsonObject> Statuses => lab.All("metallb.io", "servicel2statuses");

    private string StatusNode => string.Join(" ", Statuses.Select(s => s["status"]?["node"]?.GetValue<string>() ?? "-"));

    [Fact]
    public async Task When_the_owner_is_killed_the_next_one_answers()
    {
        // It comes when the speakers know each other: before that each may take itself for the only one, for a moment, and say so.
        await lab.DeleteServiceAsync("web");
        LabSpeaker[] speakers = await StartAllAsync();
        await lab.ApplyAsync(Objects.Service("web"));
        LabSpeaker owner = await OwnerAsync(speakers);
        await lab.UntilAsync("its event", () => Told().Count() == 1);
        await owner.KillAsync();
        LabSpeaker[] others = [.. speakers.Where(s => s != owner)];
        LabSpeaker next = await OwnerAsync(others);
        await lab.UntilAsync("the status to name it", () => StatusNode == next.Name);
        await lab.UntilConditionAsync("web", "Announced", $"True Announced: layer2 from node {next.Name} since 2");
        string[] told = [$"Normal nodeAssigned: announcing from node \"{owner.Name}\" with protocol \"layer2\"", $"Normal nodeAssigned: announcing from node \"{next.Name}\" with protocol \"layer2\""];
        await lab.UntilAsync("both events", () => Told().SequenceEqual(told));

        IEnumerable<string> Told() => lab.EventsOf("web").Where(e => e.Contains("nodeAssigned", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_speaker_that_stops_gives_its_Lease_back_before_its_answers_end_and_another_takes_over_at_once()
    {
        LabSpeaker[] speakers = await StartThreeAsync();
        LabSpeaker owner = await OwnerAsync(speakers);
        // It hands over what it knows to be recorded as its own.
        await lab.UntilConditionAsync("web", "Announced", "True");
        await lab.QuietAsync(TimeSpan.FromSeconds(1));
        bool answeredAfterwards = false;
        owner.Wire.Decide = sent =>
        {
            if (sent.IsLease && sent.Body.Contains("\"holderIdentity\":\"\"", StringComparison.Ordinal)) answeredAfterwards = owner.Answers.Count > 0;
            return Fate.Pass;
        };
        DateTimeOffset began = lab.Clock.GetUtcNow();
        await owner.StopAsync();
        Assert.True(answeredAfterwards, $"it had stopped answering when it gave its Lease back\n{lab.Log}");
        Assert.Empty(owner.Answers);
        LabSpeaker next = await OwnerAsync([.. speakers.Where(s => s != owner)]);
        Assert.True(lab.Clock.GetUtcNow() - began < TimeSpan.FromSeconds(3), "the others waited for its Lease to run out");
        Assert.Equal("", lab.Find("coordination.k8s.io", "leases", "lbspeaker-system", $"lbspeaker-speaker-{owner.Name}")!["spec"]!["holderIdentity"]!.GetValue<string>());
        await lab.UntilAsync("the status to name the next one", () => StatusNode == next.Name);
    }

    [Fact]
    public async Task A_speaker_that_is_not_recorded_yet_hands_over_all_the_same()
    {
        await lab.DeleteServiceAsync("web");
        LabSpeaker[] speakers = await StartAllAsync();
        lab.Faults.Delay(TimeSpan.FromMinutes(1), new RequestMatch("POST", "servicel2statuses"));
        await lab.ApplyAsync(Objects.Service("web"));
        await lab.UntilAsync("one alone to answer", () => speakers.Count(s => s.Answers.Contains(Address)) == 1);
        LabSpeaker owner = speakers.Single(s => s.Answers.Contains(Address));
        int before = lab.Segment.Deserted.Count;
        await owner.StopAsync();
        await lab.UntilAsync("another one alone to answer", () => speakers.Count(s => s.Answers.Contains(Address)) == 1);
        Assert.True(lab.Segment.Deserted.Count == before, $"nobody answered\n{lab.Log}");
        Assert.Empty(owner.Answers);
    }

    [Fact]
    public async Task Without_an_API_server_for_minutes_everybody_answers_as_before_and_nothing_is_written_afterwards()
    {
        LabSpeaker[] speakers = await StartThreeAsync();
        LabSpeaker owner = await OwnerAsync(speakers);
        await lab.UntilConditionAsync("web", "Announced", "True");
        // What is told of the other nodes follows them slowly, and may be of the time before all three were there.
        await lab.UntilAsync("none to be told of as passed over", () => lab.ConditionOf("web", "Announced") is var said && said.Contains(" would be next", StringComparison.Ordinal) && !said.Contains("passed over", StringComparison.Ordinal));
        int before = await lab.QuietAsync(Outlooks.HeirRest + TimeSpan.FromSeconds(1)), changes = speakers.Sum(s => s.Announcer.Changes);

        lab.Faults.Outage(TimeSpan.FromMinutes(5));
        lab.Clock.Rate = 200;
        await lab.PassAsync(TimeSpan.FromMinutes(4.9));
        // A Lease is not to run out because this machine is busy when the speakers come back to it.
        lab.Clock.Rate = 20;
        await lab.UntilAsync("the outage to end", () => !lab.Faults.InOutage);
        Assert.Equal([Address], owner.Answers);
        await lab.UntilAsync("everybody to watch again", () => lab.Faults.OpenWatches >= 4 * 11);
        await lab.PassAsync(TimeSpan.FromSeconds(10));

        Assert.Equal(changes, speakers.Sum(s => s.Announcer.Changes));
        Assert.Equal([Address], owner.Answers);
        Assert.True(lab.Writes.Count == before, $"written without need: {string.Join("\n", lab.Writes.Skip(before))}");

        // And it is alive: what is new is announced.
        await lab.ApplyAsync(Objects.Service("new"), Objects.Slice("new", "n1", "n2", "n3"));
        await lab.UntilAsync("the new one to be answered for", () => speakers.Count(s => s.Answers.Contains("192.0.2.11")) == 1);
    }

    [Fact]
    public async Task A_node_without_the_wanted_interface_says_so_and_claims_nothing()
    {
        await lab.ApplyAsync(Objects.Advertisement("all", "{interfaces: [eth7]}"));
        LabSpeaker n1 = lab.StartSpeaker("n1");
        const string Why = "none of the interfaces eth7 is there on node n1 to answer ARP";
        await lab.UntilConditionAsync("web", "Announced", $"False NoInterface: node n1 is to announce and does not: {Address}: {Why}");
        Assert.Equal("-", StatusNode);
        await lab.UntilAsync("the event", () => lab.EventsOf("web").Contains($"Warning announceFailed: {Address} is not announced: {Why}"));
        Assert.DoesNotContain(lab.EventsOf("web"), e => e.Contains("nodeAssigned", StringComparison.Ordinal));

        n1.Announcer.SetInterfaces("eth0", "eth7");
        await lab.UntilConditionAsync("web", "Announced", "True Announced: layer2 from node n1");
        Assert.Equal("n1", StatusNode);
        JsonObject status = Statuses.Single();
        Assert.Equal("""[{"name":"eth7"}]""", status["status"]!["interfaces"]!.ToJsonString());
        Assert.Null(status["status"]!["notAnnounced"]);
        await lab.UntilAsync("the event", () => lab.EventsOf("web").Contains("Normal nodeAssigned: announcing from node \"n1\" with protocol \"layer2\""));

        n1.Announcer.SetInterfaces("eth0");
        await lab.UntilConditionAsync("web", "Announced", "False NoInterface");
        await lab.UntilAsync("no node in the status", () => StatusNode == "-");
        Assert.Contains("notAnnounced", lab.Find("metallb.io", "servicel2statuses", "lbspeaker-system", status["metadata"]!["name"]!.GetValue<string>())!.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_restart_tells_nothing_new()
    {
        await lab.ApplyAsync(Objects.Advertisement("all", "{interfaces: [eth7]}"), Objects.Service("other"), Objects.Slice("other", "n1"));
        LabSpeaker n1 = lab.StartSpeaker("n1");
        await lab.UntilConditionAsync("web", "Announced", "False NoInterface");
        n1.Announcer.SetInterfaces("eth7");
        await lab.UntilConditionAsync("web", "Announced", "True");
        await lab.UntilConditionAsync("other", "Announced", "True");
        // Longer than the counters of a pool wait for each other.
        int before = await lab.QuietAsync(TimeSpan.FromSeconds(7));
        await n1.KillAsync();

        LabSpeaker again = lab.StartSpeaker("n1", interfaces: ["eth7"]);
        await lab.UntilAsync("it to answer", () => again.Answers.Count == 2);
        await lab.PassAsync(TimeSpan.FromSeconds(5));
        Assert.True(lab.Writes.Count == before, $"written: {string.Join("\n", lab.Writes.Skip(before))}");
    }

    [Fact]
    public async Task It_is_ready_when_the_cluster_is_known_and_an_interface_is_open()
    {
        await lab.UntilAsync("the controller to have listed", () => lab.Faults.OpenWatches >= LabCluster.WatchesOfController);
        lab.Faults.Delay(TimeSpan.FromSeconds(5), new RequestMatch("GET", "services", Watch: false), count: 1);
        lab.Clock.Rate = 0;
        LabSpeaker n1 = lab.StartSpeaker("n1", interfaces: []);
        await lab.UntilAsync("it to be about to list", () => n1.Work.NotReady == "the cluster has not been listed yet" && lab.Journal.Any(s => s is { Client: "n1", Resource: "services" }));
        lab.Clock.Rate = 5;
        await lab.UntilAsync("it to lack an interface", () => n1.Work.NotReady == "no interface is open for ARP or NDP");
        n1.Announcer.SetInterfaces("eth0");
        await lab.UntilAsync("it to be ready", () => n1.Work.NotReady is null);
    }

    [Fact]
    public async Task What_it_writes_goes_with_its_Pod()
    {
        await lab.ApplyAsync(Objects.Pod("speaker-n1"));
        LabSpeaker n1 = lab.StartSpeaker("n1", pod: "speaker-n1");
        await lab.UntilConditionAsync("web", "Announced", "True");
        await lab.UntilAsync("its verdict", () => lab.Find("metallb.io", "configurationstates", "lbspeaker-system", "speaker-n1") is not null);
        string pod = lab.Find("", "pods", "lbspeaker-system", "speaker-n1")!["metadata"]!["uid"]!.GetValue<string>();
        Assert.Equal(pod, Statuses.Single()["metadata"]!["ownerReferences"]![0]!["uid"]!.GetValue<string>());
        Assert.Equal(pod, lab.Find("metallb.io", "configurationstates", "lbspeaker-system", "speaker-n1")!["metadata"]!["ownerReferences"]![0]!["uid"]!.GetValue<string>());

        // A new Pod on the node takes the objects over before the old one takes them along.
        await n1.KillAsync();
        await lab.ApplyAsync(Objects.Pod("speaker-n1-b"));
        lab.StartSpeaker("n1", pod: "speaker-n1-b");
        string next = lab.Find("", "pods", "lbspeaker-system", "speaker-n1-b")!["metadata"]!["uid"]!.GetValue<string>();
        await lab.UntilAsync("the status to change hands", () => Statuses.Single()["metadata"]!["ownerReferences"]![0]!["uid"]!.GetValue<string>() == next);
        await lab.UntilAsync("the verdict to change hands", () =>
            lab.Find("metallb.io", "configurationstates", "lbspeaker-system", "speaker-n1")!["metadata"]!["ownerReferences"]![0]!["uid"]!.GetValue<string>() == next);
        await lab.DeleteAsync("api/v1/namespaces/lbspeaker-system/pods/speaker-n1");
        await lab.PassAsync(TimeSpan.FromSeconds(2));
        Assert.Equal("n1", StatusNode);
    }

    [Theory]
    [InlineData(403)]
    [InlineData(404)]
    public async Task Without_a_Pod_that_it_may_read_it_goes_on_and_says_so_once(int code)
    {
        lab.Faults.FailNext(int.MaxValue, code, new RequestMatch("GET", "pods"));
        lab.StartSpeaker("n1", pod: "speaker-n1");
        await lab.UntilConditionAsync("web", "Announced", "True");
        Assert.Null(Statuses.Single()["metadata"]!["ownerReferences"]);
        Assert.Single(lab.Log.Lines, l => l.Contains("the own Pod lbspeaker-system/speaker-n1 cannot be read", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_Pod_that_cannot_be_read_for_now_delays_statuses_and_no_answer()
    {
        lab.Faults.FailNext(5, 500, new RequestMatch("GET", "pods"));
        await lab.ApplyAsync(Objects.Pod("speaker-n1"));
        LabSpeaker n1 = lab.StartSpeaker("n1", pod: "speaker-n1");
        await lab.UntilAsync("it to answer", () => n1.Answers.Count == 1);
        await lab.UntilAsync("a status with its owner", () => Statuses.SingleOrDefault()?["metadata"]!["ownerReferences"] is not null);
    }

    [Fact]
    public async Task Statuses_of_others_and_strays_are_cleared_edits_are_reverted_and_all_go_with_the_Service()
    {
        lab.Force("metallb.io", "servicel2statuses", """
            {"apiVersion":"metallb.io/v1beta1","kind":"ServiceL2Status","metadata":{"name":"l2-stray","namespace":"lbspeaker-system","uid":"u1"},"spec":{},
             "status":{"node":"n9","serviceName":"web","serviceNamespace":"default","interfaces":[]}}
            """);
        lab.Force("metallb.io", "servicel2statuses", """
            {"apiVersion":"metallb.io/v1beta1","kind":"ServiceL2Status","metadata":{"name":"l2-of-nothing","namespace":"lbspeaker-system","uid":"u2"},"spec":{},
             "status":{"node":"n9","serviceName":"gone","serviceNamespace":"default","interfaces":[]}}
            """);
        lab.StartSpeaker("n1");
        await lab.UntilConditionAsync("web", "Announced", "True");
        await lab.UntilAsync("one status, its own", () => StatusNode == "n1");
        string name = Statuses.Single()["metadata"]!["name"]!.GetValue<string>(), path = $"apis/metallb.io/v1beta1/namespaces/lbspeaker-system/servicel2statuses/{name}";

        string before = Statuses.Single()["status"]!.ToJsonString();
        Assert.StartsWith("""{"node":"n1","serviceName":"web","serviceNamespace":"default","interfaces":[],"addresses":["192.0.2.10"],"since":"2""", before, StringComparison.Ordinal);
        foreach (string edit in (string[])["""{"node":"n9"}""", """{"addresses":["192.0.2.99"]}""", """{"interfaces":[{"name":"eth5"}]}""", """{"notAnnounced":[{"address":"192.0.2.10","node":"n1","reason":"Because"}]}"""])
        {
            await lab.PatchAsync(path + "/status", $$"""{"status":{{edit}}}""");
            await lab.UntilAsync($"{edit} to be reverted", () => Statuses.Single()["status"]!.ToJsonString() == before);
        }
        await lab.DeleteAsync(path);
        await lab.UntilAsync("it to be written again", () => StatusNode == "n1");
        await lab.UntilConditionAsync("web", "Announced", "True");

        await lab.DeleteServiceAsync("web");
        await lab.UntilAsync("no status", () => !Statuses.Any());
    }

    [Fact]
    public async Task The_status_of_a_dead_node_goes_with_its_Service()
    {
        LabSpeaker[] speakers = await StartThreeAsync();
        LabSpeaker owner = await OwnerAsync(speakers);
        await lab.UntilAsync("its status", () => StatusNode == owner.Name);
        // Nobody else may take over, and then the owner dies and the Service goes.
        await lab.ApplyAsync(Objects.Advertisement("all", $"{{nodeSelectors: [{{matchLabels: {{kubernetes.io/hostname: {owner.Name}}} }}]}}"));
        await lab.PassAsync(TimeSpan.FromSeconds(1));
        await owner.KillAsync();
        await lab.DeleteServiceAsync("web");
        await lab.UntilAsync("no status", () => !Statuses.Any());
    }

    [Fact]
    public async Task Each_component_says_what_it_thinks_of_the_configuration()
    {
        await lab.ApplyAsync(Objects.Pool("late", "\"2001:db8::9-2001:db8::1\""));
        lab.StartSpeaker("n1");
        foreach ((string name, string type) in ((string, string)[])[("controller", "poolReconcilerValid"), ("speaker-n1", "configReconcilerValid")])
        {
            await lab.UntilAsync($"{name} to find it invalid", () => State(name)?["status"]?["result"]?.GetValue<string>() == "Invalid");
            Assert.StartsWith("False ConfigurationError: configuration error: IPAddressPool lbspeaker-system/late: addresses:", LabCluster.Condition(State(name)!, type), StringComparison.Ordinal);
        }
        Assert.Equal("""{"metallb.io/component-type":"speaker","metallb.io/node-name":"n1"}""", State("speaker-n1")!["metadata"]!["labels"]!.ToJsonString());
        await lab.PatchAsync("apis/metallb.io/v1beta1/namespaces/lbspeaker-system/configurationstates/speaker-n1/status", """{"status":{"result":"Valid"}}""");
        await lab.UntilAsync("the edit to be reverted", () => State("speaker-n1")!["status"]!["result"]!.GetValue<string>() == "Invalid");
        await lab.ApplyAsync(Objects.Pool("late", "\"2001:db8::1-2001:db8::9\""));
        foreach (string name in (string[])["controller", "speaker-n1"])
            await lab.UntilAsync($"{name} to find it valid", () => State(name)!["status"]!["result"]!.GetValue<string>() == "Valid");

        JsonObject? State(string name) => lab.Find("metallb.io", "configurationstates", "lbspeaker-system", name);
    }

    [Fact]
    public async Task A_speaker_whose_renewals_are_refused_while_it_still_watches_stops_when_the_others_take_over()
    {
        LabSpeaker[] speakers = await StartThreeAsync();
        LabSpeaker owner = await OwnerAsync(speakers);
        lab.Faults.FailNext(int.MaxValue, 403, new RequestMatch("PATCH", "leases", Name: $"lbspeaker-speaker-{owner.Name}"));
        await lab.UntilAsync("another one alone to answer", () => owner.Answers.Count == 0 && speakers.Count(s => s.Answers.Count == 1) == 1);
        lab.Faults.Clear();
        LabSpeaker next = speakers.Single(s => s.Answers.Count == 1);
        // Who owns now goes on owning.
        for (int i = 0; i < 10; i++)
        {
            await lab.PassAsync(TimeSpan.FromSeconds(1));
            Assert.Equal([next], speakers.Where(s => s.Answers.Count == 1));
        }
    }

    [Fact]
    public async Task Through_random_losses_of_Leases_no_address_ever_stays_with_two()
    {
        LabSpeaker[] speakers = await StartThreeAsync();
        for (int i = 0; i < 20; i++) await lab.ApplyAsync(Objects.Service($"s{i}"), Objects.Slice($"s{i}", "n1", "n2", "n3"));
        OwnershipOracle oracle = new(lab, speakers);
        Random random = new(7);
        for (int round = 0; round < 25; round++)
        {
            string lease = $"lbspeaker-speaker-n{random.Next(3) + 1}";
            int what = lab.Find("coordination.k8s.io", "leases", "lbspeaker-system", lease) is null ? 2 : random.Next(3);
            if (what == 0) await lab.DeleteAsync($"{Leases}/{lease}");
            else if (what == 1)
            {
                // What is left of an earlier failure would meet this patch.
                lab.Faults.Clear();
                await lab.PatchAsync($"{Leases}/{lease}", """{"spec":{"holderIdentity":""}}""");
            }
            else lab.Faults.FailNext(8, 500, new RequestMatch("PATCH", "leases", Name: lease));
            await lab.PassAsync(TimeSpan.FromSeconds(random.NextDouble() * 3));
        }
        lab.Faults.Clear();
        await lab.UntilAsync("every address to have one owner", () => speakers.SelectMany(s => s.Answers).Count() == 21 && speakers.SelectMany(s => s.Answers).Distinct().Count() == 21);
        Assert.True(oracle.Samples > 1000, $"{oracle.Samples} samples");
        Assert.True(oracle.LongestOverlap < TimeSpan.FromSeconds(1), $"{oracle.Worst} had two owners for {oracle.LongestOverlap}\n{lab.Log}");
    }

    private async Task<LabSpeaker[]> StartThreeAsync()
    {
        LabSpeaker[] speakers = await StartAllAsync();
        await lab.UntilAddressesAsync("web", Address);
        return speakers;
    }

    /// <summary>Three speakers that are ready and know each other.</summary>
    private async Task<LabSpeaker[]> StartAllAsync()
    {
        LabSpeaker[] speakers = [lab.StartSpeaker("n1"), lab.StartSpeaker("n2"), lab.StartSpeaker("n3")];
        await lab.UntilAsync("all to be ready", () => speakers.All(s => s.Work.NotReady is null));
        await lab.UntilAsync("all to know each other", () => speakers.All(s => lab.Log.Lines.Any(l => l.EndsWith($" {s.Name}: Info live speakers: n1, n2, n3", StringComparison.Ordinal))));
        return speakers;
    }

    private async Task<LabSpeaker> OwnerAsync(LabSpeaker[] speakers)
    {
        await lab.UntilAsync("one alone to answer", () => speakers.Count(s => s.Answers.Contains(Address)) == 1);
        await lab.UntilAsync("that to be known", () => speakers.Any(s => s.Answers.Contains(Address) && StatusNode == s.Name));
        return speakers.Single(s => s.Answers.Contains(Address));
    }
}
