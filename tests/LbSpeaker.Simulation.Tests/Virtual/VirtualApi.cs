using System.Globalization;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Kubernetes.Client;
using LbSpeaker.Kubernetes.Resources;
using LbSpeaker.Kubernetes.Watching;

namespace LbSpeaker.Simulation.Tests.Virtual;

/// <summary>
/// The API server: objects, each change of a kind in one order, and watches that show it to each node later, in that order, or not at all while the node has no connection.
/// A write has its effect on the way, and its answer may get lost.
/// </summary>
internal sealed class VirtualApi(World world)
{
    private readonly Dictionary<ClusterKind, SortedDictionary<ObjectKey, ClusterRecord>> objects = [];
    private readonly Dictionary<ClusterKind, List<ClusterChange>> history = [];
    private readonly List<Watch> watches = [];

    /// <summary>Objects that were made and have no status yet: nobody sees anything in them.</summary>
    private readonly Dictionary<ObjectKey, string> empty = [];
    private long version;

    /// <summary>Writes that had an effect, Leases aside.</summary>
    public int Writes { get; private set; }

    public int Renewals { get; private set; }

    /// <summary>What a speaker or controller hears of one kind.</summary>
    private sealed class Watch(Process process, ClusterKind kind, Action<ClusterChange> sink)
    {
        public Process Process => process;

        public ClusterKind Kind => kind;

        public Action<ClusterChange> Sink => sink;

        /// <summary>How much of the history it has been shown; null before it has listed.</summary>
        public int? Position { get; set; }

        public TimeSpan LastArrival { get; set; }
    }

    public IEnumerable<T> All<T>(ClusterKind kind) where T : ClusterRecord => Of(kind).Values.Cast<T>();

    public T? Find<T>(ClusterKind kind, ObjectKey key) where T : ClusterRecord => Of(kind).GetValueOrDefault(key) as T;

    public string NextVersion() => (++version).ToString(CultureInfo.InvariantCulture);

    public void Put(ClusterKind kind, ClusterRecord record)
    {
        if (kind == ClusterKind.SpeakerLease) Renewals++; else Writes++;
        Of(kind)[record.Key] = record;
        empty.Remove(record.Key);
        Tell(kind, new ClusterChange.Upserted(record));
    }

    public void Remove(ClusterKind kind, ObjectKey key)
    {
        empty.Remove(key);
        if (Of(kind).Remove(key)) Tell(kind, new ClusterChange.Removed(kind, key));
    }

    /// <summary>Lists, then follows. <paramref name="listed"/> is called when the list has been told.</summary>
    public void Follow(Process process, ClusterKind kind, Action<ClusterChange> sink, Action listed)
    {
        Watch watch = new(process, kind, sink);
        watches.Add(watch);
        List();

        void List() => process.After(world.Network.ApiTime(process.Node), () =>
        {
            if (!world.Network.HasApi(process.Node))
            {
                process.After(world.Between(100, 400), List);
                return;
            }
            watch.Position = History(kind).Count;
            foreach (ClusterRecord record in Of(kind).Values) sink(new ClusterChange.Upserted(record));
            listed();
        });
    }

    public void Forget(Process process) => watches.RemoveAll(w => w.Process == process);

    /// <summary>The server can be reached again, by this node or (null) by all that can: watches go on after the pause of whoever finds a connection broken.</summary>
    public void Resume(string? node)
    {
        foreach (Watch watch in watches.Where(w => node is null || w.Process.Node == node))
        {
            bool listsAnew = world.Random.Next(2) == 0;
            watch.Process.After(world.Between(20, 1500), () => Show(watch, History(watch.Kind).Count, listsAnew));
        }
    }

    /// <param name="effect">On the server: what the request comes to.</param>
    /// <param name="answered">At the process, where it still lives: <see cref="ApiOutcome.Unreachable"/> where no answer came in time.</param>
    public void Request(Process process, TimeSpan patience, Func<ApiOutcome> effect, Action<ApiOutcome> answered)
    {
        bool isOver = false;
        void End(ApiOutcome outcome)
        {
            if (isOver) return;
            isOver = true;
            answered(outcome);
        }
        if (!world.Network.HasApi(process.Node))
        {
            // A connection that is refused, or one that hangs.
            process.After(world.Random.Next(2) == 0 ? world.Between(1, 5) : patience, () => End(ApiOutcome.Unreachable));
            return;
        }
        process.After(patience, () => End(ApiOutcome.Unreachable));
        world.At(world.Now + world.Network.ApiTime(process.Node), () =>
        {
            if (!world.Network.HasApi(process.Node)) return;
            ApiOutcome outcome = effect();
            process.After(world.Network.ApiTime(process.Node), () =>
            {
                if (world.Network.HasApi(process.Node)) End(outcome);
            });
        });
    }

    /// <summary>An object without a status.</summary>
    public ApiOutcome Create(ObjectKey key)
    {
        if (Of(ClusterKind.ServiceL2Status).ContainsKey(key) || !empty.TryAdd(key, NextVersion())) return ApiOutcome.Conflict;
        Writes++;
        return ApiOutcome.Ok;
    }

    /// <summary>The version of an object, with a status or without; null where there is none.</summary>
    public string? VersionOf(ObjectKey key) => Find<Layer2StatusRecord>(ClusterKind.ServiceL2Status, key)?.ResourceVersion ?? empty.GetValueOrDefault(key);

    /// <summary>The status of an object that is there.</summary>
    /// <param name="seen">The version that it must still have; null for any.</param>
    public ApiOutcome WriteStatus(Layer2StatusView view, string? seen)
    {
        if (VersionOf(view.Key) is not { } present) return ApiOutcome.NotFound;
        if (seen is not null && seen != present) return ApiOutcome.Conflict;
        world.Trace($"api: {view.Service} is said to be of {view.Node}: {string.Join(" ", (view.Addresses ?? []).Select(a => a.ToString()))} {string.Join(" ", view.NotAnnounced.Select(n => n.Reason))}");
        Put(ClusterKind.ServiceL2Status, new Layer2StatusRecord(view, NextVersion(), ""));
        world.Watcher.Record(view);
        return ApiOutcome.Ok;
    }

    /// <summary>Something of the object that a speaker does not look at, as far as it is still what was seen.</summary>
    public ApiOutcome Label(Layer2StatusRecord seen)
    {
        if (Find<Layer2StatusRecord>(ClusterKind.ServiceL2Status, seen.Key) is not { } present) return ApiOutcome.NotFound;
        if (present.ResourceVersion != seen.ResourceVersion) return ApiOutcome.Conflict;
        Put(ClusterKind.ServiceL2Status, present with { ResourceVersion = NextVersion() });
        return ApiOutcome.Ok;
    }

    public ApiOutcome Delete(Layer2StatusRecord seen)
    {
        if (Find<Layer2StatusRecord>(ClusterKind.ServiceL2Status, seen.Key) is not { } present) return ApiOutcome.NotFound;
        if (present.ResourceVersion != seen.ResourceVersion) return ApiOutcome.Conflict;
        Remove(ClusterKind.ServiceL2Status, seen.Key);
        return ApiOutcome.Ok;
    }

    private SortedDictionary<ObjectKey, ClusterRecord> Of(ClusterKind kind) => objects.TryGetValue(kind, out SortedDictionary<ObjectKey, ClusterRecord>? of) ? of : objects[kind] = [];

    private List<ClusterChange> History(ClusterKind kind) => history.TryGetValue(kind, out List<ClusterChange>? of) ? of : history[kind] = [];

    private void Tell(ClusterKind kind, ClusterChange change)
    {
        List<ClusterChange> changes = History(kind);
        changes.Add(change);
        int upTo = changes.Count;
        foreach (Watch watch in watches)
        {
            if (watch.Kind != kind) continue;
            TimeSpan arrival = world.Now + world.Network.ApiTime(watch.Process.Node);
            if (arrival < watch.LastArrival) arrival = watch.LastArrival;
            watch.LastArrival = arrival;
            watch.Process.After(arrival - world.Now, () => Show(watch, upTo, listsAnew: false));
        }
    }

    /// <param name="listsAnew">Only how things are now is shown, and not what happened meanwhile.</param>
    private void Show(Watch watch, int upTo, bool listsAnew)
    {
        if (watch.Position is not { } position || position >= upTo || !world.Network.HasApi(watch.Process.Node)) return;
        watch.Position = upTo;
        List<ClusterChange> changes = History(watch.Kind)[position..upTo];
        if (listsAnew) changes = [.. changes.GroupBy(KeyOf).Select(g => g.Last())];
        foreach (ClusterChange change in changes) watch.Sink(change);
    }

    private static ObjectKey KeyOf(ClusterChange change) => change switch
    {
        ClusterChange.Upserted upserted => upserted.Record.Key,
        ClusterChange.Removed removed => removed.Key,
        _ => throw new InvalidOperationException($"{change} is no change of an object"),
    };
}
