using System.Globalization;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Config;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Core.Tests;

/// <summary>
/// A cluster in a few lines, for tables of cases: <c>pool</c>, <c>namespace</c>, <c>l2</c>, <c>claim</c> and <c>service</c>, each with a name and fields
/// <c>key=value</c>. The older stands first.
/// </summary>
internal sealed class ClusterText
{
    private const string Home = "lbspeaker-system";
    private int ordinal;

    public List<IPAddressPoolDeclaration> Pools { get; } = [];
    public List<L2AdvertisementDeclaration> L2Advertisements { get; } = [];
    public List<NamespaceView> Namespaces { get; } = [];
    public List<ServiceView> Services { get; } = [];
    public List<ClaimView> Claims { get; } = [];

    public static ClusterText Read(IEnumerable<string> lines)
    {
        ClusterText cluster = new();
        foreach (string line in lines) cluster.Add(line);
        return cluster;
    }

    public void Add(string line)
    {
        string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Fields fields = new(words[2..]);
        switch (words[0])
        {
            case "pool": Pools.Add(ReadPool(words[1], fields)); break;
            case "l2": L2Advertisements.Add(ReadL2(words[1], fields)); break;
            case "namespace": Namespaces.Add(new(words[1], Labels(fields.Text("labels")))); break;
            case "claim": Claims.Add(ReadClaim(words[1], fields)); break;
            case "service": Services.Add(ReadService(words[1], fields)); break;
            default: throw new FormatException($"unknown line: {line}");
        }
        fields.ThrowIfUnused(line);
    }

    public ClusterSnapshotBuilder ToBuilder(bool reversed = false)
    {
        ClusterSnapshotBuilder builder = new();
        foreach (IPAddressPoolDeclaration pool in InOrder(Pools, reversed)) builder.Set(pool);
        foreach (L2AdvertisementDeclaration l2 in InOrder(L2Advertisements, reversed)) builder.Set(l2);
        foreach (NamespaceView view in InOrder(Namespaces, reversed)) builder.Set(view);
        foreach (ClaimView view in InOrder(Claims, reversed)) builder.Set(view);
        foreach (ServiceView view in InOrder(Services, reversed)) builder.Set(view);
        return builder;
    }

    private static IEnumerable<T> InOrder<T>(List<T> list, bool reversed) => reversed ? list.AsEnumerable().Reverse() : list;

    public static ObjectKey ServiceKey(string name) => name.Split('/') is [var space, var rest] ? new(space, rest) : new("default", name);

    private DeclarationMeta Meta(string kind, string name, Fields fields) => new(kind, new(fields.Text("in") ?? Home, name))
    {
        Age = new(null, fields.Text("age") is { } age ? int.Parse(age, CultureInfo.InvariantCulture) : ++ordinal),
        Labels = Labels(fields.Text("labels")),
        ShapeFaults = fields.List("fault"),
    };

    private IPAddressPoolDeclaration ReadPool(string name, Fields fields)
    {
        DeclarationMeta meta = Meta("IPAddressPool", name, fields);
        ServiceAllocationDeclaration? allocation = null;
        string? priority = fields.Text("priority"), spaces = fields.Text("ns"), spaceSelectors = fields.Text("nssel"), serviceSelectors = fields.Text("svcsel");
        if (fields.Has("allocation") || priority is not null || spaces is not null || spaceSelectors is not null || serviceSelectors is not null)
            allocation = new(int.Parse(priority ?? "0", CultureInfo.InvariantCulture))
            {
                Namespaces = Split(spaces),
                NamespaceSelectors = Selectors(spaceSelectors),
                ServiceSelectors = Selectors(serviceSelectors),
            };
        IPAddressPoolDeclaration pool = new(meta)
        {
            Addresses = fields.List("addresses"),
            Exclude = fields.List("exclude"),
            AutoAssign = fields.Text("auto") != "off",
            AvoidBuggyIPs = fields.Has("avoid"),
            ServiceAllocation = allocation,
            Quota = Quota(fields.Text("quota")),
        };
        return fields.Text("last") is { } last ? pool with { LastValid = pool with { Meta = meta with { ShapeFaults = [] }, Addresses = Split(last), Exclude = [] } } : pool;
    }

    /// <summary>A number for each namespace, and after colons those of named ones: <c>5</c>, <c>5:shop=20</c>, <c>:shop=20</c>.</summary>
    private static QuotaDeclaration? Quota(string? text) => text?.Split(':') is not [var each, .. var named] ? null : new(
        each.Length == 0 ? null : int.Parse(each, CultureInfo.InvariantCulture),
        named.Select(n => n.Split('=')).Select(n => new NamespaceQuotaDeclaration(n[0], int.Parse(n[1], CultureInfo.InvariantCulture))).ToValueArray());

    private ClaimView ReadClaim(string name, Fields fields) => new(ServiceKey(name))
    {
        Age = new(null, fields.Text("age") is { } age ? int.Parse(age, CultureInfo.InvariantCulture) : ++ordinal),
        Labels = Labels(fields.Text("labels")),
        Pools = fields.List("pools"),
        Addresses = fields.List("wants"),
        Families = fields.Text("families") switch
        {
            null => [],
            "4" => [IpFamily.IPv4],
            "6" => [IpFamily.IPv6],
            "46" => [IpFamily.IPv4, IpFamily.IPv6],
            var other => throw new FormatException(other),
        },
        Held = fields.List("holds"),
        HeldFrom = fields.List("from"),
        Phase = fields.Text("phase") is { } phase ? Enum.Parse<ClaimPhase>(phase) : ClaimPhase.Unused,
        IsBeingDeleted = fields.Has("deleting"),
        ShapeFaults = fields.List("fault"),
    };

    private L2AdvertisementDeclaration ReadL2(string name, Fields fields)
    {
        L2AdvertisementDeclaration l2 = new(Meta("L2Advertisement", name, fields))
        {
            IPAddressPools = fields.List("pools"),
            IPAddressPoolSelectors = Selectors(fields.Text("poolsel")),
            NodeSelectors = Selectors(fields.Text("nodesel")),
            Interfaces = fields.List("interfaces"),
            PreferredNodeSelectors = fields.Text("weight") is { } weight
                ? [new(int.Parse(weight, CultureInfo.InvariantCulture), new(Labels("zone=a"), []))]
                : [],
        };
        return fields.Text("last") is { } last ? l2 with { LastValid = new L2AdvertisementDeclaration(l2.Meta with { ShapeFaults = [] }) { IPAddressPools = Split(last) } } : l2;
    }

    private ServiceView ReadService(string name, Fields fields)
    {
        Dictionary<string, string> annotations = [];
        void Annotate(string field, string suffix)
        {
            if (fields.Text(field) is { } value) annotations["metallb.io/" + suffix] = value;
            if (fields.Text("old-" + field) is { } old) annotations["metallb.universe.tf/" + suffix] = old;
        }
        Annotate("wants", ServiceAnnotations.LoadBalancerIPs);
        Annotate("pools", ServiceAnnotations.AddressPool);
        Annotate("share", ServiceAnnotations.AllowSharedIP);
        Annotate("from", ServiceAnnotations.AllocatedFromPool);
        if (fields.Text("claim") is { } claim) annotations[ServiceAnnotations.Claim] = claim;
        return new(ServiceKey(name))
        {
            Age = new(null, fields.Text("age") is { } age ? int.Parse(age, CultureInfo.InvariantCulture) : ++ordinal),
            Labels = Labels(fields.Text("labels")),
            Annotations = LabelSet.From(annotations),
            IsLoadBalancer = fields.Text("type") is null,
            LoadBalancerClass = fields.Text("class"),
            LoadBalancerIP = fields.Text("lbip"),
            LocalTraffic = fields.Has("local"),
            Selector = Labels(fields.Text("selector")),
            Ports = fields.Text("ports") is { } ports
                ? Split(ports).Select(p => p.Split(':')).Select(p => new ServicePortView(p[0], int.Parse(p[1], CultureInfo.InvariantCulture))).ToValueArray()
                : [new("TCP", 80)],
            FamilyPolicy = fields.Text("policy") switch
            {
                "Prefer" => IpFamilyPolicy.PreferDualStack,
                "Require" => IpFamilyPolicy.RequireDualStack,
                "Single" => IpFamilyPolicy.SingleStack,
                null => null,
                var other => throw new FormatException(other),
            },
            ClusterIPs = fields.Text("cluster") switch
            {
                null or "4" => ["10.96.0.1"],
                "6" => ["2001:db8:f::1"],
                "46" => ["10.96.0.1", "2001:db8:f::1"],
                "64" => ["2001:db8:f::1", "10.96.0.1"],
                "none" => [],
                var list => Split(list),
            },
            Ingress = fields.List("holds").Select(h => h.StartsWith("host:", StringComparison.Ordinal) ? new IngressView(null, h[5..]) : new IngressView(h, null)).ToValueArray(),
            IsBeingDeleted = fields.Has("deleting"),
            ShapeFaults = fields.List("fault"),
        };
    }

    private static LabelSet Labels(string? text) =>
        LabelSet.From(Split(text).Select(p => p.Split('=')).Select(p => KeyValuePair.Create(p[0], p[1])));

    /// <summary>Alternatives are separated by a bar; a tilde before the key means an unknown operator.</summary>
    private static ValueArray<SelectorDeclaration> Selectors(string? text) =>
        (text?.Split('|') ?? []).Select(s => s.StartsWith('~')
            ? new SelectorDeclaration(LabelSet.Empty, [new(s[1..], "Near", [])])
            : new SelectorDeclaration(Labels(s), [])).ToValueArray();

    private static ValueArray<string> Split(string? text) => text is null ? [] : text.Split(',').ToValueArray();

    private sealed class Fields(string[] words)
    {
        private readonly HashSet<string> unused = [.. words.Select(w => w.Split('=')[0])];

        public bool Has(string name)
        {
            unused.Remove(name);
            return words.Contains(name);
        }

        /// <summary>An underscore stands for a blank.</summary>
        public string? Text(string name)
        {
            unused.Remove(name);
            string? word = words.FirstOrDefault(w => w.StartsWith(name + "=", StringComparison.Ordinal));
            return word?[(name.Length + 1)..].Replace('_', ' ');
        }

        public ValueArray<string> List(string name) => Split(Text(name));

        public void ThrowIfUnused(string line)
        {
            if (unused.Count > 0) throw new FormatException($"unknown field {string.Join(", ", unused)} in: {line}");
        }
    }
}
