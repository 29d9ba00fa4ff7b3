using System.Text.Json.Nodes;

namespace LbSpeaker.Lab.Api.Storage;

/// <summary>
/// The whole state: one revision counter over all resources, as in etcd. Every commit appends one change; no commit walks the objects.
/// </summary>
internal sealed class Store(int historyLength)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, ResourceStore> _resources = new(StringComparer.Ordinal);
    private readonly Dictionary<string, HashSet<ObjectRef>> _ownedBy = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ObjectRef> _byUid = new(StringComparer.Ordinal);
    private long _revision = 1;

    public long Revision { get { lock (_lock) return _revision; } }

    public ResourceStore Resource(string name)
    {
        lock (_lock)
        {
            if (!_resources.TryGetValue(name, out var found)) _resources[name] = found = new ResourceStore(name, historyLength, _revision);
            return found;
        }
    }

    public IReadOnlyList<ResourceStore> Resources() { lock (_lock) return [.. _resources.Values.OrderBy(r => r.Name, StringComparer.Ordinal)]; }

    /// <summary>The newest state of a resource under the revision of the whole store.</summary>
    public Snapshot Read(ResourceStore resource) { lock (_lock) return resource.Current with { Revision = _revision }; }

    public (Snapshot? State, long Forgotten, long Current) ReadAt(ResourceStore resource, long revision)
    {
        lock (_lock) return (resource.StateAt(revision) is { } state ? state with { Revision = revision } : null, resource.Forgotten, _revision);
    }

    /// <summary>Where a watch that follows <paramref name="revision"/> begins; false when that is forgotten.</summary>
    public bool TryStart(ResourceStore resource, long revision, out long position, out long forgotten)
    {
        lock (_lock)
        {
            forgotten = resource.Forgotten;
            position = resource.PositionAfter(revision);
            return revision >= resource.Forgotten;
        }
    }

    /// <summary>A state and the position right after it, so that a watch misses and repeats nothing.</summary>
    public (Snapshot State, long Position) ReadAndStart(ResourceStore resource)
    {
        lock (_lock) return (resource.Current with { Revision = _revision }, resource.PositionAfter(_revision));
    }

    public bool TryRead(ResourceStore resource, ref long position, List<Change> into, out Task growth, out long revision)
    {
        lock (_lock)
        {
            revision = _revision;
            growth = resource.Growth();
            return resource.TryRead(ref position, into);
        }
    }

    /// <summary>Stores an object (the JSON becomes the store's own) and answers what was stored.</summary>
    public StoredObject Put(ResourceStore resource, JsonObject json)
    {
        lock (_lock)
        {
            var after = StoredObject.Write(json, ++_revision);
            var before = resource.Current.Find(after.Namespace, after.Name);
            resource.Append(new Change(_revision, before, after, resource.Current.With(_revision, after.Namespace, after.Name, after)));
            Index(resource, before, after);
            return after;
        }
    }

    public Change? Remove(ResourceStore resource, string ns, string name)
    {
        lock (_lock)
        {
            if (resource.Current.Find(ns, name) is not { } before) return null;
            var revision = ++_revision;
            var change = new Change(revision, before, null, resource.Current.With(revision, ns, name, null));
            resource.Append(change);
            Index(resource, before, null);
            return change;
        }
    }

    /// <summary>Objects whose ownerReferences name the uid.</summary>
    public IReadOnlyList<ObjectRef> OwnedBy(string uid)
    {
        lock (_lock) return _ownedBy.TryGetValue(uid, out var set) ? [.. set] : [];
    }

    /// <summary>Forgets history so that older watches, continue tokens and exact reads answer 410.</summary>
    public void Compact()
    {
        lock (_lock)
        {
            // A revision of its own: a client that has seen everything up to here may still go on.
            foreach (var resource in _resources.Values) resource.Compact(_revision);
        }
    }

    public ObjectRef? Find(string uid) { lock (_lock) return _byUid.TryGetValue(uid, out var found) ? found : null; }

    private void Index(ResourceStore resource, StoredObject? before, StoredObject? after)
    {
        if (before is not null && before.Uid != after?.Uid) _byUid.Remove(before.Uid);
        if (after is not null && before is null) _byUid[after.Uid] = new ObjectRef(resource, after.Namespace, after.Name);
        if (before is { Owners.Count: > 0 })
        {
            var gone = new ObjectRef(resource, before.Namespace, before.Name);
            foreach (var uid in before.Owners)
            {
                if (!_ownedBy.TryGetValue(uid, out var set)) continue;
                set.Remove(gone);
                if (set.Count == 0) _ownedBy.Remove(uid);
            }
        }
        if (after is not { Owners.Count: > 0 }) return;
        foreach (var uid in after.Owners)
        {
            if (!_ownedBy.TryGetValue(uid, out var set)) _ownedBy[uid] = set = [];
            set.Add(new ObjectRef(resource, after.Namespace, after.Name));
        }
    }
}

internal readonly record struct ObjectRef(ResourceStore Resource, string Namespace, string Name);
