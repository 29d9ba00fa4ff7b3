namespace LbSpeaker.Kubernetes.Resources;

/// <summary>Names that are interface: groups, labels, object names and fixed values that other programs look for.</summary>
public static class ApiNames
{
    /// <summary>The API group of the configuration and status kinds.</summary>
    public const string Group = "metallb.io";

    public const string GroupVersion = Group + "/v1beta1";

    /// <summary>The API group of the kinds that MetalLB has nothing like.</summary>
    public const string OwnGroup = "lbspeaker.io";

    public const string OwnGroupVersion = OwnGroup + "/v1alpha1";

    /// <summary>The version in which a custom kind is read and written: the stored one.</summary>
    public static string GroupVersionOf(ClusterKind kind) => kind switch
    {
        ClusterKind.BGPPeer => Group + "/v1beta2",
        ClusterKind.NodeState or ClusterKind.IPClaim => OwnGroupVersion,
        _ => GroupVersion,
    };

    /// <summary>A custom kind as it stands in paths.</summary>
    public static string PluralOf(ClusterKind kind) => kind switch
    {
        ClusterKind.IPAddressPool => "ipaddresspools",
        ClusterKind.L2Advertisement => "l2advertisements",
        ClusterKind.BGPAdvertisement => "bgpadvertisements",
        ClusterKind.BGPPeer => "bgppeers",
        ClusterKind.BFDProfile => "bfdprofiles",
        ClusterKind.Community => "communities",
        ClusterKind.ServiceL2Status => "servicel2statuses",
        ClusterKind.ServiceBGPStatus => "servicebgpstatuses",
        ClusterKind.ConfigurationState => "configurationstates",
        ClusterKind.NodeState => "nodestates",
        ClusterKind.IPClaim => "ipclaims",
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    /// <summary>On a Node: it is to go out of service. Empty or <c>true</c>: after the default wait; a duration such as <c>90s</c>: after that.</summary>
    public const string MaintenanceAnnotation = "lbspeaker.io/maintenance";

    /// <summary>On an EndpointSlice: the Service it belongs to.</summary>
    public const string ServiceNameLabel = "kubernetes.io/service-name";

    /// <summary>On a status object of a speaker: its node, as <see cref="LabelValue"/> shortens it.</summary>
    public const string StatusNodeLabel = "metallb.io/node";

    /// <summary>On the Lease of a speaker: its node. A node name beyond 63 characters stands shortened here and whole in the Lease's name.</summary>
    public const string SpeakerNodeLabel = "lbspeaker.io/node";

    /// <summary>The Lease of the speaker on node <c>n</c> is named <c>lbspeaker-speaker-n</c>.</summary>
    public const string SpeakerLeasePrefix = "lbspeaker-speaker-";

    /// <summary>The Lease that the controllers' leader holds.</summary>
    public const string ControllerLease = "lbspeaker-controller";

    /// <summary>The Secret by which speakers know each other's heartbeats; made by the controller, in the namespace that LbSpeaker runs in.</summary>
    public const string HeartbeatSecret = "lbspeaker-heartbeat";

    /// <summary>The namespace of an object that names none, as kubectl sends it.</summary>
    public const string DefaultNamespace = "default";

    /// <summary>Conditions that LbSpeaker owns on objects it shares with others carry this prefix.</summary>
    public const string ConditionPrefix = "lbspeaker.io/";
}
