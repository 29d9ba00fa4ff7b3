using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using LbSpeaker.Lab.Api.Kinds;
using LbSpeaker.Lab.Api.Storage;
using LbSpeaker.Lab.Api.Strategies;

namespace LbSpeaker.Lab.Api.Writing;

/// <summary>
/// The server's own controller: deletes what a deleted owner leaves, what a deleted namespace held, and the objects of a deleted
/// CustomResourceDefinition. One task reads one mailbox.
/// </summary>
internal sealed class Collector(ServerParts parts)
{
    private readonly Channel<Action> _work = Channel.CreateUnbounded<Action>(new UnboundedChannelOptions { SingleReader = true });

    private readonly ConcurrentDictionary<string, bool> _heldOwners = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, bool> _heldNamespaces = new(StringComparer.Ordinal);

    public async Task RunAsync(CancellationToken ct)
    {
        await foreach (var job in _work.Reader.ReadAllAsync(ct).ConfigureAwait(false)) job();
    }

    /// <summary>Tells that an object is gone: its dependents follow, and who waited for it goes on.</summary>
    public void Gone(StoredObject obj)
    {
        if (parts.Store.OwnedBy(obj.Uid).Count > 0) Post(() => DeleteOrphaned(obj.Uid));
        foreach (var owner in obj.Owners)
            if (_heldOwners.TryRemove(owner, out _)) Post(() => Settle(owner, orphan: false));
        if (_heldNamespaces.ContainsKey(obj.Namespace)) Post(() => Empty(obj.Namespace));
    }

    /// <summary>An object that names owners of which none exists is garbage from the start.</summary>
    public void CheckOwners(StoredObject obj)
    {
        var owners = obj.Owners;
        Post(() =>
        {
            foreach (var uid in owners)
                if (parts.Store.Find(uid) is null) DeleteOrphaned(uid);
        });
    }

    public void Dependents(StoredObject owner, bool orphan) => Post(() => Settle(owner.Uid, orphan));

    public void EmptyNamespace(string name) => Post(() => Empty(name));

    public void EmptyResource(ResourceStore storage, IReadOnlyList<ApiResource> versions) => Post(() =>
    {
        if (versions.Count == 0) return;
        foreach (var obj in parts.Store.Read(storage).In(null)) Force(versions[0], obj);
    });

    private void Post(Action job) => _work.Writer.TryWrite(job);

    private ApiResource? ResourceOf(ResourceStore storage) => parts.Kinds.All.FirstOrDefault(r => ReferenceEquals(r.Storage, storage));

    private StoredObject? Read(ObjectRef reference) => parts.Store.Read(reference.Resource).Find(reference.Namespace, reference.Name);

    private void DeleteOrphaned(string uid)
    {
        foreach (var reference in parts.Store.OwnedBy(uid))
        {
            if (ResourceOf(reference.Resource) is not { } resource || Read(reference) is not { } dependent) continue;
            if (dependent.Owners.Any(owner => owner != uid && parts.Store.Find(owner) is not null)) DropOwner(resource, reference, uid);
            else TryDelete(resource, dependent, DeleteOptions.Background);
        }
    }

    /// <summary>Foreground deletion: first the dependents, then the finalizer; orphaning: only the references go.</summary>
    private void Settle(string uid, bool orphan)
    {
        foreach (var reference in parts.Store.OwnedBy(uid))
        {
            if (ResourceOf(reference.Resource) is not { } resource || Read(reference) is not { } dependent) continue;
            if (orphan) DropOwner(resource, reference, uid);
            else TryDelete(resource, dependent, DeleteOptions.Background with { Propagation = parts.Store.OwnedBy(dependent.Uid).Count > 0 ? "Foreground" : "Background" });
        }
        _heldOwners.TryRemove(uid, out _);
        if (parts.Store.Find(uid) is not { } owner || ResourceOf(owner.Resource) is not { } kind) return;
        if (!orphan && parts.Store.OwnedBy(uid) is [_, ..])
        {
            // A dependent with a finalizer of its own holds its owner; its removal comes back here.
            _heldOwners[uid] = true;
            return;
        }
        Change(kind, owner, metadata => metadata["finalizers"] = Json.Array(metadata.Strings("finalizers").Where(f => f is not ("foregroundDeletion" or "orphan"))));
    }

    private void Empty(string name)
    {
        var left = 0;
        foreach (var resource in parts.Kinds.All.Where(r => r.Namespaced && r.IsStorageShape))
            foreach (var obj in parts.Store.Read(resource.Storage).In(name))
            {
                TryDelete(resource, obj, DeleteOptions.Background);
                if (parts.Store.Read(resource.Storage).Find(obj.Namespace, obj.Name) is null) continue;
                left++;
            }
        if (left > 0)
        {
            _heldNamespaces[name] = true;
            return;
        }
        _heldNamespaces.TryRemove(name, out _);
        var namespaces = parts.Kinds.Require("", "namespaces");
        lock (namespaces.Storage.Writing)
        {
            if (parts.Store.Read(namespaces.Storage).Find("", name) is { Deleting: true } home)
            {
                if (home.Parse().Child("metadata")["finalizers"] is JsonArray { Count: > 0 })
                {
                    var obj = home.Parse();
                    obj.Child("spec").Remove("finalizers");
                    parts.Store.Put(namespaces.Storage, obj);
                }
                else parts.Deleter.RemoveNow(namespaces, home, new WriteContext(parts, "", false));
            }
        }
    }

    private void Force(ApiResource resource, StoredObject obj)
    {
        lock (resource.Storage.Writing)
            parts.Deleter.RemoveNow(resource, obj, new WriteContext(parts, resource.Group, false));
    }

    private void TryDelete(ApiResource resource, StoredObject obj, DeleteOptions options)
    {
        try
        {
            parts.Deleter.Delete(resource, obj.Namespace, obj.Name, options with { Uid = obj.Uid });
        }
        catch (ApiException gone) when (gone.Code is 404 or 409)
        {
            // Somebody was faster; there is nothing left to collect.
        }
    }

    private void DropOwner(ApiResource resource, ObjectRef reference, string uid) => Change(resource, reference, metadata =>
    {
        var left = new JsonArray([.. metadata.Objects("ownerReferences").Where(o => o.Text("uid") != uid).Select(o => o.DeepClone())]);
        if (left.Count == 0) metadata.Remove("ownerReferences");
        else metadata["ownerReferences"] = left;
    });

    private void Change(ApiResource resource, ObjectRef reference, Action<JsonObject> metadata)
    {
        if (Read(reference) is null) return;
        parts.Writer.Update(resource, reference.Namespace, reference.Name, null, WriteOptions.Internal, isPut: false, live =>
        {
            metadata(live!.Child("metadata"));
            return new Changed(live!);
        });
    }
}
