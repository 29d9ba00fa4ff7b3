using System.Collections.Concurrent;
using System.Threading.Channels;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Kubernetes.Resources;
using LbSpeaker.Kubernetes.Tests.Fakes;
using LbSpeaker.Kubernetes.Watching;
using Microsoft.Extensions.Logging.Abstractions;

namespace LbSpeaker.Kubernetes.Tests.Watching;

public sealed class ClusterFeedTests
{
    /// <summary>What is announced never waits for a watch that rests.</summary>
    [Fact]
    public void Nothing_is_taken_late_but_Leases() =>
        Assert.Equal([ClusterKind.SpeakerLease], FeedScope.Speaker("lbspeaker-system", ["lbspeaker-system"], "n1").Targets().Where(t => t.Rest > TimeSpan.Zero).Select(t => t.Kind));

    [Fact]
    public async Task Ready_comes_once_after_every_kind_has_been_listed_and_the_live_speakers_are_told_before()
    {
        using ScriptedServer server = new();
        ConcurrentBag<string> listed = [];
        server.Always = request =>
        {
            if (request.IsWatch) return new ScriptedWatch().Response();
            listed.Add(request.Path);
            return request.Path.Split('/')[^1] switch
            {
                "leases" => ScriptedServer.List("9", "",
                    """{"metadata":{"name":"lbspeaker-speaker-n1","namespace":"lbspeaker-system","labels":{"lbspeaker.io/node":"n1"}},"spec":{"holderIdentity":"n1","leaseDurationSeconds":3,"renewTime":"2026-01-01T00:00:00.000000Z"}}"""),
                "services" => ScriptedServer.List("9", "", """{"metadata":{"name":"web","namespace":"shop"},"spec":{"type":"LoadBalancer"}}"""),
                "endpointslices" => ScriptedServer.List("9", "", """{"metadata":{"name":"web-1","namespace":"shop","labels":{"kubernetes.io/service-name":"web"}},"endpoints":[{"nodeName":"n1","addresses":["10.0.0.1"]}]}"""),
                "nodes" => ScriptedServer.List("9", "", """{"metadata":{"name":"n1"}}"""),
                "ipaddresspools" when request.Path.Contains("metallb-system", StringComparison.Ordinal) =>
                    ScriptedServer.List("9", "", """{"metadata":{"name":"lan","namespace":"metallb-system"},"spec":{"addresses":["192.0.2.0/28"]}}"""),
                _ => ScriptedServer.List("9", ""),
            };
        };
        Channel<ClusterChange> mailbox = Channel.CreateUnbounded<ClusterChange>();
        using CancellationTokenSource stop = new();
        FeedScope scope = FeedScope.Controller("lbspeaker-system", ["lbspeaker-system", "metallb-system"]);
        ClusterFeed feed = new(server.NewApi(new ObservedTime()), scope, mailbox.Writer, new(), NullLogger<ClusterFeed>.Instance);
        Task running = feed.RunAsync(stop.Token);

        ClusterSnapshotBuilder builder = new();
        List<ClusterChange> before = [];
        while (true)
        {
            ClusterChange change = await mailbox.Reader.ReadAsync().AsTask().WaitAsync(Patience.Limit);
            if (change is ClusterChange.Ready) break;
            before.Add(change);
            builder.Apply(change);
        }
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);

        Assert.False(mailbox.Reader.TryRead(out _));
        Assert.Equal(scope.Targets().Select(t => t.Path).Order(StringComparer.Ordinal), listed.Order(StringComparer.Ordinal));
        Assert.Contains("apis/metallb.io/v1beta1/namespaces/lbspeaker-system/ipaddresspools", listed);
        Assert.Single(before.OfType<ClusterChange.SpeakersChanged>());
        ClusterSnapshot snapshot = builder.Publish();
        Assert.Equal(["n1"], snapshot.LiveSpeakers!);
        Assert.Equal(["n1"], snapshot.EndpointsOf(new("shop", "web")).ServingNodes);
        Assert.Equal(["lan"], snapshot.Config.Pools.Keys.Select(k => k.Name));
        Assert.Equal(["n1"], snapshot.Nodes.Keys);
    }
}
