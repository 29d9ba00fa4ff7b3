using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using LbSpeaker.Lab.Api.Schema;

namespace LbSpeaker.Lab.Api.Strategies;

/// <summary>What the API server refuses in a Service, in the order and words in which it does.</summary>
internal static partial class ServiceValidation
{
    private const string LabelRule = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
    private const string LoadBalancerOnly = "may only be used when `type` is 'LoadBalancer'";

    [GeneratedRegex("^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")]
    private static partial Regex DnsLabel();

    [GeneratedRegex("^[a-z0-9-]*[a-z][a-z0-9-]*$")]
    private static partial Regex PortName();

    public static void Validate(JsonObject obj, JsonObject? live, List<FieldError> errors)
    {
        var spec = obj.Child("spec");
        var type = spec.Text("type") ?? "";
        var ports = spec.Objects("ports").ToArray();
        var headless = spec.Text("clusterIP") == "None";
        if (ports.Length == 0 && !headless && type != "ExternalName") errors.Add(Errors.Required("spec.ports"));
        if (type is "LoadBalancer" && headless) errors.Add(Errors.Invalid("spec.clusterIPs[0]", "None", "may not be set to 'None' for LoadBalancer services"));
        if (type is "NodePort" && headless) errors.Add(Errors.Invalid("spec.clusterIPs[0]", "None", "may not be set to 'None' for NodePort services"));
        if (type is "ExternalName") ExternalName(spec, errors);
        Ports(ports, type, errors);
        if (spec.Text("sessionAffinity") is { } affinity and not ("ClientIP" or "None")) errors.Add(Errors.NotSupported("spec.sessionAffinity", affinity, "ClientIP", "None"));
        Families(spec, errors);
        ClusterAddresses(spec, errors);
        if (type is not ("ClusterIP" or "ExternalName" or "LoadBalancer" or "NodePort"))
            errors.Add(Errors.NotSupported("spec.type", type, "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"));
        LoadBalancerFields(spec, type, errors);
        TrafficPolicies(spec, type, errors);
        ExternalIps(spec, errors);
        if (live is not null) Immutable(spec, live.Child("spec"), errors);
    }

    public static void ValidateStatus(JsonObject obj, List<FieldError> errors)
    {
        var type = obj.Child("spec").Text("type");
        var ingress = ServiceStrategy.Ingress(obj).ToArray();
        if (ingress.Length > 0 && type != "LoadBalancer")
        {
            errors.Add(Errors.Forbidden("status.loadBalancer.ingress", "may only be used when `spec.type` is 'LoadBalancer'"));
            return;
        }
        for (var i = 0; i < ingress.Length; i++)
        {
            var field = $"status.loadBalancer.ingress[{i}]";
            if (ingress[i].Text("ip") is { Length: > 0 } ip && !IPAddress.TryParse(ip, out _))
                errors.Add(Errors.Invalid(field + ".ip", ip, "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"));
            var mode = ingress[i].Text("ipMode");
            if (mode is not (null or "VIP" or "Proxy")) errors.Add(Errors.NotSupported(field + ".ipMode", mode, "Proxy", "VIP"));
            else if (mode is not null && ingress[i].Text("ip") is null or "" && mode is not null)
                errors.Add(Errors.Forbidden(field + ".ipMode", "may not be specified when `ip` is not set"));
            if (ingress[i].Text("hostname") is { Length: > 0 } host && IPAddress.TryParse(host, out _))
                errors.Add(Errors.Invalid(field + ".hostname", host, "must be a DNS name, not an IP address"));
        }
    }

    private static void ExternalName(JsonObject spec, List<FieldError> errors)
    {
        if (spec.Text("clusterIP") is { Length: > 0 }) errors.Add(Errors.Forbidden("spec.clusterIPs", "may not be set for ExternalName services"));
        if (spec.Text("externalName") is null or "") errors.Add(Errors.Required("spec.externalName"));
    }

    private static void Ports(JsonObject[] ports, string type, List<FieldError> errors)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        var pairs = new HashSet<(long?, string?)>();
        for (var i = 0; i < ports.Length; i++)
        {
            var port = ports[i];
            var field = $"spec.ports[{i}]";
            var name = port.Text("name") ?? "";
            if (name.Length == 0)
            {
                if (ports.Length > 1) errors.Add(Errors.Required(field + ".name"));
            }
            else if (!DnsLabel().IsMatch(name) || name.Length > 63) errors.Add(Errors.Invalid(field + ".name", name, LabelRule));
            else if (!names.Add(name)) errors.Add(Errors.Duplicate(field + ".name", name));
            if (port.Number("port") is not (>= 1 and <= 65535)) errors.Add(Errors.Invalid(field + ".port", port.Number("port") ?? 0, "must be between 1 and 65535, inclusive"));
            var protocol = port.Text("protocol") ?? "";
            if (protocol.Length == 0) errors.Add(Errors.Required(field + ".protocol"));
            else if (protocol is not ("TCP" or "UDP" or "SCTP")) errors.Add(Errors.NotSupported(field + ".protocol", protocol, "SCTP", "TCP", "UDP"));
            if (Json.Number(port["targetPort"]) is { } target && target is not (>= 1 and <= 65535)) errors.Add(Errors.Invalid(field + ".targetPort", target, "must be between 1 and 65535, inclusive"));
            if (port.Text("targetPort") is { } named && (!PortName().IsMatch(named) || named.Length > 15))
                errors.Add(Errors.Invalid(field + ".targetPort", named, "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)"));
            if (type is "ClusterIP" or "ExternalName" && port.Number("nodePort") is { } node and not 0)
                errors.Add(Errors.Forbidden(field + ".nodePort", $"may not be used when `type` is '{type}'"));
            if (!pairs.Add((port.Number("port"), protocol))) errors.Add(new FieldError("FieldValueDuplicate", field, $"Duplicate value: {{\"port\":{port.Number("port")},\"protocol\":\"{protocol}\"}}"));
        }
    }

    private static void Families(JsonObject spec, List<FieldError> errors)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var families = spec.Strings("ipFamilies");
        for (var i = 0; i < families.Count; i++)
        {
            if (families[i] is not ("IPv4" or "IPv6")) errors.Add(Errors.NotSupported($"spec.ipFamilies[{i}]", families[i], "IPv4", "IPv6"));
            else if (!seen.Add(families[i])) errors.Add(Errors.Duplicate($"spec.ipFamilies[{i}]", families[i]));
        }
        if (spec.Text("ipFamilyPolicy") is { } policy and not ("SingleStack" or "PreferDualStack" or "RequireDualStack"))
            errors.Add(Errors.NotSupported("spec.ipFamilyPolicy", policy, "SingleStack", "PreferDualStack", "RequireDualStack"));
    }

    private static void ClusterAddresses(JsonObject spec, List<FieldError> errors)
    {
        var addresses = spec.Strings("clusterIPs").ToList();
        if (addresses.Count == 0 && spec.Text("clusterIP") is { Length: > 0 } one) addresses.Add(one);
        if (addresses.Count > 0 && spec.Text("clusterIP") is { Length: > 0 } first && addresses[0] != first)
            errors.Add(Errors.InvalidJson("spec.clusterIPs", Json.Array(addresses), "first value must match `clusterIP`"));
        for (var i = 0; i < addresses.Count; i++)
            if (addresses[i] != "None" && !IPAddress.TryParse(addresses[i], out _))
                errors.Add(Errors.Invalid($"spec.clusterIPs[{i}]", addresses[i], "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"));
    }

    private static void LoadBalancerFields(JsonObject spec, string type, List<FieldError> errors)
    {
        var isLoadBalancer = type == "LoadBalancer";
        if (spec["loadBalancerSourceRanges"] is JsonArray)
        {
            var ranges = spec.Strings("loadBalancerSourceRanges");
            if (!isLoadBalancer) errors.Add(Errors.Forbidden("spec.LoadBalancerSourceRanges", LoadBalancerOnly));
            else
                for (var i = 0; i < ranges.Count; i++)
                    if (!IsCidr(ranges[i].Trim()))
                        errors.Add(Errors.Invalid($"spec.LoadBalancerSourceRanges[{i}]", ranges[i], "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"));
        }
        if (spec["allocateLoadBalancerNodePorts"] is not null && !isLoadBalancer)
            errors.Add(Errors.Forbidden("spec.allocateLoadBalancerNodePorts", LoadBalancerOnly));
        if (spec.Text("loadBalancerClass") is { } @class)
        {
            if (!isLoadBalancer) errors.Add(Errors.Forbidden("spec.loadBalancerClass", LoadBalancerOnly));
            else MetadataValidation.QualifiedName("spec.loadBalancerClass", @class, errors);
        }
    }

    private static bool IsCidr(string text)
    {
        var slash = text.IndexOf('/');
        return slash > 0 && IPAddress.TryParse(text.AsSpan(0, slash), out var address) && int.TryParse(text.AsSpan(slash + 1), out var length)
            && length >= 0 && length <= (address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork ? 32 : 128);
    }

    private static void TrafficPolicies(JsonObject spec, string type, List<FieldError> errors)
    {
        var external = spec.Text("externalTrafficPolicy");
        var hasExternal = type is "LoadBalancer" or "NodePort" || spec["externalIPs"] is JsonArray { Count: > 0 };
        if (external is not null && !hasExternal)
            errors.Add(Errors.Invalid("spec.externalTrafficPolicy", external, "may only be set for externally-accessible services"));
        else if (external is not (null or "Cluster" or "Local")) errors.Add(Errors.NotSupported("spec.externalTrafficPolicy", external, "Cluster", "Local"));
        if (spec.Number("healthCheckNodePort") is { } port and not 0 && !(type == "LoadBalancer" && external == "Local"))
            errors.Add(Errors.Invalid("spec.healthCheckNodePort", port, "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'"));
        if (spec.Text("internalTrafficPolicy") is { } inside and not ("Cluster" or "Local"))
            errors.Add(Errors.NotSupported("spec.internalTrafficPolicy", inside, "Cluster", "Local"));
    }

    private static void ExternalIps(JsonObject spec, List<FieldError> errors)
    {
        var ips = spec.Strings("externalIPs");
        for (var i = 0; i < ips.Count; i++)
            if (!IPAddress.TryParse(ips[i], out _)) errors.Add(Errors.Invalid($"spec.externalIPs[{i}]", ips[i], "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"));
    }

    private static void Immutable(JsonObject spec, JsonObject old, List<FieldError> errors)
    {
        if (spec.Text("type") != "ExternalName" && old.Text("type") != "ExternalName")
        {
            var now = spec.Strings("clusterIPs");
            var before = old.Strings("clusterIPs");
            if (now.Count > 0 && before.Count > 0 && now[0] != before[0])
                errors.Add(Errors.InvalidJson("spec.clusterIPs[0]", Json.Array(now), "may not change once set"));
            else if (now.Count > 1 && before.Count > 1 && now[1] != before[1])
                errors.Add(Errors.InvalidJson("spec.clusterIPs[1]", Json.Array(now), "may not change once set"));
        }
        if (spec.Text("type") == "LoadBalancer" && old.Text("type") == "LoadBalancer" && spec.Text("loadBalancerClass") != old.Text("loadBalancerClass"))
            errors.Add(Errors.InvalidJson("spec.loadBalancerClass", spec["loadBalancerClass"], "may not change once set"));
    }
}
