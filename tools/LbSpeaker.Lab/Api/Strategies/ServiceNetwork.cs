using System.Net;
using System.Text.Json.Nodes;
using LbSpeaker.Lab.Api.Schema;

namespace LbSpeaker.Lab.Api.Strategies;

/// <summary>The cluster's address ranges and node ports, as the API server gives them to Services.</summary>
internal sealed class ServiceNetwork(IReadOnlyList<IPNetwork> cidrs, int firstPort, int lastPort)
{
    private readonly AddressAllocator[] _ranges = [.. cidrs.Select(c => new AddressAllocator(c))];
    private readonly PortAllocator _ports = new(firstPort, lastPort);

    public void Allocate(JsonObject spec, JsonObject? old, bool dryRun, List<FieldError> errors)
    {
        if (spec.Text("type") == "ExternalName")
        {
            if (old is not null) ReleaseAddresses(old);
            foreach (var key in (string[])["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy", "internalTrafficPolicy"]) spec.Remove(key);
        }
        else
        {
            Families(spec, errors);
            if (errors.Count > 0) return;
            Addresses(spec, old, dryRun, errors);
        }
        if (errors.Count > 0) return;
        NodePorts(spec, old, dryRun, errors);
    }

    /// <summary>All that a deleted Service held.</summary>
    public void Release(JsonObject spec)
    {
        ReleaseAddresses(spec);
        foreach (var port in HeldPorts(spec)) _ports.Release(port);
    }

    private void ReleaseAddresses(JsonObject spec)
    {
        foreach (var text in spec.Strings("clusterIPs"))
            if (IPAddress.TryParse(text, out var address)) Range(address)?.Release(address);
    }

    private AddressAllocator? Range(IPAddress address) => _ranges.FirstOrDefault(r => r.Contains(address));

    private void Families(JsonObject spec, List<FieldError> errors)
    {
        var families = spec.Strings("ipFamilies").ToList();
        foreach (var text in spec.Strings("clusterIPs").Skip(families.Count))
            if (IPAddress.TryParse(text, out var address)) families.Add(address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork ? "IPv4" : "IPv6");
        for (var i = 0; i < families.Count; i++)
            if (_ranges.All(r => r.Family != families[i]))
                errors.Add(Errors.Invalid($"spec.ipFamilies[{i}]", families[i], "not configured on this cluster"));
        var headless = spec.Text("clusterIP") == "None";
        var selectorless = spec["selector"] is not JsonObject { Count: > 0 };
        var policy = spec.Text("ipFamilyPolicy");
        if (policy is null)
        {
            if (families.Count == 2)
            {
                errors.Add(Errors.Invalid("spec.ipFamilyPolicy", "", "must be 'PreferDualStack' or 'RequireDualStack' when multiple 'ipFamilies' are specified"));
                return;
            }
            spec["ipFamilyPolicy"] = policy = headless && selectorless && families.Count == 0 ? "RequireDualStack" : "SingleStack";
        }
        if (policy == "RequireDualStack" && _ranges.Length < 2 && !(headless && selectorless))
        {
            errors.Add(Errors.Invalid("spec.ipFamilyPolicy", policy, "this cluster is not configured for dual-stack services"));
            return;
        }
        if (families.Count == 0) families.Add(_ranges[0].Family);
        if (policy is "PreferDualStack" or "RequireDualStack" && families.Count == 1)
        {
            var other = families[0] == "IPv4" ? "IPv6" : "IPv4";
            if (_ranges.Any(r => r.Family == other) || (headless && selectorless)) families.Add(other);
        }
        if (policy == "SingleStack" && families.Count == 2) families.RemoveAt(1);
        spec["ipFamilies"] = Json.Array(families);
    }

    private void Addresses(JsonObject spec, JsonObject? old, bool dryRun, List<FieldError> errors)
    {
        var wanted = spec.Strings("clusterIPs").ToList();
        if (spec.Text("clusterIP") is { Length: > 0 } one && wanted.Count == 0) wanted.Add(one);
        if (wanted is ["None", ..])
        {
            spec["clusterIP"] = "None";
            spec["clusterIPs"] = Json.Array(["None"]);
            return;
        }
        var held = old is null || old.Text("type") == "ExternalName" ? [] : old.Strings("clusterIPs");
        var families = spec.Strings("ipFamilies");
        var given = new List<string>();
        for (var i = 0; i < families.Count; i++)
        {
            var asked = i < wanted.Count ? wanted[i] : "";
            if (asked.Length > 0 && held.Contains(asked)) { given.Add(asked); continue; }
            if (asked.Length > 0) { if (Take(asked, wanted, dryRun, errors)) given.Add(asked); else break; continue; }
            var range = _ranges.FirstOrDefault(r => r.Family == families[i]);
            if (range is null) continue;
            if (dryRun) { given.Add(range.Unallocated); continue; }
            if (range.TakeAny() is { } free) given.Add(free);
            else { errors.Add(Errors.InvalidJson("spec.clusterIPs", Json.Array(wanted), "failed to allocate IP: range is full")); break; }
        }
        if (errors.Count > 0)
        {
            if (!dryRun) foreach (var text in given.Except(held)) ReleaseOne(text);
            return;
        }
        if (!dryRun) foreach (var text in held.Except(given)) ReleaseOne(text);
        spec["clusterIP"] = given.FirstOrDefault() ?? "None";
        spec["clusterIPs"] = Json.Array(given);
    }

    private bool Take(string asked, List<string> wanted, bool dryRun, List<FieldError> errors)
    {
        var address = IPAddress.Parse(asked);
        var why = Range(address) is not { } range ? "the provided network does not match the current range"
            : (dryRun ? range.IsTaken(address) : !range.TryTake(address)) ? "provided IP is already allocated" : null;
        if (why is null) return true;
        errors.Add(Errors.InvalidJson("spec.clusterIPs", Json.Array(wanted), $"failed to allocate IP {asked}: {why}"));
        return false;
    }

    private void ReleaseOne(string text)
    {
        if (IPAddress.TryParse(text, out var address)) Range(address)?.Release(address);
    }

    private static IEnumerable<int> HeldPorts(JsonObject spec)
    {
        foreach (var port in spec.Objects("ports"))
            if (port.Number("nodePort") is { } number and not 0) yield return (int)number;
        if (spec.Number("healthCheckNodePort") is { } health and not 0) yield return (int)health;
    }

    private void NodePorts(JsonObject spec, JsonObject? old, bool dryRun, List<FieldError> errors)
    {
        var held = old is null ? [] : HeldPorts(old).ToHashSet();
        var taken = new List<int>();
        var needs = spec.Text("type") == "NodePort" || (spec.Text("type") == "LoadBalancer" && spec.Bool("allocateLoadBalancerNodePorts") != false);
        var ports = spec.Objects("ports").ToArray();
        var inSpec = new Dictionary<int, string>();
        for (var i = 0; i < ports.Length && errors.Count == 0; i++)
        {
            var field = $"spec.ports[{i}].nodePort";
            if (ports[i].Number("nodePort") is { } asked and not 0)
            {
                // One number may serve two protocols of one Service.
                if (held.Contains((int)asked) || inSpec.ContainsKey((int)asked)) { inSpec[(int)asked] = field; continue; }
                if (!_ports.Contains(asked)) errors.Add(Errors.Invalid(field, asked, $"provided port is not in the valid range. The range of valid ports is {_ports.Range}"));
                else if (dryRun ? _ports.IsTaken((int)asked) : !_ports.TryTake((int)asked)) errors.Add(Errors.Invalid(field, asked, "provided port is already allocated"));
                else { taken.Add((int)asked); inSpec[(int)asked] = field; }
            }
            else if (needs && TakePort(field, dryRun, taken, errors) is { } port) ports[i]["nodePort"] = port;
        }
        var health = spec.Text("type") == "LoadBalancer" && spec.Text("externalTrafficPolicy") == "Local";
        if (health && errors.Count == 0)
        {
            var asked = (int)(spec.Number("healthCheckNodePort") ?? 0);
            if (asked == 0) spec["healthCheckNodePort"] = TakePort("spec.healthCheckNodePort", dryRun, taken, errors);
            else if (!held.Contains(asked))
            {
                if (dryRun ? _ports.IsTaken(asked) : !_ports.TryTake(asked)) errors.Add(Errors.Invalid("spec.healthCheckNodePort", asked, "provided port is already allocated"));
                else taken.Add(asked);
            }
        }
        if (dryRun) return;
        if (errors.Count > 0) foreach (var port in taken) _ports.Release(port);
        else foreach (var port in held.Except(HeldPorts(spec))) _ports.Release(port);
    }

    private int? TakePort(string field, bool dryRun, List<int> taken, List<FieldError> errors)
    {
        if (dryRun) return _ports.Unallocated;
        if (_ports.TakeAny() is { } port) { taken.Add(port); return port; }
        errors.Add(Errors.Invalid(field, 0, "failed to allocate a nodePort: range is full"));
        return null;
    }
}
