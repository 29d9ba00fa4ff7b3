using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Values;
using LbSpeaker.Kubernetes.Client;
using LbSpeaker.Kubernetes.Watching;
using Microsoft.Extensions.Logging;

namespace LbSpeaker.Kubernetes.Writing;

/// <summary>
/// Brings the status of what holds addresses in line with the controller's reports. It holds what each is to be and how the watch last showed it; what differs is written, whoever made
/// it differ, and what does not is left alone.
/// </summary>
/// <remarks>
/// Owned by one loop: <see cref="Observe"/> for each change of a batch, then <see cref="SetDesired"/> for what the plan says, then
/// <see cref="Flush"/>. Only at the flush do the two meet, so that a wish is never written over a state that it did not know.
/// </remarks>
public abstract class HolderStatusWriter<TRecord, TReport>
    where TRecord : class
    where TReport : class
{
    private readonly TimeProvider time;
    private readonly AddressHandover handover;
    private readonly bool isOfClaims;
    private readonly WritePump<ObjectKey, byte[]> pump;
    private readonly Dictionary<ObjectKey, TRecord> present = [];
    private readonly Dictionary<ObjectKey, TReport> desired = [];
    private readonly HashSet<ObjectKey> touched = [];

    /// <param name="isOfClaims">IPClaims, else Services.</param>
    /// <param name="pathOf">Of its status.</param>
    private protected HolderStatusWriter(KubernetesApi api, AddressHandover handover, bool isOfClaims, Func<ObjectKey, string> pathOf, PatchType form, int parallelism, ILogger log)
    {
        (time, this.handover, this.isOfClaims) = (api.Time, handover, isOfClaims);
        pump = new(parallelism, async (key, patch, cancellation) => await api.PatchAsync(pathOf(key), form, patch, cancellation).ConfigureAwait(false), time, log);
    }

    /// <summary>Takes note of what it writes about; other changes mean nothing here.</summary>
    public abstract void Observe(ClusterChange change);

    public abstract void SetDesired(TReport report);

    /// <summary>It is none of ours: it is not written again until it is desired anew.</summary>
    public void Release(ObjectKey key)
    {
        if (!desired.Remove(key)) return;
        touched.Add(key);
        handover.SetDesired(NameOf(key), null);
    }

    /// <summary>Has everything written that differs since the last time. Returns at once.</summary>
    public void Flush()
    {
        DateTimeOffset now = time.GetUtcNow();
        touched.UnionWith(handover.TakeAwake(isOfClaims));
        foreach (ObjectKey key in touched)
            if (PatchOf(key, now) is { } patch) pump.Enqueue(key, patch); else pump.Withdraw(key);
        touched.Clear();
    }

    /// <summary>Writes until cancelled; on cancellation (the lead is lost) nothing more is sent.</summary>
    public Task RunAsync(CancellationToken cancellation) => pump.RunAsync(cancellation);

    /// <summary>What it is to hold.</summary>
    private protected abstract ValueArray<IpAddress> AddressesOf(TReport report);

    /// <summary>The addresses in its status, as they are written there.</summary>
    private protected abstract IEnumerable<string?> ShownBy(TRecord record);

    /// <returns>Null where nothing differs.</returns>
    private protected abstract byte[]? Patch(TReport wish, TRecord record, DateTimeOffset now);

    /// <summary>Takes away what it does not keep, and gives nothing.</summary>
    private protected abstract byte[]? Dropping(TRecord record, ValueArray<IpAddress> kept);

    /// <param name="addresses">What it is to hold; null where that is not ours to say.</param>
    private protected void Desire(ObjectKey key, TReport report, ValueArray<IpAddress>? addresses)
    {
        if (desired.TryGetValue(key, out TReport? before) && before.Equals(report)) return;
        desired[key] = report;
        touched.Add(key);
        handover.SetDesired(NameOf(key), addresses);
    }

    private protected void Saw(ObjectKey key, TRecord record)
    {
        if (!present.TryGetValue(key, out TRecord? before) || !ShownBy(before).SequenceEqual(ShownBy(record)))
            handover.Observe(NameOf(key), ShownBy(record).Select(a => IpAddress.TryParse(a, out IpAddress address) ? address : (IpAddress?)null).OfType<IpAddress>().Distinct().ToValueArray());
        present[key] = record;
        touched.Add(key);
    }

    private protected void Lost(ObjectKey key)
    {
        if (!present.Remove(key)) return;
        desired.Remove(key);
        handover.Observe(NameOf(key), []);
        handover.SetDesired(NameOf(key), null);
        touched.Add(key);
    }

    private HolderName NameOf(ObjectKey key) => isOfClaims ? HolderName.OfClaim(key) : HolderName.OfService(key);

    private byte[]? PatchOf(ObjectKey key, DateTimeOffset now)
    {
        if (!desired.TryGetValue(key, out TReport? wish) || !present.TryGetValue(key, out TRecord? record)) return null;
        // What it is to lose it loses already now: two that exchange their addresses would wait for each other for ever.
        return handover.MustWait(NameOf(key), AddressesOf(wish)) ? Dropping(record, AddressesOf(wish)) : Patch(wish, record, now);
    }
}
