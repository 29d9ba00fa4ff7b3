using System.Collections.Immutable;

namespace LbSpeaker.Lab.Api.Storage;

using ByName = ImmutableSortedDictionary<string, StoredObject>;
using ByNamespace = ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, StoredObject>>;

/// <summary>All objects of a resource at one revision. Old snapshots share their structure with new ones, so keeping them is cheap.</summary>
internal sealed record Snapshot(long Revision, ByNamespace Objects)
{
    private static readonly ByName NoObjects = ByName.Empty.WithComparers(StringComparer.Ordinal);

    public static Snapshot Empty(long revision) => new(revision, ByNamespace.Empty.WithComparers(StringComparer.Ordinal));

    public StoredObject? Find(string ns, string name) => Objects.TryGetValue(ns, out var names) && names.TryGetValue(name, out var found) ? found : null;

    /// <summary>In order of namespace and name; null means all namespaces.</summary>
    public IEnumerable<StoredObject> In(string? ns) => ns is null
        ? Objects.Values.SelectMany(static names => names.Values)
        : Objects.TryGetValue(ns, out var one) ? one.Values : [];

    public Snapshot With(long revision, string ns, string name, StoredObject? value)
    {
        var names = Objects.TryGetValue(ns, out var present) ? present : NoObjects;
        names = value is null ? names.Remove(name) : names.SetItem(name, value);
        return new Snapshot(revision, names.IsEmpty ? Objects.Remove(ns) : Objects.SetItem(ns, names));
    }
}

/// <summary>One change: the object before and after. Watches of every selector derive their event from it.</summary>
internal sealed class Change(long revision, StoredObject? before, StoredObject? after, Snapshot state)
{
    private StoredObject? _gone;

    public long Revision => revision;
    public StoredObject? Before => before;
    public StoredObject? After => after;
    public Snapshot State => state;

    /// <summary>What a DELETED event carries: the last state, under the revision of the change.</summary>
    public StoredObject Gone => _gone ??= before!.At(revision);
}

/// <summary>
/// The objects of one resource and the log of their changes. Watches read the log by position and wait for its growth: a change is
/// stored once, however many watch it. Guarded by the lock of <see cref="Store"/>.
/// </summary>
internal sealed class ResourceStore(string name, int historyLength, long revision)
{
    private readonly Change[] _ring = new Change[historyLength];
    private long _next;
    private long _first;
    private TaskCompletionSource? _grown;

    public string Name { get; } = name;

    /// <summary>Held while a write of this resource reads, decides and commits, so that two writers never decide on the same state.</summary>
    public Lock Writing { get; } = new();

    public Snapshot Current { get; private set; } = Snapshot.Empty(revision);

    /// <summary>The newest revision that is forgotten: a watch may start here or later.</summary>
    public long Forgotten { get; private set; } = revision;

    public Snapshot OldestState { get; private set; } = Snapshot.Empty(revision);

    public void Append(Change change)
    {
        if (_next - _first == _ring.Length) Forget(_first + 1);
        _ring[_next++ % _ring.Length] = change;
        Current = change.State;
        var grown = _grown;
        _grown = null;
        grown?.SetResult();
    }

    public Task Growth()
    {
        _grown ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return _grown.Task;
    }

    /// <summary>Drops all history up to <paramref name="revision"/>, as etcd's compaction does.</summary>
    public void Compact(long revision)
    {
        var keep = PositionAfter(revision);
        Forget(keep);
        if (revision > Forgotten) Forgotten = revision;
    }

    /// <summary>The position of the first change newer than <paramref name="revision"/>.</summary>
    public long PositionAfter(long revision)
    {
        long low = _first, high = _next;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_ring[middle % _ring.Length].Revision > revision) high = middle;
            else low = middle + 1;
        }
        return low;
    }

    /// <summary>Changes from a position on; false when they are no longer kept.</summary>
    public bool TryRead(ref long position, List<Change> into)
    {
        if (position < _first) return false;
        const int batch = 512;
        for (var n = 0; position < _next && n < batch; n++) into.Add(_ring[position++ % _ring.Length]);
        return true;
    }

    /// <summary>The state as of a revision; null when it is forgotten.</summary>
    public Snapshot? StateAt(long revision)
    {
        if (revision < Forgotten) return null;
        var after = PositionAfter(revision);
        return after == _first ? OldestState : _ring[(after - 1) % _ring.Length].State;
    }

    private void Forget(long newFirst)
    {
        for (; _first < newFirst; _first++)
        {
            ref var slot = ref _ring[_first % _ring.Length];
            Forgotten = slot.Revision;
            OldestState = slot.State;
            slot = null!;
        }
    }
}
