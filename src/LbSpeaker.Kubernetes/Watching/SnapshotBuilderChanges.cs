using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Config;
using LbSpeaker.Kubernetes.Resources;

namespace LbSpeaker.Kubernetes.Watching;

/// <summary>Carries changes of a feed into the builder of the next snapshot.</summary>
public static class SnapshotBuilderChanges
{
    /// <summary>Records that no plan is made from (Leases by themselves, what is said of BGP) leave the builder as it is.</summary>
    public static void Apply(this ClusterSnapshotBuilder builder, ClusterChange change)
    {
        switch (change)
        {
            case ClusterChange.Upserted { Record: ServiceRecord service }: builder.Set(service.View); break;
            case ClusterChange.Upserted { Record: ClaimRecord claim }: builder.Set(claim.View); break;
            case ClusterChange.Removed { Kind: ClusterKind.IPClaim, Key: var key }: builder.RemoveClaim(key); break;
            case ClusterChange.Upserted { Record: EndpointSliceRecord slice }: builder.Set(slice.View); break;
            case ClusterChange.Upserted { Record: NodeRecord node }: builder.Set(node.View); break;
            case ClusterChange.Upserted { Record: NamespaceRecord ns }: builder.Set(ns.View); break;
            case ClusterChange.Upserted { Record: ConfigRecord config }: builder.Set(config.Declaration); break;
            case ClusterChange.Upserted { Record: SecretRecord secret }: builder.Set(secret.View); break;
            case ClusterChange.Upserted { Record: Layer2StatusRecord status }: builder.Set(status.View); break;
            case ClusterChange.Upserted { Record: NodeStateRecord { Report: { Interfaces: { } interfaces } report } }: builder.SetInterfaces(report.Node, interfaces); break;
            case ClusterChange.Upserted { Record: NodeStateRecord { Report: var report } }: builder.RemoveInterfaces(report.Node); break;
            case ClusterChange.Removed { Kind: ClusterKind.ServiceL2Status, Key: var key }: builder.RemoveLayer2Status(key); break;
            case ClusterChange.Removed { Kind: ClusterKind.NodeState, Key: var key }: builder.ForgetInterfaces(key.Name); break;
            case ClusterChange.Removed { Kind: ClusterKind.Service, Key: var key }: builder.RemoveService(key); break;
            case ClusterChange.Removed { Kind: ClusterKind.EndpointSlice, Key: var key }: builder.RemoveEndpointSlice(key); break;
            case ClusterChange.Removed { Kind: ClusterKind.Node, Key: var key }: builder.RemoveNode(key.Name); break;
            case ClusterChange.Removed { Kind: ClusterKind.Namespace, Key: var key }: builder.RemoveNamespace(key.Name); break;
            case ClusterChange.Removed { Kind: ClusterKind.Secret, Key: var key }: builder.RemoveSecret(key); break;
            case ClusterChange.Removed removed when removed.Kind.IsConfig(): builder.RemoveConfig(removed.Kind.ToString(), removed.Key); break;
            case ClusterChange.SpeakersChanged speakers:
                builder.SetLiveSpeakers(speakers.Live);
                builder.SetCutOff(speakers.IsCutOff);
                break;
        }
    }
}
