using CsCheck;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Config;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Reports;
using LbSpeaker.Core.Values;
using LbSpeaker.Kubernetes.Resources;
using LbSpeaker.Kubernetes.Watching;
using LbSpeaker.Layer2;
using LbSpeaker.Observability;
using LbSpeaker.Speaker;
using LbSpeaker.Testing.Observability;

namespace LbSpeaker.Tests.Speaker;

/// <summary>A speaker keeps up what changes step by step; it comes to the same as one that is started now.</summary>
public sealed class SpeakerLaws
{
    private static readonly string[] Nodes = ["n1", "n2", "n3"], Links = ["eth2", "eth0", "eth1"];

    private static readonly Gen<(int What, int Which, int How)[]> History = Gen.Select(Gen.Int[0, 9], Gen.Int[0, 4], Gen.Int[0, 7]).Array[1, 60];

    [Fact]
    public void Step_by_step_it_says_what_one_says_that_starts_now() => History.Sample(history =>
    {
        using SpeakerMetrics metrics = new("n1");
        SpeakerState state = new("n1", loadBalancerClass: null, ignoreExcludeLabel: false);
        World world = new();
        foreach (ClusterChange change in world.Begin()) state.Apply(change);
        state.Apply(world.Wire);
        Dictionary<ObjectKey, Layer2ServiceReport> said = [];
        Turn();
        foreach ((int what, int which, int how) in history)
        {
            if (world.Change(what, which, how) is { } change) state.Apply(change);
            else state.Apply(world.Wire);
            // Some turns take several changes at once.
            if (how != 7) Turn();
        }
        Turn();

        SpeakerTurn At(DateTimeOffset now)
        {
            SpeakerTurn turn = state.Turn(now);
            metrics.Set(turn, TimeSpan.Zero);
            foreach ((ObjectKey service, Layer2ServiceReport? report) in turn.Reports ?? new Dictionary<ObjectKey, Layer2ServiceReport?>())
                if (report is null) said.Remove(service); else said[service] = report;
            return turn;
        }

        void Turn()
        {
            SpeakerTurn turn = At(default);

            using SpeakerMetrics afresh = new("n1");
            SpeakerState newborn = new("n1", loadBalancerClass: null, ignoreExcludeLabel: false);
            foreach (ClusterChange present in world.Present()) newborn.Apply(present);
            newborn.Apply(world.Wire);
            SpeakerTurn first = newborn.Turn(default);
            afresh.Set(first, TimeSpan.Zero);
            Assert.Equal(first.Reports!.Where(r => r.Value is not null).OrderBy(r => r.Key), said.Select(r => KeyValuePair.Create(r.Key, (Layer2ServiceReport?)r.Value)).OrderBy(r => r.Key));
            // What was seen to be written by one that is taken for dead is left alone for a while.
            Assert.Subset(first.Orphaned.ToHashSet(), turn.Orphaned.ToHashSet());
            Assert.Equal(first.Orphaned.Order(), At(DateTimeOffset.MinValue + TimeSpan.FromSeconds(30)).Orphaned.Order());
            Assert.Equal(first.Plan.Layer2, turn.Plan.Layer2);
            Assert.Equal(States(afresh), States(metrics));
        }
    }, iter: 300, threads: 1);

    /// <summary>What has happened is counted by whoever was there.</summary>
    private static IEnumerable<KeyValuePair<string, long>> States(SpeakerMetrics metrics) =>
        RecordedMetrics.Read(metrics.Meter).Where(s => !s.Key.StartsWith("lbspeaker_speaker_takeovers_total", StringComparison.Ordinal)).Order(Samples);

    private static Comparer<KeyValuePair<string, long>> Samples { get; } = Comparer<KeyValuePair<string, long>>.Create((a, b) => string.CompareOrdinal(a.Key, b.Key));

    /// <summary>A small cluster in which everything meets: five Services on three addresses, statuses of nodes that are there and of one that is gone.</summary>
    private sealed class World
    {
        private readonly SortedDictionary<ObjectKey, ClusterRecord> services = [], slices = [], statuses = [];
        private string[] live = Nodes;

        public Layer2Report Wire { get; private set; } = Interfaces("eth0");

        public IEnumerable<ClusterChange> Begin() =>
        [
            .. Nodes.Select(n => new ClusterChange.Upserted(new NodeRecord(new NodeView(n), ""))),
            new ClusterChange.Upserted(new NamespaceRecord(new("default", LabelSet.Empty))),
            new ClusterChange.Upserted(Config(ClusterKind.IPAddressPool, new IPAddressPoolDeclaration(Meta("IPAddressPool")) { Addresses = ["192.0.2.0/24"] })),
            new ClusterChange.Upserted(Config(ClusterKind.L2Advertisement, new L2AdvertisementDeclaration(Meta("L2Advertisement")) { Interfaces = ["eth0", "eth1"] })),
            new ClusterChange.SpeakersChanged([.. live], [.. live]),
        ];

        public IEnumerable<ClusterChange> Present() => [.. Begin(), .. services.Values.Concat(slices.Values).Concat(statuses.Values).Select(r => new ClusterChange.Upserted(r))];

        /// <returns>Null where the interfaces are what changes.</returns>
        public ClusterChange? Change(int what, int which, int how)
        {
            ObjectKey service = Service(which);
            switch (what)
            {
                case 0 or 1:
                    return Put(services, new ServiceRecord(
                        new ServiceView(service) { Uid = $"u{which}", IsLoadBalancer = true, Ingress = [new($"192.0.2.{how % 3}", null)], Annotations = Pool }, "1", [], [null]));
                case 2:
                    return Take(services, ClusterKind.Service, service);
                case 3 or 4:
                    return Put(slices, new EndpointSliceRecord(new(service, service.Name, [new(Nodes[how % 3], true, true)])));
                case 5:
                    return Take(slices, ClusterKind.EndpointSlice, service);
                case 6 or 7:
                    // Of the same object the Service may change.
                    return Put(statuses, new Layer2StatusRecord(new(new("lbspeaker-system", $"l2-{how % 4}"), service, how < 4 ? "gone" : Nodes[which % 3], true, [], []), "1", ""));
                case 8:
                    return Take(statuses, ClusterKind.ServiceL2Status, new("lbspeaker-system", $"l2-{which % 4}"));
                default:
                    if (which < 2)
                    {
                        Wire = Interfaces([.. Links.Take(how % 4)]);
                        return null;
                    }
                    live = [.. Nodes.Where((_, i) => (how & 1 << i) != 0)];
                    return new ClusterChange.SpeakersChanged([.. live], [.. live]);
            }
        }

        private static LabelSet Pool { get; } = LabelSet.From([new(ServiceAnnotations.Key(ServiceAnnotations.AllocatedFromPool), "p")]);

        private static ObjectKey Service(int which) => new("default", $"s{which}");

        private static DeclarationMeta Meta(string kind) => new(kind, new("lbspeaker-system", "p")) { Age = new(DateTimeOffset.UnixEpoch, 0) };

        private static ConfigRecord Config(ClusterKind kind, ConfigDeclaration declaration) => new(kind, declaration, "1", "{}", new(null, [], null));

        private static Layer2Report Interfaces(params string[] names) =>
            new(names.Select((name, i) => new InterfaceReport(name, i + 2, default(MacAddress), AnswersArp: true, AnswersNdp: true, Fault: null)).ToValueArray(), []) { Claimed = Enumerable.Range(0, 3).Select(i => IpAddress.Parse($"192.0.2.{i}")).ToValueArray() };

        private static ClusterChange.Upserted Put(SortedDictionary<ObjectKey, ClusterRecord> records, ClusterRecord record)
        {
            records[record.Key] = record;
            return new(record);
        }

        private static ClusterChange.Removed Take(SortedDictionary<ObjectKey, ClusterRecord> records, ClusterKind kind, ObjectKey key)
        {
            records.Remove(key);
            return new(kind, key);
        }
    }
}
