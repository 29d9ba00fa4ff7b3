using System.Text.Json.Nodes;
using LbSpeaker.Lab.Api.Writing;

namespace LbSpeaker.Lab.Api;

/// <summary>What a new cluster holds.</summary>
internal static class Bootstrap
{
    public static void Fill(ServerParts parts)
    {
        var namespaces = parts.Kinds.Require("", "namespaces");
        foreach (var name in (string[])["default", "kube-node-lease", "kube-public", "kube-system"])
            parts.Writer.Create(namespaces, "", Object("v1", "Namespace", name), WriteOptions.Internal);
        var service = Object("v1", "Service", "kubernetes");
        service["metadata"]!["labels"] = new JsonObject { ["component"] = "apiserver", ["provider"] = "kubernetes" };
        service["spec"] = new JsonObject
        {
            ["clusterIP"] = FirstAddress(parts),
            ["ports"] = new JsonArray(new JsonObject { ["name"] = "https", ["port"] = 443, ["protocol"] = "TCP", ["targetPort"] = 6443 }),
        };
        parts.Writer.Create(parts.Kinds.Require("", "services"), "default", service, WriteOptions.Internal);
    }

    private static string FirstAddress(ServerParts parts)
    {
        var bytes = parts.Options.ServiceCidrs[0].BaseAddress.GetAddressBytes();
        bytes[^1]++;
        return new System.Net.IPAddress(bytes).ToString();
    }

    private static JsonObject Object(string apiVersion, string kind, string name) =>
        new() { ["apiVersion"] = apiVersion, ["kind"] = kind, ["metadata"] = new JsonObject { ["name"] = name } };
}
