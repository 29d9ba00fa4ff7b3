using System.Collections.Immutable;
using LbSpeaker.Core.Config;
using LbSpeaker.Core.Net;
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
    private readonly ImmutableDictionary<ObjectKey, ClaimView>.Builder claims = ImmutableDictionary.CreateBuilder<ObjectKey, ClaimView>();
    private readonly Dictionary<ObjectKey, EndpointSliceView> slices = [];
    private readonly Dictionary<ObjectKey, SortedSet<ObjectKey>> slicesOfService = [];
    private ImmutableSortedDictionary<string, NodeView> nodes = ImmutableSortedDictionary.Create<string, NodeView>(StringComparer.Ordinal);
    private ImmutableSortedDictionary<string, NamespaceView> namespaces = ImmutableSortedDictionary.Create<string, NamespaceView>(StringComparer.Ordinal);
    private ConfigDeclarations config = ConfigDeclarations.Empty;
    private ImmutableSortedDictionary<ObjectKey, SecretView>? secrets = readsSecrets ? ImmutableSortedDictionary<ObjectKey, SecretView>.Empty : null;
    private readonly ImmutableDictionary<ObjectKey, PresentOwner>.Builder owners = ImmutableDictionary.CreateBuilder<ObjectKey, PresentOwner>();
    private readonly Dictionary<ObjectKey, SortedDictionary<ObjectKey, Layer2StatusView>> statusesOfService = [];
    private readonly Dictionary<ObjectKey, ObjectKey> serviceOfStatus = [];
    private ImmutableSortedDictionary<MacAddress, string> hardware = ImmutableSortedDictionary<MacAddress, string>.Empty;
    private ImmutableSortedDictionary<string, ValueArray<NodeInterface>> interfaces = ImmutableSortedDictionary.Create<string, ValueArray<NodeInterface>>(StringComparer.Ordinal);
    private ImmutableSortedSet<string>? liveSpeakers;

    private readonly Gathered<ObjectKey> changedServices = new(), changedClaims = new();
    private bool configChanged, nodesChanged, isCutOff;
    private long revision;

    /// <summary>Whether <see cref="Publish"/> would give a snapshot that differs from the last.</summary>
    public bool HasChanges => changedServices.Count > 0 || changedClaims.Count > 0 || configChanged || nodesChanged;

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

    public ClaimView? FindClaim(ObjectKey key) => claims.GetValueOrDefault(key);

    public void Set(ClaimView view)
    {
        if (claims.TryGetValue(view.Key, out ClaimView? old) && old == view) return;
        claims[view.Key] = view;
        changedClaims.Add(view.Key);
    }

    public void RemoveClaim(ObjectKey key)
    {
        if (claims.Remove(key)) changedClaims.Add(key);
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

    /// <summary>Of several that speak of one Service the first by name counts.</summary>
    public void Set(Layer2StatusView view)
    {
        if (serviceOfStatus.TryGetValue(view.Key, out ObjectKey before) && before != view.Service) RemoveLayer2Status(view.Key);
        serviceOfStatus[view.Key] = view.Service;
        if (!statusesOfService.TryGetValue(view.Service, out SortedDictionary<ObjectKey, Layer2StatusView>? statuses)) statusesOfService[view.Service] = statuses = [];
        statuses[view.Key] = view;
        GatherOwner(view.Service);
    }

    public void RemoveLayer2Status(ObjectKey key)
    {
        if (!serviceOfStatus.Remove(key, out ObjectKey service)) return;
        SortedDictionary<ObjectKey, Layer2StatusView> statuses = statusesOfService[service];
        statuses.Remove(key);
        if (statuses.Count == 0) statusesOfService.Remove(service);
        GatherOwner(service);
    }

    /// <summary>The owner of a Service until a status of it comes or goes: what is about to stand in one.</summary>
    public void AssumeOwner(ObjectKey service, PresentOwner owner)
    {
        if (owners.GetValueOrDefault(service) == owner) return;
        owners[service] = owner;
        changedServices.Add(service);
    }

    public void SetInterfaces(string node, ValueArray<NodeInterface> usable)
    {
        if (interfaces.TryGetValue(node, out ValueArray<NodeInterface> old) && old == usable) return;
        interfaces = interfaces.SetItem(node, usable);
        foreach (NodeInterface usual in usable) hardware = hardware.SetItem(usual.Mac, node);
        nodesChanged = true;
    }

    /// <summary>The node is there no more, or is another one by the same name.</summary>
    public void ForgetInterfaces(string node)
    {
        RemoveInterfaces(node);
        int before = hardware.Count;
        hardware = hardware.RemoveRange(hardware.Where(h => h.Value == node).Select(h => h.Key));
        nodesChanged |= hardware.Count != before;
    }

    /// <summary>Its speaker does not tell which it can use.</summary>
    public void RemoveInterfaces(string node)
    {
        if (!interfaces.ContainsKey(node)) return;
        interfaces = interfaces.Remove(node);
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

    /// <inheritdoc cref="ClusterSnapshot.IsCutOff"/>
    public void SetCutOff(bool isSo)
    {
        if (isCutOff == isSo) return;
        isCutOff = isSo;
        nodesChanged = true;
    }

    public ClusterSnapshot Publish()
    {
        SnapshotChanges changes = new(revision, [.. changedServices.Take()], configChanged, nodesChanged) { Claims = [.. changedClaims.Take()] };
        configChanged = nodesChanged = false;
        revision++;
        return new(revision, services.ToImmutable(), endpoints.ToImmutable(), nodes, namespaces, config, liveSpeakers, changes) 
        {
            Claims = claims.ToImmutable(),
            Secrets = secrets,
            Owners = owners.ToImmutable(),
            Interfaces = interfaces,
            Hardware = hardware,
            IsCutOff = isCutOff,
        };
    }

    private void Replace(ConfigDeclarations next)
    {
        if (ReferenceEquals(next, config)) return;
        config = next;
        configChanged = true;
    }

    private void GatherOwner(ObjectKey service)
    {
        PresentOwner? owner = statusesOfService.TryGetValue(service, out SortedDictionary<ObjectKey, Layer2StatusView>? statuses) && statuses.First().Value is var said
            ? new(said.Node, said.Addresses, said.Since)
            : null;
        if (owners.GetValueOrDefault(service) == owner) return;
        if (owner is null) owners.Remove(service); else owners[service] = owner;
        changedServices.Add(service);
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
        SortedSet<string> serving = new(StringComparer.Ordinal), staying = new(StringComparer.Ordinal);
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
                    if (!endpoint.IsTerminating) staying.Add(node);
                    if (endpoint.HasAddress) servingWithAddress[node] = servingWithAddress.GetValueOrDefault(node) + 1;
                }

        ServiceEndpoints gathered = new(any, serving.ToValueArray(), anyWithAddress, servingWithAddress.Select(s => new NodeEndpoints(s.Key, s.Value)).ToValueArray())
        {
            TerminatingNodes = serving.Except(staying, StringComparer.Ordinal).ToValueArray(),
        };
        if (endpoints.TryGetValue(service, out ServiceEndpoints? old) ? old == gathered : keys is null) return;
        if (keys is null) endpoints.Remove(service); else endpoints[service] = gathered;
        changedServices.Add(service);
    }
}
