using System.Globalization;
using System.Text.Json.Nodes;
using CsCheck;

namespace LbSpeaker.Tests.Preview;

/// <summary>A small cluster made up at random, as the objects of a directory; every one has its age, so that their order says nothing.</summary>
internal sealed class RandomCluster
{
    private static readonly Gen<int[]> Dice = Gen.Int[0, 255].Array[16];

    public static Gen<RandomCluster> Any { get; } =
        Gen.Select(Dice.Array[1, 5], Dice.Array[0, 3], Dice.Array[1, 20]).Select((pools, advertisements, services) => new RandomCluster(pools, advertisements, services));

    private RandomCluster(int[][] pools, int[][] advertisements, int[][] services)
    {
        for (int i = 0; i < 3; i++) Objects.Add(Node(i));
        Objects.Add(Object("v1", "Namespace", null, "shop", 0, new JsonObject { ["team"] = "blue" }));
        for (int i = 0; i < pools.Length; i++) Objects.Add(Pool(i, pools[i]));
        for (int i = 0; i < advertisements.Length; i++) Objects.Add(Advertisement(i, advertisements[i]));
        for (int i = 0; i < services.Length; i++)
        {
            Objects.Add(Service(i, services[i], pools.Length));
            if (services[i][15] % 4 > 0) Objects.Add(Slice(i, services[i]));
        }
    }

    public List<JsonObject> Objects { get; } = [];

    public IEnumerable<JsonObject> Services => Objects.Where(o => (string?)o["kind"] == "Service");

    public override string ToString() => string.Join("\n---\n", Objects.Select(o => o.ToJsonString()));

    /// <summary>Writes every object into one of several files, in an order of its own.</summary>
    public void Write(string directory, Random order)
    {
        foreach (string old in Directory.GetFiles(directory)) File.Delete(old);
        JsonObject[] shuffled = [.. Objects];
        order.Shuffle(shuffled);
        for (int i = 0; i < shuffled.Length; i++)
            File.AppendAllText(Path.Combine(directory, $"{order.Next(3)}.yaml"), $"---\n{shuffled[i].ToJsonString()}\n");
    }

    private static JsonObject Object(string version, string kind, string? space, string name, int age, JsonObject? labels = null)
    {
        JsonObject metadata = new() { ["name"] = name, ["creationTimestamp"] = new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc).AddMinutes(age).ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture) };
        if (space is not null) metadata["namespace"] = space;
        if (labels is not null) metadata["labels"] = labels;
        return new() { ["apiVersion"] = version, ["kind"] = kind, ["metadata"] = metadata };
    }

    private static JsonObject Node(int i) => Object("v1", "Node", null, $"node-{i}", 0, new JsonObject { ["rack"] = $"r{i % 2}" });

    /// <summary>Pool i has addresses in 192.0.2.(16 i)/28 and 2001:db8::(10 i)/124; now and then it reaches into the next one's, or cannot be read.</summary>
    private static JsonObject Pool(int i, int[] dice)
    {
        List<string> addresses = [];
        if (dice[0] % 4 < 3) addresses.Add($"192.0.2.{16 * i}-192.0.2.{16 * i + dice[1] % 6 + (dice[2] % 12 == 0 ? 16 : 0)}");
        if (dice[0] % 4 > 1) addresses.Add($"2001:db8::{i:x}0-2001:db8::{i:x}{dice[3] % 4:x}");
        if (addresses.Count == 0 || dice[2] % 20 == 1) addresses.Add("nonsense");
        JsonObject spec = new() { ["addresses"] = new JsonArray([.. addresses.Select(a => (JsonNode)a)]), ["autoAssign"] = dice[4] % 5 > 0, ["avoidBuggyIPs"] = dice[5] % 3 == 0 };
        if (dice[6] % 3 == 0) spec["exclude"] = new JsonArray($"192.0.2.{16 * i + dice[7] % 4}", $"2001:db8::{i:x}1");
        if (dice[8] % 3 == 0)
        {
            JsonObject allocation = new() { ["priority"] = dice[9] % 3 };
            if (dice[10] % 3 == 0) allocation["namespaceSelectors"] = new JsonArray(new JsonObject { ["matchLabels"] = new JsonObject { ["team"] = "blue" } });
            if (dice[11] % 3 == 0) allocation["serviceSelectors"] = new JsonArray(new JsonObject { ["matchLabels"] = new JsonObject { ["tier"] = "web" } });
            spec["serviceAllocation"] = allocation;
        }
        JsonObject pool = Object("metallb.io/v1beta1", "IPAddressPool", "metallb-system", $"pool-{i}", dice[12] % 4, new JsonObject { ["kind"] = $"k{i % 2}" });
        pool["spec"] = spec;
        return pool;
    }

    private static JsonObject Advertisement(int i, int[] dice)
    {
        JsonObject spec = [];
        if (dice[0] % 2 == 0) spec["ipAddressPoolSelectors"] = new JsonArray(new JsonObject { ["matchLabels"] = new JsonObject { ["kind"] = $"k{dice[1] % 2}" } });
        if (dice[2] % 2 == 0) spec["nodeSelectors"] = new JsonArray(new JsonObject { ["matchLabels"] = new JsonObject { ["rack"] = $"r{dice[3] % 2}" } });
        if (dice[4] % 3 == 0) spec["serviceSelectors"] = new JsonArray(new JsonObject { ["matchLabels"] = new JsonObject { ["tier"] = "web" } });
        if (dice[5] % 2 == 0) spec["interfaces"] = new JsonArray($"eth{dice[6] % 2}");
        JsonObject advertisement = Object("metallb.io/v1beta1", "L2Advertisement", "lbspeaker-system", $"adv-{i}", i);
        advertisement["spec"] = spec;
        return advertisement;
    }

    private static JsonObject Service(int i, int[] dice, int pools)
    {
        JsonObject service = Object("v1", "Service", dice[0] % 3 == 0 ? "shop" : "default", $"s{i}", dice[1] % 20, new JsonObject { ["tier"] = dice[2] % 2 == 0 ? "web" : "db" });
        JsonObject annotations = [];
        // Few addresses and ports, so that Services meet.
        int pool = dice[3] % 4 == 0 ? dice[7] % pools : 0;
        string four = $"192.0.2.{16 * pool + dice[4] % 3}", six = $"2001:db8::{pool:x}{dice[5] % 2:x}";
        switch (dice[6] % 12)
        {
            case 0: annotations["metallb.io/loadBalancerIPs"] = four; break;
            case 1: annotations["metallb.io/loadBalancerIPs"] = $"{six},{four}"; break;
            case 2: annotations["metallb.io/address-pool"] = $"pool-{dice[7] % (pools + 1)}"; break;
            case 3: annotations["metallb.io/address-pool"] = $"pool-{dice[7] % pools},pool-{pool}"; break;
            case 4: annotations["metallb.universe.tf/loadBalancerIPs"] = "nonsense"; break;
        }
        if (dice[8] % 3 > 0) annotations["metallb.io/allow-shared-ip"] = $"key-{dice[8] % 2}";
        JsonObject spec = new()
        {
            ["type"] = dice[9] % 12 == 0 ? "NodePort" : "LoadBalancer",
            ["clusterIPs"] = (dice[10] % 4) switch { 0 => new JsonArray("10.96.0.1"), 1 => new JsonArray("fd00::1"), _ => new JsonArray("10.96.0.1", "fd00::1") },
            ["ipFamilyPolicy"] = (dice[11] % 4) switch { 0 => "RequireDualStack", 1 => "SingleStack", _ => "PreferDualStack" },
            ["externalTrafficPolicy"] = dice[12] % 3 == 0 ? "Local" : "Cluster",
            ["selector"] = new JsonObject { ["app"] = $"a{dice[12] % 2}" },
            ["ports"] = new JsonArray(new JsonObject { ["port"] = 80 + dice[13] % 3, ["protocol"] = dice[13] % 6 < 3 ? "TCP" : "UDP" }),
        };
        if (dice[9] % 12 == 1) spec["loadBalancerClass"] = "example.com/lb";
        string[] holds = (dice[14] % 8) switch { 0 => [four], 1 => [six], 2 => [four, six], 3 => [six, four], 4 => ["203.0.113.9"], _ => [] };
        if (holds.Length > 0)
        {
            service["status"] = Status(holds);
            if (dice[14] % 16 < 8) annotations["metallb.io/ip-allocated-from-pool"] = $"pool-{pool}";
        }
        if (annotations.Count > 0) service["metadata"]!["annotations"] = annotations;
        service["spec"] = spec;
        return service;
    }

    private static JsonObject Status(IEnumerable<string> addresses) =>
        new() { ["loadBalancer"] = new JsonObject { ["ingress"] = new JsonArray([.. addresses.Select(a => (JsonNode)new JsonObject { ["ip"] = a })]) } };

    private static JsonObject Slice(int i, int[] dice)
    {
        JsonObject slice = Object("discovery.k8s.io/v1", "EndpointSlice", dice[0] % 3 == 0 ? "shop" : "default", $"s{i}-1", 0, new JsonObject { ["kubernetes.io/service-name"] = $"s{i}" });
        slice["endpoints"] = new JsonArray(new JsonObject { ["nodeName"] = $"node-{dice[15] % 3}", ["conditions"] = new JsonObject { ["ready"] = dice[15] % 8 > 1 } });
        return slice;
    }

    /// <summary>Does to the Services what the controller would: addresses and annotation as planned.</summary>
    public void Carry(JsonObject plan)
    {
        foreach (JsonObject service in Services)
        {
            JsonObject decision = plan["services"]!.AsArray().Select(s => s!.AsObject()).Single(s => Key(s) == Key(service["metadata"]!.AsObject()));
            if ((string?)decision["decision"] == "NotOurs") continue;
            JsonObject metadata = service["metadata"]!.AsObject();
            JsonObject annotations = metadata["annotations"]?.AsObject() ?? [];
            annotations.Remove("metallb.io/ip-allocated-from-pool");
            string[] addresses = Texts(decision["addresses"]);
            service["status"] = Status(addresses);
            if (addresses.Length > 0) annotations["metallb.io/ip-allocated-from-pool"] = string.Join(',', Texts(decision["pools"]));
            metadata["annotations"] = annotations.DeepClone();
        }
    }

    public static (string Namespace, string Name) Key(JsonObject named) => ((string)named["namespace"]!, (string)named["name"]!);

    public static string[] Texts(JsonNode? list) => [.. list!.AsArray().Select(t => (string)t!)];
}
