using LbSpeaker.Core.Net;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Core.Cluster;

/// <summary>A Node: where speakers run and what selectors see.</summary>
public sealed record NodeView(string Name)
{
    /// <summary>Nodes with this label, whatever its value, announce nothing unless told to ignore it.</summary>
    public const string ExcludeLabel = "node.kubernetes.io/exclude-from-external-load-balancers";

    public LabelSet Labels { get; init; } = LabelSet.Empty;

    /// <summary>The condition NetworkUnavailable is True.</summary>
    public bool NetworkUnavailable { get; init; }

    public MaintenancePhase Maintenance { get; init; }

    /// <summary>status.addresses of type InternalIP, in their order: where other nodes reach this one.</summary>
    public ValueArray<IpAddress> InternalAddresses { get; init; }
}

/// <summary>How far a node is on its way out of service. It is asked for by an annotation, never guessed from a cordon.</summary>
public enum MaintenancePhase
{
    None,
    /// <summary>Its routes say that they are about to go (RFC 8326).</summary>
    Draining,
    /// <summary>Its routes are gone; the sessions stay.</summary>
    Withdrawn,
}

/// <summary>A Secret of type kubernetes.io/basic-auth.</summary>
/// <param name="Password">Its key <c>password</c>; null where it has none.</param>
public sealed record SecretView(ObjectKey Key, SecretText? Password);

/// <summary>A Namespace, for the pools' namespace selectors.</summary>
public sealed record NamespaceView(string Name, LabelSet Labels);

/// <summary>One endpoint of a slice.</summary>
/// <param name="Node">nodeName, null where unknown.</param>
/// <param name="Serves">ready is unset or true, or serving is true.</param>
/// <param name="HasAddress">BGP asks for at least one address; Layer 2 does not.</param>
/// <param name="IsTerminating">It serves, and is about to go.</param>
public readonly record struct EndpointView(string? Node, bool Serves, bool HasAddress, bool IsTerminating = false);

/// <summary>An EndpointSlice; all slices labelled with the Service's name are taken together.</summary>
public sealed record EndpointSliceView(ObjectKey Key, string ServiceName, ValueArray<EndpointView> Endpoints)
{
    public ObjectKey ServiceKey => new(Key.Namespace, ServiceName);
}

/// <summary>An address that a node is to announce and does not, in the words of its ServiceL2Status.</summary>
/// <param name="Reason">Of <see cref="Reports.NotAnnouncedReason"/>, as text: a newer speaker may know more of them.</param>
public sealed record NotAnnouncedView(string Address, string Reason, string Message);

/// <summary>A ServiceL2Status: which node answers for a Service, and for which of its addresses it cannot.</summary>
/// <param name="Node">The node that speaks here: the one that is to announce.</param>
/// <param name="IsAnnounced">It announces one address at least.</param>
/// <param name="Interfaces">On which; empty means all.</param>
public sealed record Layer2StatusView(ObjectKey Key, ObjectKey Service, string Node, bool IsAnnounced, ValueArray<string> Interfaces, ValueArray<NotAnnouncedView> NotAnnounced)
{
    /// <summary>The addresses that the node owns; null where it is not told, as by MetalLB.</summary>
    public ValueArray<IpAddress>? Addresses { get; init; }

    /// <summary>Since when the node owns them; null where it is not told.</summary>
    public DateTimeOffset? Since { get; init; }
}

/// <summary>The node that speaks for a Service at Layer 2, as it stands recorded: a live owner keeps what it has.</summary>
/// <param name="Addresses">What it owns; null where it is not told, and then it is every address of the Service.</param>
/// <param name="Since">Null where it is not told.</param>
public sealed record PresentOwner(string Node, ValueArray<IpAddress>? Addresses, DateTimeOffset? Since)
{
    public bool Owns(IpAddress address) => Addresses is not { } owned || owned.Contains(address);
}

/// <summary>An interface of a node that its speaker can use.</summary>
/// <param name="AnswersArp">For IPv4 addresses.</param>
/// <param name="AnswersNdp">For IPv6 addresses.</param>
public sealed record NodeInterface(string Name, MacAddress Mac, bool AnswersArp, bool AnswersNdp)
{
    public bool Answers(IpFamily family) => family == IpFamily.IPv4 ? AnswersArp : AnswersNdp;
}

/// <summary>A ServiceBGPStatus: what one node announces of a Service by BGP.</summary>
/// <param name="Peers">Names of the BGPPeers that it is meant for.</param>
/// <param name="OnWire">Those of them that have been told.</param>
public sealed record BgpStatusView(ObjectKey Key, ObjectKey Service, string Node, ValueArray<string> Peers, ValueArray<string> OnWire);
