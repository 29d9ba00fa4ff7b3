using System.Text.Json;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Values;
using LbSpeaker.Kubernetes.Resources;

namespace LbSpeaker.Kubernetes.Translation;

/// <summary>v1 Node and Namespace, both of which count by their labels.</summary>
internal static class NodeTranslation
{
    public static NodeRecord Node(JsonElement json, TranslationContext context, out ValueArray<string> shapeFaults)
    {
        ShapeFaults faults = context.NewFaults();
        ShapeReader root = ShapeReader.Of(json, faults);
        ShapeReader meta = root.Object("metadata");
        bool unavailable = false;
        foreach (ShapeReader condition in root.Object("status").Objects("conditions"))
            unavailable |= condition.Text("type") == "NetworkUnavailable" && condition.Text("status") == "True";
        List<IpAddress> addresses = [];
        foreach (ShapeReader address in root.Object("status").Objects("addresses"))
            if (address.Text("type") == "InternalIP" && IpAddress.TryParse(address.Text("address") ?? "", out IpAddress internalAddress)) addresses.Add(internalAddress);
        NodeView view = new(context.Strings.Intern(meta.Text("name") ?? ""))
        {
            Labels = meta.Labels("labels", context.Strings),
            NetworkUnavailable = unavailable,
            Maintenance = MaintenanceOf(meta),
            InternalAddresses = addresses.ToValueArray(),
        };
        NodeRecord record = new(view, meta.Text("uid") ?? "", MaintenanceWait(meta, faults));
        shapeFaults = faults.ToValues();
        return record;
    }

    /// <summary>That the node is asked to leave; how long it has been so is not told by the object, and the speaker's own matter.</summary>
    private static MaintenancePhase MaintenanceOf(ShapeReader meta) =>
        meta.Object("annotations").Text(ApiNames.MaintenanceAnnotation) is { } asked && asked != "false" ? MaintenancePhase.Draining : MaintenancePhase.None;

    private static TimeSpan? MaintenanceWait(ShapeReader meta, ShapeFaults faults)
    {
        if (meta.Object("annotations").Text(ApiNames.MaintenanceAnnotation) is not { } asked || asked is "" or "true" or "false") return null;
        if (GoDuration.TryParse(asked, out TimeSpan wait) && wait >= TimeSpan.Zero) return wait;
        faults.Add($"metadata.annotations[{ApiNames.MaintenanceAnnotation}]", $"expected true, false, or how long to wait, such as 30s, got \"{asked}\"");
        return null;
    }

    public static NamespaceRecord Namespace(JsonElement json, TranslationContext context, out ValueArray<string> shapeFaults)
    {
        ShapeFaults faults = context.NewFaults();
        ShapeReader meta = ShapeReader.Of(json, faults).Object("metadata");
        NamespaceRecord record = new(new(context.Strings.Intern(meta.Text("name") ?? ""), meta.Labels("labels", context.Strings)));
        shapeFaults = faults.ToValues();
        return record;
    }
}
