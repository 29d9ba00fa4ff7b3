using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Config;
using LbSpeaker.Kubernetes.Resources;

namespace LbSpeaker.Kubernetes.Watching;

/// <summary>Carries changes of a feed into the builder of the next snapshot.</summary>
public static class SnapshotBuilderChanges
{
    /// <summary>Records that no plan is made from (statuses, Leases by themselves) leave the builder as it is.</summary>
    public static void Apply(this ClusterSnapshotBuilder builder, ClusterChange change)
    {
        switch (change)
        {
            case ClusterChange.Upserted { Record: ServiceRecord service }: builder.Set(service.View); break;
            case ClusterChange.Upserted { Record: EndpointSliceRecord slice }: builder.Set(slice.View); break;
            case ClusterChange.Upserted { Record: NodeRecord node }: builder.Set(node.View); break;
            case ClusterChange.Upserted { Record: NamespaceRecord ns }: builder.Set(ns.View); break;
            case ClusterChange.Upserted { Record: ConfigRecord config }: builder.Set(config.Declaration); break;
            case ClusterChange.Upserted { Record: SecretRecord secret }: builder.Set(secret.View); break;
            case ClusterChange.Removed { Kind: ClusterKind.Service, Key: var key }: builder.RemoveService(key); break;
            case ClusterChange.Removed { Kind: ClusterKind.EndpointSlice, Key: var key }: builder.RemoveEndpointSlice(key); break;
            case ClusterChange.Removed { Kind: ClusterKind.Node, Key: var key }: builder.RemoveNode(key.Name); break;
            case ClusterChange.Removed { Kind: ClusterKind.Namespace, Key: var key }: builder.RemoveNamespace(key.Name); break;
            case ClusterChange.Removed { Kind: ClusterKind.Secret, Key: var key }: builder.RemoveSecret(key); break;
            case ClusterChange.Removed removed when removed.Kind.IsConfig(): builder.RemoveConfig(removed.Kind.ToString(), removed.Key); break;
            case ClusterChange.SpeakersChanged speakers: builder.SetLiveSpeakers(speakers.Live); break;
        }
    }
}
