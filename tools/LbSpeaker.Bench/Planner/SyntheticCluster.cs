using System.Globalization;
using LbSpeaker.Core.Announcement;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Config;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Bench.Planner;

/// <summary>
/// A cluster as large as wanted: one pool of 65,536 addresses of the range that RFC 2544 keeps for benchmarks, one advertisement for all of it, ten nodes, and Services
/// in ten namespaces, each with an EndpointSlice on two of the nodes.
/// </summary>
internal static class SyntheticCluster
{
    public const string Pool = "bench", HomeNamespace = "lbspeaker-system";
    private const int NodeCount = 10, NamespaceCount = 10;
    private static readonly DateTimeOffset begin = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static IEnumerable<NodeView> Nodes(int count = NodeCount) =>
        Enumerable.Range(0, count).Select(i => new NodeView(NodeName(i)) { Labels = LabelSet.From([new("kubernetes.io/hostname", NodeName(i))]) });

    public static IReadOnlyList<NamespaceView> Namespaces { get; } =
        [new(HomeNamespace, LabelSet.Empty), .. Enumerable.Range(0, NamespaceCount).Select(i => new NamespaceView(NamespaceName(i), LabelSet.Empty))];

    public static IPAddressPoolDeclaration PoolDeclaration { get; } =
        new(new DeclarationMeta("IPAddressPool", new(HomeNamespace, Pool)) { Age = new(begin, 0) }) { Addresses = ["198.18.0.0/16"] };

    public static L2AdvertisementDeclaration Advertisement { get; } =
        new(new DeclarationMeta("L2Advertisement", new(HomeNamespace, Pool)) { Age = new(begin, 0) }) { IPAddressPools = [Pool] };

    public static string NodeName(int number) => $"node-{number + 1:0000}";

    public static ObjectKey ServiceKey(int number) => new(NamespaceName(number % NamespaceCount), string.Create(CultureInfo.InvariantCulture, $"service-{number:00000}"));

    /// <summary>The address that a Service has where nobody came in between.</summary>
    public static IpAddress Address(int number) => IpAddress.FromIPv4(0xC612_0000u + (uint)number);

    /// <summary>A Service that waits for an address; the lower the number, the older.</summary>
    public static ServiceView Service(int number, int port = 80) => new(ServiceKey(number))
    {
        Uid = string.Create(CultureInfo.InvariantCulture, $"00000000-0000-4000-8000-{number:000000000000}"),
        Age = new(begin.AddSeconds(number), 0),
        Labels = LabelSet.From([new("app", "web")]),
        Selector = LabelSet.From([new("app", "web")]),
        IsLoadBalancer = true,
        Ports = [new("TCP", port)],
        FamilyPolicy = IpFamilyPolicy.SingleStack,
        Families = [IpFamily.IPv4],
        ClusterIPs = [IpAddress.FromIPv4(0x0A60_0000u + (uint)number).ToString()],
    };

    /// <summary>The Service as it stands once the controller has written what it gave.</summary>
    public static ServiceView Holding(ServiceView service, IReadOnlyList<IpAddress> addresses) => service with
    {
        Annotations = LabelSet.From([new(ServiceAnnotations.Key(ServiceAnnotations.AllocatedFromPool), Pool)]),
        Ingress = addresses.Select(a => new IngressView(a.ToString(), null)).ToValueArray(),
    };

    /// <summary>The Service, deleted and made again: younger than all.</summary>
    public static ServiceView Renewed(ServiceView service) => service with { Age = new(begin.AddYears(1), 0) };

    /// <summary>What a speaker writes down of the Service's address once it owns it.</summary>
    public static Layer2StatusView Owned(int number, string node)
    {
        ObjectKey service = ServiceKey(number);
        return new(new(HomeNamespace, $"l2-{service.Name}"), service, node, true, [], []) { Addresses = [Address(number)], Since = begin };
    }

    /// <param name="shift">Moves the endpoints to other nodes.</param>
    public static EndpointSliceView Slice(int number, int shift = 0)
    {
        ObjectKey service = ServiceKey(number);
        return new(
            new(service.Namespace, service.Name + "-1"), service.Name,
            [new(NodeName((number + shift) % NodeCount), true, true), new(NodeName((number + shift + 1) % NodeCount), true, true)]);
    }

    /// <summary>The node that owns each of so many Services, as it would stand recorded in a cluster at rest.</summary>
    public static string[] Owners(int services, int nodes = NodeCount)
    {
        ClusterSnapshotBuilder builder = Builder(nodes);
        for (int i = 0; i < services; i++)
        {
            builder.Set(Holding(Service(i), [Address(i)]));
            builder.Set(Slice(i));
        }
        ClusterSnapshot snapshot = builder.Publish();
        AnnouncementPlan plan = new AnnouncementPlanner(new()).Plan(ConfigCompiler.Compile(snapshot), snapshot, static service => ServiceHolding.OfStatus(service, null));
        return [.. Enumerable.Range(0, services).Select(i => plan.Services[ServiceKey(i)].Layer2[0].Node)];
    }

    /// <summary>Everything but the Services.</summary>
    public static ClusterSnapshotBuilder Builder(int nodes = NodeCount)
    {
        ClusterSnapshotBuilder builder = new();
        foreach (NodeView node in Nodes(nodes)) builder.Set(node);
        foreach (NamespaceView ns in Namespaces) builder.Set(ns);
        builder.Set(PoolDeclaration);
        builder.Set(Advertisement);
        return builder;
    }

    private static string NamespaceName(int number) => $"team-{number:00}";
}
