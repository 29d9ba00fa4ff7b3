using LbSpeaker.Core.Cluster;

namespace LbSpeaker.Kubernetes.Writing;

/// <summary>The object that an event speaks of.</summary>
public sealed record EventSubject(string ApiVersion, string Kind, ObjectKey Key, string Uid)
{
    public static EventSubject Of(ServiceView service) => new("v1", "Service", service.Key, service.Uid);

    public static EventSubject Of(ClaimView claim) => new(Resources.ApiNames.OwnGroupVersion, nameof(Resources.ClusterKind.IPClaim), claim.Key, claim.Uid);

    public static EventSubject Of(Core.Config.DeclarationMeta meta) => new(Resources.ApiNames.GroupVersionOf(Enum.Parse<Resources.ClusterKind>(meta.Kind)), meta.Kind, meta.Key, meta.Uid);
}
