using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using LbSpeaker.Lab.Api.Schema;

namespace LbSpeaker.Lab.Api.Strategies;

internal sealed class NamespaceStrategy : Strategy
{
    private static readonly string[] Permanent = ["default", "kube-system", "kube-public"];

    public override NameForm Names => NameForm.Label;

    public override void Default(JsonObject obj) =>
        obj.Child("metadata").Child("labels")["kubernetes.io/metadata.name"] = obj.Child("metadata").Text("name");

    public override void PrepareCreate(JsonObject obj, WriteContext context)
    {
        obj["spec"] = new JsonObject { ["finalizers"] = Json.Array(["kubernetes"]) };
        obj["status"] = new JsonObject { ["phase"] = "Active" };
    }

    public override void PrepareUpdate(JsonObject obj, JsonObject live, WriteContext context) => obj["spec"] = live["spec"]?.DeepClone();

    public override void CheckDelete(JsonObject obj, WriteContext context)
    {
        var name = obj.Child("metadata").Text("name")!;
        if (Permanent.Contains(name))
            throw ApiException.Forbidden(context.Server.Kinds.Require("", "namespaces"), name, "this namespace may not be deleted");
    }
}

internal sealed class PodStrategy : Strategy
{
    public override void PrepareCreate(JsonObject obj, WriteContext context) => obj["status"] = new JsonObject { ["phase"] = "Pending" };

    public override void Validate(JsonObject obj, JsonObject? live, WriteContext context, List<FieldError> errors)
    {
        if (Json.At(obj, "spec.containers") is not JsonArray { Count: > 0 }) errors.Add(Errors.Required("spec.containers"));
    }
}

internal sealed class NodeStrategy : Strategy
{
    public override bool KeepsStatusOnCreate => true;

    public override void PrepareCreate(JsonObject obj, WriteContext context) => obj["status"] ??= new JsonObject();
}

/// <summary>Workloads are stored; no controller runs them.</summary>
internal sealed class WorkloadStrategy : Strategy
{
    public override void Default(JsonObject obj)
    {
        var spec = obj.Child("spec");
        if (obj.Text("kind") == "Deployment") spec["replicas"] ??= 1;
        obj["status"] ??= new JsonObject();
    }

    public override void Validate(JsonObject obj, JsonObject? live, WriteContext context, List<FieldError> errors)
    {
        var selector = Json.At(obj, "spec.selector");
        if (selector is not JsonObject) errors.Add(Errors.Required("spec.selector"));
        else if (live is not null && !JsonNode.DeepEquals(selector, Json.At(live, "spec.selector")))
            errors.Add(Errors.InvalidJson("spec.selector", selector, "field is immutable"));
        if (Json.At(obj, "spec.template.spec.containers") is not JsonArray { Count: > 0 })
            errors.Add(Errors.Required("spec.template.spec.containers"));
    }
}

internal sealed class RbacStrategy : Strategy
{
    public override NameForm Names => NameForm.PathSegment;

    public override void Validate(JsonObject obj, JsonObject? live, WriteContext context, List<FieldError> errors)
    {
        if (live is not null && obj["roleRef"] is { } role && !JsonNode.DeepEquals(role, live["roleRef"]))
            errors.Add(Errors.InvalidJson("roleRef", role, "cannot change roleRef"));
    }
}

internal sealed class EndpointSliceStrategy : Strategy
{
    public override void Default(JsonObject obj)
    {
        foreach (var port in obj.Objects("ports"))
        {
            port["name"] ??= "";
            port["protocol"] ??= "TCP";
        }
    }

    public override void Validate(JsonObject obj, JsonObject? live, WriteContext context, List<FieldError> errors)
    {
        var type = obj.Text("addressType") ?? "";
        if (type.Length == 0) errors.Add(Errors.Required("addressType"));
        else if (type is not ("IPv4" or "IPv6" or "FQDN")) errors.Add(Errors.NotSupported("addressType", type, "FQDN", "IPv4", "IPv6"));
        else if (live is not null && live.Text("addressType") != type) errors.Add(Errors.Invalid("addressType", type, "field is immutable"));
    }
}

internal sealed class LeaseStrategy : Strategy
{
    public override void Validate(JsonObject obj, JsonObject? live, WriteContext context, List<FieldError> errors)
    {
        var spec = obj.Child("spec");
        if (spec.Number("leaseDurationSeconds") is { } duration and <= 0)
            errors.Add(Errors.Invalid("spec.leaseDurationSeconds", duration, "must be greater than 0"));
        if (spec.Number("leaseTransitions") is { } transitions and < 0)
            errors.Add(Errors.Invalid("spec.leaseTransitions", transitions, "must be greater than or equal to 0"));
    }
}

internal sealed class SecretStrategy : Strategy
{
    private static readonly Dictionary<string, string[]> RequiredKeys = new(StringComparer.Ordinal)
    {
        ["kubernetes.io/tls"] = ["tls.crt", "tls.key"],
        ["kubernetes.io/dockerconfigjson"] = [".dockerconfigjson"],
        ["kubernetes.io/ssh-auth"] = ["ssh-privatekey"],
    };

    public override void Default(JsonObject obj)
    {
        if (obj["stringData"] is JsonObject plain)
        {
            var data = obj.Child("data");
            foreach (var (key, value) in plain)
                data[key] = Convert.ToBase64String(Encoding.UTF8.GetBytes(value is JsonValue v && v.TryGetValue(out string? s) ? s! : ""));
            obj.Remove("stringData");
        }
        obj["type"] ??= "Opaque";
    }

    public override void Validate(JsonObject obj, JsonObject? live, WriteContext context, List<FieldError> errors)
    {
        var type = obj.Text("type") ?? "";
        if (live is not null && live.Text("type") != type) errors.Add(Errors.Invalid("type", type, "field is immutable"));
        if (live?.Bool("immutable") == true && !JsonNode.DeepEquals(obj["data"], live["data"]))
            errors.Add(Errors.Forbidden("data", "field is immutable when `immutable` is set"));
        var data = obj.Object("data");
        if (type == "kubernetes.io/basic-auth" && data?.ContainsKey("username") != true && data?.ContainsKey("password") != true)
        {
            errors.Add(Errors.Required("data[username]"));
            errors.Add(Errors.Required("data[password]"));
        }
        foreach (var key in RequiredKeys.GetValueOrDefault(type, []))
            if (data?.ContainsKey(key) != true) errors.Add(Errors.Required(string.Create(CultureInfo.InvariantCulture, $"data[{key}]")));
    }
}
