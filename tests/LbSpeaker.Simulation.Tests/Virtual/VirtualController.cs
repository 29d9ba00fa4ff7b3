using LbSpeaker.Controller;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Reports;
using LbSpeaker.Core.Values;
using LbSpeaker.Kubernetes.Client;
using LbSpeaker.Kubernetes.Resources;
using LbSpeaker.Kubernetes.Watching;
using LbSpeaker.Kubernetes.Writing;

namespace LbSpeaker.Simulation.Tests.Virtual;

/// <summary>
/// The leading controller, on a node of its own: the real <see cref="ControllerState"/> and <see cref="AddressHandover"/>, and of the writer of Services what concerns addresses,
/// the pool's annotation and the end of a move.
/// </summary>
internal sealed class VirtualController : Process
{
    public const string Home = "controller";

    private static readonly ClusterKind[] Kinds =
        [ClusterKind.Service, ClusterKind.EndpointSlice, ClusterKind.Node, ClusterKind.Namespace, ClusterKind.IPAddressPool, ClusterKind.L2Advertisement, ClusterKind.ServiceL2Status, ClusterKind.NodeState];

    private readonly ControllerState state;
    private readonly Queue<ClusterChange> mailbox = new();
    private readonly AddressHandover handover = new();
    private readonly Dictionary<ObjectKey, ServiceRecord> present = [];
    private readonly Dictionary<ObjectKey, ServiceReport> wishes = [];
    private readonly HashSet<ObjectKey> touched = [];
    private readonly Pump<ObjectKey, ServiceRecord> writes;
    private int unsynced = Kinds.Length + 1;
    private bool isTurning, isReady;

    public VirtualController(World world) : base(world, Home)
    {
        ProcessClock clock = new(this, world, TimeSpan.Zero);
        state = new(loadBalancerClass: null, ignoreExcludeLabel: false, clock);
        writes = new(this, world.Random.NextDouble, Write);
        LeaseFeed leases = new(new SpeakerLiveness(clock), Post, CountSynced);
        foreach (ClusterKind kind in Kinds) world.Api.Follow(this, kind, Post, CountSynced);
        world.Api.Follow(this, ClusterKind.SpeakerLease, leases.Take, leases.List);
    }

    public override void Kill()
    {
        base.Kill();
        World.Api.Forget(this);
    }

    private void CountSynced()
    {
        if (--unsynced == 0) Post(new ClusterChange.Ready());
    }

    private void Post(ClusterChange change)
    {
        mailbox.Enqueue(change);
        if (isTurning) return;
        isTurning = true;
        After(World.Between(0.1, 5), Loop);
    }

    private void Loop()
    {
        isTurning = false;
        while (mailbox.TryDequeue(out ClusterChange? change))
        {
            isReady |= change is ClusterChange.Ready;
            Observe(change);
            state.Apply(change);
        }
        if (!isReady) return;
        ControllerTurn turn = state.Turn();
        foreach (ObjectKey released in turn.Released)
            if (wishes.Remove(released))
            {
                touched.Add(released);
                handover.SetDesired(HolderName.OfService(released), null);
            }
        foreach (ServiceReport report in turn.Services)
        {
            if (wishes.GetValueOrDefault(report.Service) == report) continue;
            wishes[report.Service] = report;
            handover.SetDesired(HolderName.OfService(report.Service), report.IsOfAnother ? null : report.Addresses);
            touched.Add(report.Service);
        }
        touched.UnionWith(handover.TakeAwake(claims: false));
        foreach (ObjectKey key in touched.Order()) writes.Set(key, Wanted(key));
        touched.Clear();
    }

    private void Observe(ClusterChange change)
    {
        switch (change)
        {
            case ClusterChange.Upserted { Record: ServiceRecord record }:
                handover.Observe(HolderName.OfService(record.Key), AddressesOf(record).ToValueArray());
                present[record.Key] = record;
                touched.Add(record.Key);
                break;
            case ClusterChange.Removed { Kind: ClusterKind.Service, Key: var key } when present.Remove(key):
                wishes.Remove(key);
                handover.Observe(HolderName.OfService(key), []);
                handover.SetDesired(HolderName.OfService(key), null);
                touched.Add(key);
                break;
        }
    }

    private static IEnumerable<IpAddress> AddressesOf(ServiceRecord record) => record.View.Ingress.Select(i => IpAddress.Parse(i.Ip!));

    /// <summary>The record as it is to become, over the version that was seen; null where nothing differs.</summary>
    private ServiceRecord? Wanted(ObjectKey key)
    {
        if (!wishes.TryGetValue(key, out ServiceReport? wish) || !present.TryGetValue(key, out ServiceRecord? record) || wish.IsOfAnother) return null;
        bool waits = handover.MustWait(HolderName.OfService(key), wish.Addresses);
        ValueArray<IpAddress> addresses = waits ? AddressesOf(record).Where(a => wish.Addresses.Contains(a)).ToValueArray() : wish.Addresses;
        IEnumerable<KeyValuePair<string, string>> annotations = record.View.Annotations;
        if (!waits)
        {
            string pool = ServiceAnnotations.Key(ServiceAnnotations.AllocatedFromPool);
            annotations = annotations.Where(a => a.Key != pool && !(wish.EndsMove && a.Key == ServiceAnnotations.MoveTo));
            if (wish.Pools is { } pools) annotations = annotations.Append(new(pool, pools));
        }
        ServiceView view = record.View with { Annotations = LabelSet.From(annotations), Ingress = addresses.Select(a => new IngressView(a.ToString(), null)).ToValueArray() };
        return view == record.View ? null : record with { View = view };
    }

    private void Write(ObjectKey key, ServiceRecord wanted, Action<ApiOutcome> done) => World.Api.Request(this, TimeSpan.FromSeconds(5), () =>
    {
        if (World.Api.Find<ServiceRecord>(ClusterKind.Service, key) is not { } now) return ApiOutcome.NotFound;
        if (now.ResourceVersion != wanted.ResourceVersion) return ApiOutcome.Conflict;
        World.Trace($"api: {key} has {string.Join(" ", wanted.View.Ingress.Select(i => i.Ip))}, {string.Join(" ", wanted.View.Annotations.Select(a => $"{a.Key}={a.Value}"))}");
        World.Api.Put(ClusterKind.Service, wanted with { ResourceVersion = World.Api.NextVersion() });
        World.Watcher.LookAtAllocation();
        return ApiOutcome.Ok;
    }, done);
}
