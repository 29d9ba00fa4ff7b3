using LbSpeaker.Bfd.Wire;
using LbSpeaker.Tests.Lab;

namespace LbSpeaker.Tests.Speaker;

/// <summary>Whole speakers with sessions that are only imagined, against the embedded API server.</summary>
public sealed class BgpSpeakerTests : IAsyncLifetime
{
    private const string Route = "192.0.2.10/32 150 64500:1";

    private LabCluster lab = null!;

    public async Task InitializeAsync()
    {
        lab = await LabCluster.StartAsync();
        await lab.ApplyAsync(
            Objects.Pool("lan", "192.0.2.10-192.0.2.99"), Objects.Service("web"), Objects.Slice("web", "n1", "n2"), Objects.Node("n1"), Objects.Node("n2"),
            Objects.BgpAdvertisement("all", "{localPref: 150, communities: ['64500:1']}"), Objects.BgpPeer("router", "myASN: 64500, peerASN: 64500, peerAddress: 198.51.100.1"));
        lab.StartController("controller");
    }

    public async Task DisposeAsync() => await lab.DisposeAsync();

    [Fact]
    public async Task Every_node_announces_to_its_router_and_takes_it_back_with_the_Service()
    {
        LabSpeaker one = lab.StartSpeaker("n1"), two = lab.StartSpeaker("n2");
        foreach (LabSpeaker speaker in (LabSpeaker[])[one, two]) await Routes(speaker, Route);
        await lab.DeleteServiceAsync("web");
        foreach (LabSpeaker speaker in (LabSpeaker[])[one, two]) await Routes(speaker);
    }

    /// <summary>Routers that keep its routes over a graceful restart forget what is withdrawn before it, or missing in the first plan after it (RFC 4724 section 4).</summary>
    [Fact]
    public async Task A_speaker_announces_by_BGP_from_its_first_plan_to_its_last_whatever_becomes_of_its_Lease()
    {
        await Routes(lab.StartSpeaker("n2"), Route);
        const string lease = "lbspeaker-speaker-n1";
        // It starts, and its Lease is long in coming.
        lab.Faults.Delay(TimeSpan.FromSeconds(5), new("POST", "leases"));
        LabSpeaker speaker = lab.StartSpeaker("n1");
        await Routes(speaker, Route);
        lab.Faults.Clear();
        await lab.UntilAsync("its Lease", () => lab.Find("coordination.k8s.io", "leases", "lbspeaker-system", lease) is not null);
        // As when it stops: the Lease goes first, and it is still watching.
        for (int i = 0; i < 3; i++)
        {
            await lab.PatchAsync($"apis/coordination.k8s.io/v1/namespaces/lbspeaker-system/leases/{lease}", """{"spec":{"holderIdentity":""}}""");
            await lab.PassAsync(TimeSpan.FromSeconds(2));
        }
        await speaker.StopAsync();
        Assert.Equal([1], speaker.Bgp.Told);
    }

    [Fact]
    public async Task A_session_that_comes_up_and_goes_down_is_told_as_events_of_its_BGPPeer()
    {
        LabSpeaker speaker = lab.StartSpeaker("n1");
        await Routes(speaker, Route);
        speaker.Bgp.Up("router");
        await lab.UntilAsync("the first event", () => lab.EventsOf("router").Contains("Normal SessionUp: the session of node n1 with 198.51.100.1:179 is up"));
        speaker.Bgp.Down("router", "the router refuses the connection");
        await lab.UntilAsync("the second", () => lab.EventsOf("router").Contains("Warning SessionDown: the session of node n1 with 198.51.100.1:179 is down: the router refuses the connection"));
        await lab.UntilAsync("that of the Service", () => lab.EventsOf("web").Contains("Normal nodeAssigned: announcing from node \"n1\" with protocol \"bgp\""));
    }

    [Fact]
    public async Task A_node_in_maintenance_asks_for_another_path_then_withdraws_and_keeps_its_sessions()
    {
        LabSpeaker speaker = lab.StartSpeaker("n1");
        await Routes(speaker, Route);
        DateTimeOffset asked = lab.Clock.GetUtcNow();
        await lab.PatchAsync("api/v1/nodes/n1", """{"metadata":{"annotations":{"lbspeaker.io/maintenance":"20s"}}}""");
        await Routes(speaker, "192.0.2.10/32 0 64500:1 65535:0");
        await Routes(speaker);
        Assert.True(lab.Clock.GetUtcNow() - asked >= TimeSpan.FromSeconds(20), "it withdrew before the time that the annotation names");

        await lab.PatchAsync("api/v1/nodes/n1", """{"metadata":{"annotations":{"lbspeaker.io/maintenance":null}}}""");
        await Routes(speaker, Route);
    }

    [Fact]
    public async Task A_bare_cordon_does_nothing()
    {
        LabSpeaker speaker = lab.StartSpeaker("n1");
        await Routes(speaker, Route);
        await lab.PatchAsync("api/v1/nodes/n1", """{"spec":{"unschedulable":true}}""");
        await lab.PassAsync(TimeSpan.FromSeconds(60));
        Assert.Equal([Route], speaker.Bgp.RoutesOf("router"));
    }

    [Fact]
    public async Task BFD_watches_the_router_where_the_peer_names_a_profile()
    {
        LabSpeaker speaker = lab.StartSpeaker("n1");
        await Routes(speaker, Route);
        Assert.True(speaker.Bfd.Wishes.IsEmpty);
        await lab.ApplyAsync(
            "{apiVersion: metallb.io/v1beta1, kind: BFDProfile, metadata: {name: fast, namespace: lbspeaker-system}, spec: {receiveInterval: 50}}",
            Objects.BgpPeer("router", "myASN: 64500, peerASN: 64500, peerAddress: 198.51.100.1, bfdProfile: fast"));
        await lab.UntilAsync("a wish", () => !speaker.Bfd.Wishes.IsEmpty);
        Assert.Equal(50_000u, speaker.Bfd.Wishes[0].Settings.ReceiveInterval.Microseconds);
        speaker.Bfd.Say(speaker.Bfd.Wishes[0].Key, BfdState.Up);
        await lab.UntilAsync("the session to be told", () => speaker.Bgp.Bfd.SequenceEqual(["+router"]));
    }

    private Task Routes(LabSpeaker speaker, params string[] routes) => lab.UntilAsync(
        () => speaker.Bgp.RoutesOf("router") is { } present && present.SequenceEqual(routes), () => $"{speaker.Name} is to announce {string.Join(", ", routes)}, not {string.Join(", ", speaker.Bgp.RoutesOf("router") ?? ["(no session)"])}");
}
