using System.Net;

namespace LbSpeaker.Lab.Api;

/// <summary>How the embedded API server is to run. The defaults serve a single-stack cluster on a free loopback port.</summary>
public sealed record ApiServerOptions
{
    /// <summary>Where to listen; port 0 takes a free one.</summary>
    public IReadOnlyList<IPEndPoint> Listen { get; init; } = [];

    /// <summary>Listening sockets that are already open, for example in another network namespace. The server closes them at its end.</summary>
    public IReadOnlyList<ulong> ListenHandles { get; init; } = [];

    /// <summary>The ranges of cluster addresses, one a family; the first is the primary.</summary>
    public IReadOnlyList<IPNetwork> ServiceCidrs { get; init; } = [new(IPAddress.Parse("10.96.0.0"), 16)];

    /// <summary>First node port, as in <c>--service-node-port-range</c>.</summary>
    public int FirstNodePort { get; init; } = 30000;

    /// <summary>Last node port, inclusive.</summary>
    public int LastNodePort { get; init; } = 32767;

    /// <summary>How often a watch that allows bookmarks gets one.</summary>
    public TimeSpan BookmarkInterval { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Changes that are kept for each resource; watches and exact reads from before them answer 410.</summary>
    public int HistoryLength { get; init; } = 20_000;

    /// <summary>Serves HTTPS with a certificate made at the start; the kubeconfig carries it.</summary>
    public bool Tls { get; init; }

    /// <summary>Tokens that are accepted and the user each stands for. Empty: no credentials are asked for, everyone is the administrator.</summary>
    public IReadOnlyDictionary<string, string> Tokens { get; init; } = new Dictionary<string, string>();

    /// <summary>Enforces roles: a token whose user is <c>system:serviceaccount:NAMESPACE:NAME</c> may do what the Roles and ClusterRoles bound to that account allow. Off: whoever is let in may do everything.</summary>
    public bool Rbac { get; init; }

    public TimeProvider Time { get; init; } = TimeProvider.System;
}
