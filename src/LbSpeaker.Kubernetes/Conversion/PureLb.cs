using System.Text.Json.Nodes;
using LbSpeaker.Kubernetes.Directory;

namespace LbSpeaker.Kubernetes.Conversion;

/// <summary>ServiceGroup and LBNodeAgent of PureLB. A group is asked for by name, but for the one named <c>default</c>.</summary>
internal static class PureLb
{
    private const string DefaultGroup = "default", FoundByItself = "default";

    public static void Convert(string kind, OldMapping whole, Made made)
    {
        string name = whole.Mapping("metadata")?.Text("name") ?? "";
        if (whole.Mapping("spec") is not { } spec) return;
        if (kind == "ServiceGroup") Group(name, spec, made); else Agent(spec, made);
    }

    /// <summary>The agents say on which interfaces, wherever they stand among the groups.</summary>
    public static void Finish(Made made)
    {
        foreach (string group in made.LocalGroups)
        {
            JsonObject spec = new() { ["ipAddressPools"] = Made.Array([group]) };
            if (made.Interfaces.Count > 0) spec["interfaces"] = Made.Array(made.Interfaces);
            made.Add("L2Advertisement", group, spec);
        }
    }

    private static void Group(string name, OldMapping spec, Made made)
    {
        if (spec.Take("netbox") is not null) spec.Say("netbox", "is left out: addresses come from pools here, and from no other program");
        foreach (string form in (string[])["local", "remote"])
        {
            if (spec.Mapping(form) is not { } addresses) continue;
            List<string> entries = [];
            foreach (string family in (string[])["v4", "v6"])
            {
                OldMapping[] pools = [.. addresses.Mappings($"{family}pools"), .. addresses.Mapping($"{family}pool") is { } one ? new[] { one } : []];
                foreach (OldMapping old in pools) Take(old, entries);
            }
            if (addresses.Node.Find("pool") is not null) Take(addresses, entries);
            addresses.FinishWith();
            JsonObject pool = new() { ["addresses"] = Made.Array(entries) };
            if (name != DefaultGroup)
            {
                pool["autoAssign"] = false;
                addresses.In.Say(addresses.Node, $"Services with purelb.io/service-group: {name} must ask for metallb.io/address-pool: {name} from now on");
            }
            made.Add("IPAddressPool", name, pool);
            if (form == "local") made.LocalGroups.Add(name);
            else addresses.In.Say(addresses.Node, $"the pool {name} is not announced yet: add a BGPPeer and a BGPAdvertisement in the place of the routing program that told routers of it");
        }
        spec.FinishWith();
    }

    private static void Take(OldMapping pool, List<string> entries)
    {
        // The subnet tells only how long a prefix of the address on the interface is, and here none has it.
        pool.Take("subnet");
        if (pool.Text("pool") is { } addresses) entries.Add(addresses);
        if (pool.Text("aggregation") is { Length: > 0 } aggregation && aggregation != "default")
            pool.Say("aggregation", $"({aggregation}) is left out: routes are aggregated by aggregationLength of a BGPAdvertisement");
    }

    private static void Agent(OldMapping spec, Made made)
    {
        if (spec.Mapping("local") is { } local)
        {
            if (local.Text("localint") is { Length: > 0 } name && name != FoundByItself)
                if (name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.')) made.Interfaces.Add(name);
                else local.Say("localint", "is left out: interfaces are named one by one here, not by an expression");
            if (local.Text("extlbint") is { } virtualOne && virtualOne != "kube-lb0") local.Say("extlbint", "is left out: no address is put on an interface of a node here");
            local.FinishWith("is left out: it has no meaning here");
        }
        spec.FinishWith();
    }
}
