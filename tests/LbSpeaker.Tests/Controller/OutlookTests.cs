using System.Collections.Immutable;
using LbSpeaker.Controller;
using LbSpeaker.Core.Announcement;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Config;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Reports;
using LbSpeaker.Core.Values;
using LbSpeaker.Kubernetes.Resources;
using LbSpeaker.Kubernetes.Watching;
using LbSpeaker.Preview;
using Microsoft.Extensions.Time.Testing;

namespace LbSpeaker.Tests.Controller;

/// <summary>What <c>kubectl describe</c> of a Service says of its owner: since when, who would be next, and which nodes are passed over.</summary>
public sealed class OutlookTests
{
    private const string Head = "layer2 from node n1 since 2026-01-02T03:04:05Z";
    private static readonly DateTimeOffset since = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
    private readonly FakeTimeProvider time = new(since);

    [Theory]
    [InlineData("n1 n2 n3", "n1 n2 n3", "", "; n2 would be next")]
    [InlineData("n1 n2 n3", "n1 n2", "", "; n2 would be next; passed over: n3: NoLiveSpeaker")]
    [InlineData("n1", "n1", "", "; no other node could")]
    [InlineData("n1 n2 n3", "n1", "", "; no other node could; passed over: n2: NoLiveSpeaker; n3: NoLiveSpeaker")]
    [InlineData("n1 n2 n3", "n1 n2 n3", "n1 n2", "; n2 would be next; passed over: n3: NoLocalEndpoints")]
    // Of many nodes what is no matter of the Service is left to NodeState: it would be told anew of each Service when one of them comes or goes.
    [InlineData("n1 n2 n3 n4 n5 n6 n7 x", "n1 n2 n3 n4 n5 n6 n7", "", "; n7 would be next; passed over: x: NoLiveSpeaker")]
    [InlineData("n1 n2 n3 n4 n5 n6 n7 n8 x", "n1 n2 n3 n4 n5 n6 n7 n8", "", "; n7 would be next")]
    [InlineData("n1 n2 n3 n4 n5 n6 n7 n8 n9 na nb x", "n1 n2 n3 n4 n5 n6 n7 n8 n9 na nb", "n1", "; no other node could; passed over: 10 nodes: NoLocalEndpoints")]
    public void It_says_who_would_be_next_and_who_is_passed_over(string nodes, string alive, string local, string outlook)
    {
        ControllerState state = Cluster(nodes.Split(' '), alive, local.Length > 0 ? [Service(0) with { LocalTraffic = true }] : [Service(0)], local.Length > 0 ? local : nodes);

        Assert.Equal(Head + outlook, Message(state.Turn(), 0));
    }

    /// <summary>The two ways in which the requirement is kept say the same of each Service.</summary>
    [Fact]
    public void Describe_and_explain_agree()
    {
        string[] nodes = [.. Enumerable.Range(1, 6).Select(i => $"n{i}")];
        ServiceView[] services = [.. Enumerable.Range(0, 12).Select(i => Service(i) with { LocalTraffic = i % 3 == 0 })];
        ControllerTurn turn = Cluster(nodes, "n1 n2 n3 n4", services, "n1 n2 n5").Turn();
        ClusterPreview preview = ClusterPreview.Of(turn.Snapshot, loadBalancerClass: null, ignoreExcludeLabel: false);
        HashSet<string> heirs = [];
        foreach (ServiceView service in services)
        {
            string described = turn.Services.Single(r => r.Service == service.Key).Announced!.Message;
            string[] explained = new Explanation(Nothing, preview, service).Text().Split('\n');
            string owner = explained.Single(l => l.Contains("  owns since ", StringComparison.Ordinal)).Trim();
            string next = owner[(owner.IndexOf(';', StringComparison.Ordinal) + 2)..];
            string[] silent = [.. explained.Where(l => l.Contains("  silent: ", StringComparison.Ordinal) && !l.Contains(nameof(RefusalReason.NotOwner), StringComparison.Ordinal)).Select(l => l.Trim().Split("  silent: ") is [var node, var why] ? $"{node}: {why.Split(':')[0]}" : l)];
            Assert.Equal($"{Head}; {next}; passed over: {string.Join("; ", silent)}", described);
            heirs.Add(next);
        }
        Assert.True(heirs.Count > 1);
    }

    [Fact]
    public void Of_a_node_that_is_away_for_a_moment_nothing_is_said()
    {
        ControllerState state = Cluster(["n1", "n2", "n3"], "n1 n2 n3", [Service(0)], "n1");
        state.Turn();
        Live(state, "n1 n3");
        Assert.Equal($"{Head}; n2 would be next", Message(state.Turn(), 0));
        time.Advance(TimeSpan.FromSeconds(9));
        Live(state, "n1 n2 n3");
        state.Turn();
        time.Advance(Outlooks.Rest);
        Assert.Empty(state.Turn().Services);
        Assert.Null(state.NextDue);
    }

    [Fact]
    public void A_node_that_is_no_candidate_is_not_called_the_next_for_long()
    {
        ControllerState state = Cluster(["n1", "n2", "n3", "n4"], "n1 n2 n3 n4", [Service(0)], "n1");
        string next = Message(state.Turn(), 0)[(Head.Length + 2)..][..2];
        string left = string.Join(' ', new[] { "n1", "n2", "n3", "n4" }.Where(n => n != next));
        Live(state, left);
        state.Turn();
        // Others that come and go meanwhile give it no more time.
        time.Advance(TimeSpan.FromSeconds(6));
        Live(state, string.Join(' ', left.Split(' ')[..2]));
        state.Turn();
        Assert.Equal(time.GetUtcNow() + TimeSpan.FromSeconds(4), state.NextDue);
        time.Advance(TimeSpan.FromSeconds(4));

        string message = Message(state.Turn(), 0);

        Assert.StartsWith($"{Head}; {left.Split(' ')[1]} would be next; passed over: ", message, StringComparison.Ordinal);
        Assert.Contains($"{next}: NoLiveSpeaker", message, StringComparison.Ordinal);
        Assert.Null(state.NextDue);
    }

    [Fact]
    public void That_others_are_passed_over_is_said_once_it_has_lasted_and_together_with_any_other_news()
    {
        ControllerState state = Cluster(["n1", "n2", "n3"], "n1 n2 n3", [.. Enumerable.Range(0, 9).Select(Service)], "n1");
        ControllerTurn first = state.Turn();
        int other = Enumerable.Range(1, 8).First(i => Message(first, i) == Message(first, 0));
        Assert.Equal($"{Head}; n2 would be next", Message(first, other));
        Live(state, "n1 n2");
        state.Turn();
        time.Advance(TimeSpan.FromSeconds(59));
        state.Apply(new ClusterChange.Upserted(Owned(Service(0), since.AddSeconds(30))));
        Assert.Equal("layer2 from node n1 since 2026-01-02T03:04:35Z; n2 would be next; passed over: n3: NoLiveSpeaker", Message(state.Turn(), 0));
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal($"{Head}; n2 would be next; passed over: n3: NoLiveSpeaker", Message(state.Turn(), other));
    }

    /// <summary>Where others come to own, room becomes scarce elsewhere.</summary>
    [Fact]
    public void What_others_own_makes_another_the_next_one_after_a_while()
    {
        ControllerState state = Cluster(["n1", "n2", "n3"], "n1 n2 n3", [Service(0)], "n1");
        Assert.EndsWith("; n2 would be next", Message(state.Turn(), 0), StringComparison.Ordinal);
        ServiceView[] more = [.. Enumerable.Range(1, 4).Select(i => Service(i) with { Age = new(since.AddYears(-1), 0) })];
        foreach (ServiceView service in more) Set(state, service, "n1", Owned(service, since, "n2"));
        DateTimeOffset until = time.GetUtcNow() + Outlooks.Interval + Outlooks.HeirRest;
        state.Turn();
        while (state.NextDue is { } due && due <= until)
        {
            time.SetUtcNow(due > time.GetUtcNow() ? due : time.GetUtcNow());
            if (state.Turn().Services.FirstOrDefault(r => r.Service == Service(0).Key)?.Announced?.Message.EndsWith("; n3 would be next", StringComparison.Ordinal) is true) return;
        }
        Assert.Fail("n2 has no room and is still called the next one");
    }

    [Fact]
    public void Who_takes_over_the_lead_leaves_what_stands_for_as_long()
    {
        ServiceView service = Service(0);
        ControllerState state = Cluster(["n1", "n2", "n3"], "n1 n2", [service], "n1", $"{Head}; n3 would be next");

        Assert.Equal($"{Head}; n3 would be next", Message(state.Turn(), 0));
        time.Advance(Outlooks.HeirRest);
        Assert.Equal($"{Head}; n2 would be next; passed over: n3: NoLiveSpeaker", Message(state.Turn(), 0));
    }

    /// <summary>A thousand nodes are too many to rank in one turn for all.</summary>
    [Fact]
    public void A_large_cluster_is_learnt_turn_by_turn()
    {
        string[] nodes = [.. Enumerable.Range(1, 1000).Select(i => $"n{i}")];
        ServiceView[] services = [.. Enumerable.Range(0, 40).Select(Service)];
        ControllerState state = Cluster(nodes, string.Join(' ', nodes), services, "n1");
        Assert.Equal(Head, Message(state.Turn(), 0));
        int turns = 0;
        for (; state.NextDue is { } due && due <= time.GetUtcNow(); turns++) Assert.All(state.Turn().Services, r => Assert.Equal(Head, r.Announced!.Message));
        Assert.InRange(turns, 1, 5);
        time.Advance(Outlooks.HeirRest);
        IReadOnlyList<ServiceReport> reports = state.Turn().Services;
        Assert.Equal(services.Length, reports.Count);
        Assert.All(reports, r => Assert.Matches("; n[0-9]+ would be next$", r.Announced!.Message));
    }

    /// <summary>What nodes say besides, which the explanation has from the objects themselves.</summary>
    private static PreviewInput Nothing => PreviewInput.FromDirectory(System.IO.Directory.CreateTempSubdirectory("lbs-").FullName, "lbspeaker-system", ["lbspeaker-system"]);

    private static string Message(ControllerTurn turn, int service) => turn.Services.Single(r => r.Service == Service(service).Key).Announced!.Message;

    private static void Live(ControllerState state, string alive) =>
        state.Apply(new ClusterChange.SpeakersChanged(alive.Split(' ').ToImmutableSortedSet(StringComparer.Ordinal), alive.Split(' ').ToImmutableSortedSet(StringComparer.Ordinal)));

    private ControllerState Cluster(string[] nodes, string alive, ServiceView[] services, string endpoints, string? written = null)
    {
        ControllerState state = new(loadBalancerClass: null, ignoreExcludeLabel: false, time);
        foreach (string node in nodes) state.Apply(new ClusterChange.Upserted(new NodeRecord(new(node), "")));
        Config(new IPAddressPoolDeclaration(new DeclarationMeta("IPAddressPool", new("lbspeaker-system", "lan"))) { Addresses = ["192.0.2.0/24"] }, ClusterKind.IPAddressPool);
        Config(new L2AdvertisementDeclaration(new DeclarationMeta("L2Advertisement", new("lbspeaker-system", "all"))), ClusterKind.L2Advertisement);
        Live(state, alive);
        foreach (ServiceView service in services) Set(state, service, endpoints, Owned(service, since), written);
        return state;

        void Config(ConfigDeclaration declaration, ClusterKind kind) => state.Apply(new ClusterChange.Upserted(new ConfigRecord(kind, declaration, "1", "{}", new(null, [], null))));
    }

    private static void Set(ControllerState state, ServiceView service, string endpoints, Layer2StatusRecord owned, string? written = null)
    {
        ValueArray<ConditionRecord> conditions = written is null ? [] : [new(ConditionTypes.Announced, "True", ConditionReasons.Announced, written, 0, since)];
        state.Apply(new ClusterChange.Upserted(new ServiceRecord(service, "1", conditions, [null])));
        state.Apply(new ClusterChange.Upserted(new EndpointSliceRecord(new(
            new("default", service.Key.Name + "-1"), service.Key.Name, [.. endpoints.Split(' ').Select(n => new EndpointView(n, Serves: true, HasAddress: true))]))));
        state.Apply(new ClusterChange.Upserted(owned));
    }

    private static Layer2StatusRecord Owned(ServiceView service, DateTimeOffset when, string node = "n1") =>
        new(new(new("lbspeaker-system", "l2-" + service.Key.Name), service.Key, node, IsAnnounced: true, [], []) { Addresses = [IpAddress.Parse(service.Ingress[0].Ip!)], Since = when }, "1", "");

    private static ServiceView Service(int number) => new(new("default", $"s{number}"))
    {
        Uid = $"u{number}",
        Age = new(since.AddMinutes(number), 0),
        IsLoadBalancer = true,
        Ports = [new("TCP", 80)],
        Families = [IpFamily.IPv4],
        ClusterIPs = [$"198.51.100.{number + 1}"],
        Ingress = [new($"192.0.2.{number + 10}", null)],
        Annotations = LabelSet.From([new(ServiceAnnotations.Key(ServiceAnnotations.AllocatedFromPool), "lan")]),
    };
}
