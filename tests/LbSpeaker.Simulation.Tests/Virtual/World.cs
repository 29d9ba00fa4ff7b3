using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Config;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Values;
using LbSpeaker.Heartbeat;
using LbSpeaker.Kubernetes.Resources;
using LbSpeaker.Simulation.Tests.Ownership;
using LbSpeaker.Testing.Heartbeats;

namespace LbSpeaker.Simulation.Tests.Virtual;

/// <summary>A cluster on one thread and one virtual clock. One seed gives one run.</summary>
internal sealed class World
{
    public const string OwnNamespace = "lbspeaker-system";

    public const string PreferredLabel = "preferred";

    private readonly SortedDictionary<string, VirtualSpeaker> speakers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TimeSpan> skews = [];
    private readonly HashSet<string> labelled = [];
    private readonly List<string>? trace;
    private bool prefers;
    private VirtualController? controller;

    /// <param name="count">Nodes at most, those that join later among them.</param>
    /// <param name="traces">The log is kept.</param>
    public World(int seed, int count, bool traces)
    {
        Random = new Random(seed);
        trace = traces ? [] : null;
        Heartbeats = new(Random.Next(), count, Random.Next(2) == 0 ? NetworkQuality.Good : NetworkQuality.Lossy, isSettled: false)
        {
            Reported = node => speakers.GetValueOrDefault(node.Name)?.Heard(),
            Judged = (node, subject, _, now) => Trace($"   {node.Name} hears {subject}: {now.State}"),
        };
        Begin = Heartbeats.Now;
        Network = new(this);
        Api = new(this);
        Watcher = new(this);
        Names = [.. Heartbeats.Nodes.Select(n => n.Name)];
        foreach (string name in Names) skews[name] = TimeSpan.FromHours(Random.Next(-30, 30)) + TimeSpan.FromSeconds(Random.NextDouble() * 100);
        Api.Put(ClusterKind.Namespace, new NamespaceRecord(new("default", LabelSet.Empty)));
        Api.Put(ClusterKind.Secret, new SecretRecord(new(new(OwnNamespace, ApiNames.HeartbeatSecret), new SecretText("a secret of the whole cluster"))));
        Api.Put(ClusterKind.IPAddressPool, Config(ClusterKind.IPAddressPool, new IPAddressPoolDeclaration(Meta("IPAddressPool")) { Addresses = ["192.0.2.0/28", "2001:db8::/124"] }));
        SetAdvertisement(prefers: false);
    }

    public Random Random { get; }

    public VirtualCluster Heartbeats { get; }

    public Network Network { get; }

    public VirtualApi Api { get; }

    public Watcher Watcher { get; }

    /// <summary>Every node, whether it has joined or not.</summary>
    public IReadOnlyList<string> Names { get; }

    public TimeSpan Begin { get; }

    public TimeSpan Now => Heartbeats.Now;

    /// <summary>Those that run, frozen or not, by name.</summary>
    public VirtualSpeaker[] Speakers { get; private set; } = [];

    public long FramesSent { get; set; }

    public long Turns { get; set; }

    public IEnumerable<string> Log => trace ?? [];

    public static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(seconds);

    /// <summary>In milliseconds.</summary>
    public TimeSpan Between(double least, double most) => TimeSpan.FromMilliseconds(least + Random.NextDouble() * (most - least));

    public void At(TimeSpan due, Action action) => Heartbeats.At(due, action);

    public void Run(TimeSpan time) => Heartbeats.Run(time);

    public void Trace(string what) => trace?.Add($"{(Now - Begin).TotalSeconds,9:0.0000} {what}");

    public void Trace(System.Runtime.CompilerServices.DefaultInterpolatedStringHandler what)
    {
        if (trace is not null) Trace(what.ToStringAndClear());
    }

    public VirtualSpeaker? Find(string node) => speakers.GetValueOrDefault(node);

    /// <summary>The advertisement prefers it to some.</summary>
    public bool IsPreferred(string node) => prefers && labelled.Contains(node);

    public void Join(string node, bool isPreferred = false)
    {
        Trace($"== {node} joins");
        int number = Names.ToList().IndexOf(node) + 1;
        if (isPreferred) labelled.Add(node);
        Api.Put(ClusterKind.Node, new NodeRecord(new NodeView(node)
        {
            InternalAddresses = [Heartbeats[node].Plan.Address ?? IpAddress.FromIPv4(0xC6120000 + (uint)number)],
            Labels = isPreferred ? LabelSet.From([new(PreferredLabel, "yes")]) : LabelSet.Empty,
        }, node));
        Start(node);
    }

    public void Start(string node)
    {
        if (speakers.ContainsKey(node)) return;
        Trace($"== {node} starts");
        speakers[node] = new(this, node, Names.ToList().IndexOf(node) + 1, skews[node]);
        Speakers = [.. speakers.Values];
    }

    public void Kill(string node, string how = "crashes")
    {
        if (!speakers.Remove(node, out VirtualSpeaker? speaker)) return;
        Trace($"== {node} {how}");
        Speakers = [.. speakers.Values];
        speaker.Kill();
        Watcher.Look(speaker);
    }

    /// <summary>It has stopped by itself.</summary>
    public void Ended(VirtualSpeaker speaker)
    {
        if (speakers.GetValueOrDefault(speaker.Node) == speaker) Kill(speaker.Node, "has stopped");
    }

    public void Freeze(string node)
    {
        if (Find(node) is not { IsFrozen: false } speaker) return;
        Trace($"== {node} stands still");
        speaker.Freeze();
        Watcher.Look(speaker);
    }

    public void Thaw(string node)
    {
        if (Find(node) is not { IsFrozen: true } speaker) return;
        Trace($"== {node} goes on");
        speaker.Thaw();
        Watcher.Look(speaker);
    }

    public void Leave(string node)
    {
        if (Find(node) is not { IsFrozen: false, IsLeaving: false } speaker) return;
        Trace($"== {node} is told to stop");
        speaker.Leave();
    }

    public void StartController()
    {
        controller?.Kill();
        Trace("== the controller starts");
        controller = new(this);
    }

    public void SetApi(bool isUp)
    {
        if (Network.IsApiUp == isUp) return;
        Trace($"== the API server is {(isUp ? "there" : "gone")}");
        Network.IsApiUp = isUp;
        if (isUp) Api.Resume(null);
    }

    public void SetApi(string node, bool reachable)
    {
        Trace($"== {node} {(reachable ? "reaches" : "does not reach")} the API server");
        Network.SetApi(node, reachable);
        if (reachable) Api.Resume(node);
    }

    /// <param name="isSeen">The kernel of the node tells that the carrier is gone; else frames are lost on a switch behind it.</param>
    public void SetSegment(string node, bool there, bool isSeen)
    {
        Trace($"== {node} is {(there ? "on" : "off")} the segment{(isSeen ? ", and sees that" : "")}");
        Network.SetSegment(node, there);
        if (isSeen && Find(node) is { } speaker) speaker.SetCarrier(there);
        if (Find(node) is { } other) Watcher.Look(other);
    }

    public void CutFrames(string from, string to)
    {
        Trace($"== no frame from {from} to {to}");
        Network.CutFrames(from, to);
    }

    public void CutHeartbeats(string one, string other, bool bothWays)
    {
        Trace($"== no heartbeat from {one} to {other}{(bothWays ? " and back" : "")}");
        if (bothWays) Heartbeats.Cut(one, other); else Heartbeats.CutOneWay(one, other);
    }

    public void Mend(string one, string other)
    {
        Trace($"== {one} and {other} hear each other");
        Heartbeats.Mend(one, other);
        Network.MendFrames(one, other);
        Network.MendFrames(other, one);
    }

    public static ObjectKey ServiceKey(int number) => new("default", $"s{number}");

    /// <param name="endpoints">Nodes with an endpoint where only those serve; null where every node serves.</param>
    public void SetService(int number, bool isDual, IReadOnlyCollection<string>? endpoints)
    {
        ObjectKey key = ServiceKey(number);
        Trace($"== {key}{(endpoints is null ? "" : " with endpoints on " + string.Join(" ", endpoints))}");
        if (Api.Find<ServiceRecord>(ClusterKind.Service, key) is null)
            Api.Put(ClusterKind.Service, new ServiceRecord(new ServiceView(key)
            {
                Uid = Api.NextVersion(),
                Age = new(DateTimeOffset.UnixEpoch + Now, 0),
                IsLoadBalancer = true,
                LocalTraffic = endpoints is not null,
                FamilyPolicy = isDual ? IpFamilyPolicy.RequireDualStack : IpFamilyPolicy.SingleStack,
                Families = isDual ? [IpFamily.IPv4, IpFamily.IPv6] : [IpFamily.IPv4],
                ClusterIPs = isDual ? ["198.51.100.1", "2001:db8:1::1"] : ["198.51.100.1"],
                Ports = [new("TCP", 80)],
            }, Api.NextVersion(), [], []));
        Api.Put(ClusterKind.EndpointSlice, new EndpointSliceRecord(new(key, key.Name, (endpoints ?? [Names[0]]).Select(n => new EndpointView(n, true, true)).ToValueArray())));
    }

    public void RemoveService(int number)
    {
        Trace($"== {ServiceKey(number)} is removed");
        Api.Remove(ClusterKind.Service, ServiceKey(number));
        Api.Remove(ClusterKind.EndpointSlice, ServiceKey(number));
    }

    public void Move(int number, string to)
    {
        if (Api.Find<ServiceRecord>(ClusterKind.Service, ServiceKey(number)) is not { } record) return;
        Trace($"== {ServiceKey(number)} is to move to {to}");
        Api.Put(ClusterKind.Service, record with
        {
            View = record.View with { Annotations = LabelSet.From(record.View.Annotations.Where(a => a.Key != ServiceAnnotations.MoveTo).Append(new(ServiceAnnotations.MoveTo, to))) },
            ResourceVersion = Api.NextVersion(),
        });
    }

    public void SetAdvertisement(bool prefers)
    {
        Trace($"== the advertisement {(prefers ? "prefers some nodes" : "takes all nodes alike")}");
        this.prefers = prefers;
        SelectorDeclaration preferred = new(LabelSet.From([new(PreferredLabel, "yes")]), []);
        Api.Put(ClusterKind.L2Advertisement, Config(ClusterKind.L2Advertisement, new L2AdvertisementDeclaration(Meta("L2Advertisement")) { PreferredNodeSelectors = prefers ? [new(10, preferred)] : [] }));
    }

    private static DeclarationMeta Meta(string kind) => new(kind, new(OwnNamespace, "p")) { Age = new(DateTimeOffset.UnixEpoch, 0) };

    private ConfigRecord Config(ClusterKind kind, ConfigDeclaration declaration) => new(kind, declaration, Api.NextVersion(), "{}", new(null, [], null));
}
