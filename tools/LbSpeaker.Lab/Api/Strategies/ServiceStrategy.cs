using System.Text.Json.Nodes;
using LbSpeaker.Lab.Api.Schema;

namespace LbSpeaker.Lab.Api.Strategies;

/// <summary>Services: defaults, what an update carries over, and the addresses and ports they are given.</summary>
internal sealed class ServiceStrategy : Strategy
{
    public override NameForm Names => NameForm.Label;

    public override void Default(JsonObject obj)
    {
        var spec = obj.Child("spec");
        spec["sessionAffinity"] ??= "None";
        spec["type"] ??= "ClusterIP";
        var type = spec.Text("type");
        if (spec.Text("sessionAffinity") == "ClientIP") spec.Child("sessionAffinityConfig").Child("clientIP")["timeoutSeconds"] ??= 10800;
        else spec.Remove("sessionAffinityConfig");
        foreach (var port in spec.Objects("ports"))
        {
            port["protocol"] ??= "TCP";
            if (port["targetPort"] is null || Json.Number(port["targetPort"]) == 0 || port.Text("targetPort") == "") port["targetPort"] = port["port"]?.DeepClone();
        }
        if (type is "LoadBalancer" or "NodePort") spec["externalTrafficPolicy"] ??= "Cluster";
        if (type is "LoadBalancer") spec["allocateLoadBalancerNodePorts"] ??= true;
        if (type is "LoadBalancer" or "NodePort" or "ClusterIP") spec["internalTrafficPolicy"] ??= "Cluster";
        foreach (var ingress in Ingress(obj))
            if (ingress.Text("ip") is { Length: > 0 }) ingress["ipMode"] ??= "VIP";
    }

    public override void PrepareCreate(JsonObject obj, WriteContext context) => obj["status"] = new JsonObject { ["loadBalancer"] = new JsonObject() };

    public override void PrepareUpdate(JsonObject obj, JsonObject live, WriteContext context)
    {
        var spec = obj.Child("spec");
        var old = live.Child("spec");
        CarryOver(spec, old);
        if (spec.Text("type") != "LoadBalancer")
        {
            // What only a load balancer has goes when the type changes away, unless the writer sets it anew.
            if (old.Text("type") == "LoadBalancer")
            {
                DropUnchanged(spec, old, "allocateLoadBalancerNodePorts");
                DropUnchanged(spec, old, "loadBalancerClass");
                obj["status"] = new JsonObject { ["loadBalancer"] = new JsonObject() };
            }
        }
        if (spec.Text("type") is "ClusterIP" or "ExternalName")
        {
            if (old.Text("type") is "LoadBalancer" or "NodePort")
            {
                DropUnchanged(spec, old, "externalTrafficPolicy");
                foreach (var port in spec.Objects("ports"))
                    if (old.Objects("ports").Any(o => o.Number("nodePort") == port.Number("nodePort"))) port.Remove("nodePort");
            }
        }
        var wantsHealthCheck = spec.Text("type") == "LoadBalancer" && spec.Text("externalTrafficPolicy") == "Local";
        if (!wantsHealthCheck && old["healthCheckNodePort"] is not null) DropUnchanged(spec, old, "healthCheckNodePort");
    }

    public override void Validate(JsonObject obj, JsonObject? live, WriteContext context, List<FieldError> errors) =>
        ServiceValidation.Validate(obj, live, errors);

    public override void ValidateStatus(JsonObject obj, JsonObject live, List<FieldError> errors) => ServiceValidation.ValidateStatus(obj, errors);

    public override void Allocate(JsonObject obj, JsonObject? live, WriteContext context, List<FieldError> errors) =>
        context.Server.ServiceNetwork.Allocate(obj.Child("spec"), live?.Child("spec"), context.DryRun, errors);

    public override void Removed(JsonObject obj, WriteContext context) => context.Server.ServiceNetwork.Release(obj.Child("spec"));

    internal static IEnumerable<JsonObject> Ingress(JsonObject service) =>
        (Json.At(service, "status.loadBalancer.ingress") as JsonArray)?.OfType<JsonObject>() ?? [];

    /// <summary>An update that leaves allocated values out keeps them.</summary>
    private static void CarryOver(JsonObject spec, JsonObject old)
    {
        if (spec.Text("type") == "ExternalName" || old.Text("type") == "ExternalName") return;
        if (spec.Text("clusterIP") is null or "" && spec["clusterIPs"] is null)
        {
            Copy(spec, old, "clusterIP");
            Copy(spec, old, "clusterIPs");
        }
        else if (spec["clusterIPs"] is null && spec.Text("clusterIP") == old.Text("clusterIP")) Copy(spec, old, "clusterIPs");
        else if (spec.Text("clusterIP") is null or "" && spec.Strings("clusterIPs") is [var first, ..]) spec["clusterIP"] = first;
        if (spec["ipFamilies"] is null) Copy(spec, old, "ipFamilies");
        if (spec["ipFamilyPolicy"] is null) Copy(spec, old, "ipFamilyPolicy");
        if (spec.Text("type") is "LoadBalancer" or "NodePort" && !(spec.Bool("allocateLoadBalancerNodePorts") == false && old.Bool("allocateLoadBalancerNodePorts") != false))
        {
            var taken = spec.Objects("ports").Select(p => p.Number("nodePort")).OfType<long>().ToHashSet();
            foreach (var port in spec.Objects("ports").Where(p => p.Number("nodePort") is null or 0))
            {
                var same = old.Objects("ports").FirstOrDefault(o => o.Number("port") == port.Number("port") && o.Text("protocol") == port.Text("protocol"));
                if (same?.Number("nodePort") is { } nodePort and not 0 && taken.Add(nodePort)) port["nodePort"] = nodePort;
            }
        }
        if (spec.Number("healthCheckNodePort") is null or 0 && spec.Text("type") == "LoadBalancer" && spec.Text("externalTrafficPolicy") == "Local")
            Copy(spec, old, "healthCheckNodePort");
    }

    private static void Copy(JsonObject to, JsonObject from, string key)
    {
        if (from[key] is { } value) to[key] = value.DeepClone();
    }

    private static void DropUnchanged(JsonObject spec, JsonObject old, string key)
    {
        if (JsonNode.DeepEquals(spec[key], old[key])) spec.Remove(key);
    }
}
