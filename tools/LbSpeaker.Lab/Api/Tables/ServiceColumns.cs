using System.Globalization;
using System.Text.Json.Nodes;

namespace LbSpeaker.Lab.Api.Tables;

/// <summary>The columns of <c>kubectl get services</c>.</summary>
internal static class ServiceColumns
{
    public static readonly IReadOnlyList<Column> All =
    [
        BuiltInColumns.Name,
        new("Type", "string", (o, _) => Json.PathText(o, "spec.type")) { Description = "How the Service is exposed." },
        new("Cluster-IP", "string", (o, _) => Json.PathText(o, "spec.clusterIP") is { Length: > 0 } ip ? ip : "<none>"),
        new("External-IP", "string", (o, _) => ExternalIp(o)),
        new("Port(s)", "string", (o, _) => Ports(o)),
        BuiltInColumns.Age,
        new("Selector", "string", (o, _) => BuiltInColumns.Labels(Json.At(o, "spec.selector"))) { Priority = 1 },
    ];

    private static string ExternalIp(JsonObject service)
    {
        var spec = service.Child("spec");
        var external = spec.Strings("externalIPs");
        switch (spec.Text("type"))
        {
            case "ExternalName":
                return spec.Text("externalName") ?? "";
            case "LoadBalancer":
                var ingress = (Json.At(service, "status.loadBalancer.ingress") as JsonArray)?.OfType<JsonObject>()
                    .Select(i => i.Text("ip") ?? i.Text("hostname") ?? "").Where(i => i.Length > 0).Distinct().Order(StringComparer.Ordinal) ?? (IEnumerable<string>)[];
                var all = ingress.Concat(external).ToArray();
                return all.Length == 0 ? "<pending>" : string.Join(",", all);
            default:
                return external.Count == 0 ? "<none>" : string.Join(",", external);
        }
    }

    private static string Ports(JsonObject service)
    {
        var ports = service.Child("spec").Objects("ports").Select(p => p.Number("nodePort") is { } node and not 0
            ? string.Create(CultureInfo.InvariantCulture, $"{p.Number("port")}:{node}/{p.Text("protocol")}")
            : string.Create(CultureInfo.InvariantCulture, $"{p.Number("port")}/{p.Text("protocol")}")).ToArray();
        return ports.Length == 0 ? "<none>" : string.Join(",", ports);
    }
}
