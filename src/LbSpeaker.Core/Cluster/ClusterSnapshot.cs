using System.Collections.Immutable;
using LbSpeaker.Core.Config;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Core.Cluster;

/// <summary>All endpoints of one Service taken together, as far as an announcement is concerned.</summary>
/// <param name="AnyServing">Some endpoint somewhere can serve.</param>
/// <param name="ServingNodes">Nodes with an endpoint that can serve, sorted.</param>
/// <param name="AnyServingWithAddress">As <paramref name="AnyServing"/>, of endpoints with an address: what BGP asks for.</param>
/// <param name="WithAddress">As <paramref name="ServingNodes"/>, of endpoints with an address, and how many they are.</param>
public sealed record ServiceEndpoints(bool AnyServing, ValueArray<string> ServingNodes, bool AnyServingWithAddress, ValueArray<NodeEndpoints> WithAddress)
{
    /// <summary>Of <see cref="ServingNodes"/> those whose every endpoint is about to go. Sorted.</summary>
    public ValueArray<string> TerminatingNodes { get; init; }

    public static ServiceEndpoints None { get; } = new(false, [], false, []);

    /// <summary>How many endpoints with an address can serve on the node.</summary>
    public int CountOn(string node)
    {
        foreach (NodeEndpoints endpoints in WithAddress)
            if (endpoints.Node == node) return endpoints.Count;
        return 0;
    }
}

/// <param name="Count">1 and up.</param>
public readonly record struct NodeEndpoints(string Node, int Count);

/// <summary>
/// What differs from the snapshot with revision <paramref name="BaseRevision"/>. A planner that remembers its result for that revision
/// looks at these only; any other plans from scratch.
/// </summary>
/// <param name="Services">Services that were added, changed, removed, or whose endpoints or recorded owner changed.</param>
/// <param name="Config">A declaration, a namespace or a Secret changed.</param>
/// <param name="Nodes">A node, its interfaces or the set of live speakers changed.</param>
public sealed record SnapshotChanges(long BaseRevision, ImmutableHashSet<ObjectKey> Services, bool Config, bool Nodes)
{
    /// <summary>IPClaims that were added, changed or removed.</summary>
    public ImmutableHashSet<ObjectKey> Claims { get; init; } = [];
}

/// <summary>The cluster at one revision, immutable: all that a plan is made from.</summary>
public sealed record ClusterSnapshot(
    long Revision,
    ImmutableDictionary<ObjectKey, ServiceView> Services,
    ImmutableDictionary<ObjectKey, ServiceEndpoints> Endpoints,
    ImmutableSortedDictionary<string, NodeView> Nodes,
    ImmutableSortedDictionary<string, NamespaceView> Namespaces,
    ConfigDeclarations Config,
    ImmutableSortedSet<string>? LiveSpeakers,
    SnapshotChanges Changes)
{
    /// <summary>Addresses that are held for namespaces.</summary>
    public ImmutableDictionary<ObjectKey, ClaimView> Claims { get; init; } = ImmutableDictionary<ObjectKey, ClaimView>.Empty;

    /// <summary>Secrets that may hold a password of a session; null where this process does not read them, and then none counts as missing.</summary>
    public ImmutableSortedDictionary<ObjectKey, SecretView>? Secrets { get; init; }

    /// <summary>Who speaks for a Service at Layer 2, as it stands recorded.</summary>
    public ImmutableDictionary<ObjectKey, PresentOwner> Owners { get; init; } = ImmutableDictionary<ObjectKey, PresentOwner>.Empty;

    /// <summary>The interfaces that the speaker of a node can use; of a node that does not tell every one counts as there.</summary>
    public ImmutableSortedDictionary<string, ValueArray<NodeInterface>> Interfaces { get; init; } = ImmutableSortedDictionary<string, ValueArray<NodeInterface>>.Empty;

    /// <summary>
    /// Hardware addresses of interfaces that a node's speaker could use once, and the node: one whose link is gone is no stranger when it comes back, and its frames are there before its word is.
    /// </summary>
    public ImmutableSortedDictionary<MacAddress, string> Hardware { get; init; } = ImmutableSortedDictionary<MacAddress, string>.Empty;

    /// <summary>This node hears none of several others that it heard: by now they may have what it owns.</summary>
    public bool IsCutOff { get; init; }

    /// <summary>The speaker of the node lives, or nothing is known about speakers (then every node counts).</summary>
    public bool HasLiveSpeaker(string node) => LiveSpeakers is null || LiveSpeakers.Contains(node);

    public ServiceEndpoints EndpointsOf(ObjectKey service) => Endpoints.GetValueOrDefault(service) ?? ServiceEndpoints.None;
}
