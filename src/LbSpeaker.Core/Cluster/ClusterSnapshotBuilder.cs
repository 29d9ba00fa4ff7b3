using System.Collections.Immutable;
using LbSpeaker.Core.Config;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Core.Cluster;

/// <summary>
/// Gathers changes and publishes them as the next <see cref="ClusterSnapshot"/>. Owned by one loop. A change that leaves everything equal
/// by value is no change.
/// </summary>
/// <param name="readsSecrets">Secrets are among what is gathered.</param>
public sealed class ClusterSnapshotBuilder(bool readsSecrets = false)
{
    private readonly ImmutableDictionary<ObjectKey, ServiceView>.Builder services = ImmutableDictionary.CreateBuilder<ObjectKey, ServiceView>();
    private readonly ImmutableDictionary<ObjectKey, ServiceEndpoints>.Builder endpoints = ImmutableDictionary.CreateBuilder<ObjectKey, ServiceEndpoints>();
    private readonly Dictionary<ObjectKey, EndpointSliceView> slices = [];
    private readonly Dictionary<ObjectKey, SortedSet<ObjectKey>> slicesOfService = [];
    private ImmutableSortedDictionary<string, NodeView> nodes = ImmutableSortedDictionary.Create<string, NodeView>(StringComparer.Ordinal);
    private ImmutableSortedDictionary<string, NamespaceView> namespaces = ImmutableSortedDictionary.Create<string, NamespaceView>(StringComparer.Ordinal);
    private ConfigDeclarations config = ConfigDeclarations.Empty;
    private ImmutableSortedDictionary<ObjectKey, SecretView>? secrets = readsSecrets ? ImmutableSortedDictionary<ObjectKey, SecretView>.Empty : null;
    private ImmutableSortedSet<string>? liveSpeakers;

    private readonly HashSet<ObjectKey> changedServices = [];
    private bool configChanged, nodesChanged;
    private long revision;

    /// <summary>Whether <see cref="Publish"/> would give a snapshot that differs from the last.</summary>
    public bool HasChanges => changedServices.Count > 0 || configChanged || nodesChanged;

    public ServiceView? FindService(ObjectKey key) => services.GetValueOrDefault(key);

    public void Set(ServiceView view)
    {
        if (services.TryGetValue(view.Key, out ServiceView? old) && old == view) return;
        services[view.Key] = view;
        changedServices.Add(view.Key);
    }

    public void RemoveService(ObjectKey key)
    {
        if (services.Remove(key)) changedServices.Add(key);
    }

    public void Set(EndpointSliceView view)
    {
        if (slices.TryGetValue(view.Key, out EndpointSliceView? old))
        {
            if (old == view) return;
            if (old.ServiceKey != view.ServiceKey) Forget(old);
        }
        slices[view.Key] = view;
        if (!slicesOfService.TryGetValue(view.ServiceKey, out SortedSet<ObjectKey>? keys)) slicesOfService[view.ServiceKey] = keys = [];
        keys.Add(view.Key);
        Gather(view.ServiceKey);
    }

    public void RemoveEndpointSlice(ObjectKey key)
    {
        if (slices.Remove(key, out EndpointSliceView? old)) Forget(old);
    }

    public void Set(NodeView view)
    {
        if (nodes.TryGetValue(view.Name, out NodeView? old) && old == view) return;
        nodes = nodes.SetItem(view.Name, view);
        nodesChanged = true;
    }

    public void RemoveNode(string name)
    {
        if (!nodes.ContainsKey(name)) return;
        nodes = nodes.Remove(name);
        nodesChanged = true;
    }

    public void Set(NamespaceView view)
    {
        if (namespaces.TryGetValue(view.Name, out NamespaceView? old) && old == view) return;
        namespaces = namespaces.SetItem(view.Name, view);
        configChanged = true;
    }

    public void RemoveNamespace(string name)
    {
        if (!namespaces.ContainsKey(name)) return;
        namespaces = namespaces.Remove(name);
        configChanged = true;
    }

    public void Set(ConfigDeclaration declaration) => Replace(config.With(declaration));

    public void RemoveConfig(string kind, ObjectKey key) => Replace(config.Without(kind, key));

    public void Set(SecretView view)
    {
        if (secrets is null) throw new InvalidOperationException("Secrets are not read here");
        if (secrets.TryGetValue(view.Key, out SecretView? old) && old == view) return;
        secrets = secrets.SetItem(view.Key, view);
        configChanged = true;
    }

    public void RemoveSecret(ObjectKey key)
    {
        if (secrets?.ContainsKey(key) != true) return;
        secrets = secrets.Remove(key);
        configChanged = true;
    }

    /// <summary>The nodes whose speaker lives; null where nothing is known, and then every node counts.</summary>
    public void SetLiveSpeakers(ImmutableSortedSet<string>? speakers)
    {
        if (speakers is null ? liveSpeakers is null : liveSpeakers is not null && liveSpeakers.SetEquals(speakers)) return;
        liveSpeakers = speakers;
        nodesChanged = true;
    }

    public ClusterSnapshot Publish()
    {
        SnapshotChanges changes = new(revision, [.. changedServices], configChanged, nodesChanged);
        changedServices.Clear();
        configChanged = nodesChanged = false;
        revision++;
        return new(revision, services.ToImmutable(), endpoints.ToImmutable(), nodes, namespaces, config, liveSpeakers, changes) { Secrets = secrets };
    }

    private void Replace(ConfigDeclarations next)
    {
        if (ReferenceEquals(next, config)) return;
        config = next;
        configChanged = true;
    }

    private void Forget(EndpointSliceView old)
    {
        SortedSet<ObjectKey> keys = slicesOfService[old.ServiceKey];
        keys.Remove(old.Key);
        if (keys.Count == 0) slicesOfService.Remove(old.ServiceKey);
        Gather(old.ServiceKey);
    }

    private void Gather(ObjectKey service)
    {
        SortedSet<string> serving = new(StringComparer.Ordinal);
        SortedDictionary<string, int> servingWithAddress = new(StringComparer.Ordinal);
        bool any = false, anyWithAddress = false;
        if (slicesOfService.TryGetValue(service, out SortedSet<ObjectKey>? keys))
            foreach (ObjectKey key in keys)
                foreach (EndpointView endpoint in slices[key].Endpoints)
                {
                    if (!endpoint.Serves) continue;
                    any = true;
                    anyWithAddress |= endpoint.HasAddress;
                    if (endpoint.Node is not { } node) continue;
                    serving.Add(node);
                    if (endpoint.HasAddress) servingWithAddress[node] = servingWithAddress.GetValueOrDefault(node) + 1;
                }

        ServiceEndpoints gathered = new(any, serving.ToValueArray(), anyWithAddress, servingWithAddress.Select(s => new NodeEndpoints(s.Key, s.Value)).ToValueArray());
        if (endpoints.TryGetValue(service, out ServiceEndpoints? old) ? old == gathered : keys is null) return;
        if (keys is null) endpoints.Remove(service); else endpoints[service] = gathered;
        changedServices.Add(service);
    }
}
