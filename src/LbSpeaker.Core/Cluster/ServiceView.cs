using LbSpeaker.Core.Net;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Core.Cluster;

/// <summary>The IP families that a Service asks for (spec.ipFamilyPolicy).</summary>
public enum IpFamilyPolicy { SingleStack, PreferDualStack, RequireDualStack }

/// <summary>One port of a Service as far as sharing is concerned.</summary>
/// <param name="Protocol">TCP, UDP or SCTP, as the API spells it.</param>
public readonly record struct ServicePortView(string Protocol, int Port);

/// <summary>One entry of status.loadBalancer.ingress as it stands there: text, since others may have written it.</summary>
public readonly record struct IngressView(string? Ip, string? Hostname);

/// <summary>
/// A Service as the planners see it: what decides about its address, and nothing else, so that two states
/// that decide alike are equal.
/// </summary>
public sealed record ServiceView(ObjectKey Key)
{
    public string Uid { get; init; } = "";

    public Age Age { get; init; }

    public LabelSet Labels { get; init; } = LabelSet.Empty;

    /// <summary>Only the annotations of <see cref="ServiceAnnotations"/>.</summary>
    public LabelSet Annotations { get; init; } = LabelSet.Empty;

    /// <summary>spec.type is LoadBalancer.</summary>
    public bool IsLoadBalancer { get; init; }

    public string? LoadBalancerClass { get; init; }

    /// <summary>spec.loadBalancerIP, null when empty.</summary>
    public string? LoadBalancerIP { get; init; }

    /// <summary>spec.externalTrafficPolicy is Local.</summary>
    public bool LocalTraffic { get; init; }

    public LabelSet Selector { get; init; } = LabelSet.Empty;

    public ValueArray<ServicePortView> Ports { get; init; }

    public IpFamilyPolicy? FamilyPolicy { get; init; }

    /// <summary>spec.ipFamilies, the primary family first.</summary>
    public ValueArray<IpFamily> Families { get; init; }

    /// <summary>spec.clusterIPs (or clusterIP where the list is empty), without "None" and blanks.</summary>
    public ValueArray<string> ClusterIPs { get; init; }

    public ValueArray<IngressView> Ingress { get; init; }

    /// <summary>metadata.deletionTimestamp is set: its address is freed at once for those that wait.</summary>
    public bool IsBeingDeleted { get; init; }

    /// <summary>The node that is to take the addresses over (<see cref="ServiceAnnotations.MoveTo"/>); null where none is asked for.</summary>
    public string? MoveTo => Annotations.Count == 0 ? null : Annotations[ServiceAnnotations.MoveTo] is { Length: > 0 } node ? node : null;

    /// <summary>The IPClaim whose addresses it is to have (<see cref="ServiceAnnotations.Claim"/>), of its own namespace; null where it names none.</summary>
    public ObjectKey? Claim => Annotations.Count == 0 ? null : Annotations[ServiceAnnotations.Claim]?.Trim() is { Length: > 0 } name ? new(Key.Namespace, name) : null;

    /// <summary>What was wrong with the shape of the object (a field of a wrong type), in words; empty when sound.</summary>
    public ValueArray<string> ShapeFaults { get; init; }
}
