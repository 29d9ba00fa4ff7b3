using LbSpeaker.Core.Announcement;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Values;
using LbSpeaker.Kubernetes.Resources;

namespace LbSpeaker.Kubernetes.Translation;

/// <summary>What the status of an L2Advertisement or a BGPAdvertisement says of what it selects.</summary>
internal static class SelectionTranslation
{
    public static SelectionRecord Read(ShapeReader status, ClusterKind kind, TranslationContext context) => new(
        Names(status, "pools", context),
        Names(status, "nodes", context),
        kind == ClusterKind.BGPAdvertisement ? Names(status, "peers", context) : null,
        new(status.Int64("addressesTotal"), status.Objects("addresses").Select(a => Address(a, context)).OfType<SelectedAddress>().ToValueArray()));

    private static ShownRecord<string> Names(ShapeReader status, string field, TranslationContext context) =>
        new(status.Int64(field + "Total"), status.Texts(field).Select(context.Strings.Intern).ToValueArray());

    private static SelectedAddress? Address(ShapeReader json, TranslationContext context) =>
        IpAddress.TryParse(json.Text("address"), out IpAddress address) && json.Text("service")?.Split('/') is [var space, var name] ? new(address, new(context.Strings.Intern(space), name)) : null;
}
