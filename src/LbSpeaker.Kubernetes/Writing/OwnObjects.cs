using System.Collections.Concurrent;
using System.Text.Json;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Values;
using LbSpeaker.Kubernetes.Client;
using LbSpeaker.Kubernetes.Resources;
using LbSpeaker.Kubernetes.Watching;
using Microsoft.Extensions.Logging;

namespace LbSpeaker.Kubernetes.Writing;

/// <summary>
/// The objects of one kind that this process alone writes: made where they are missing, given to the own Pod where that was replaced, their status put right
/// whoever made it differ, and deleted where they are not wanted. Fed like <see cref="HolderStatusWriter{TRecord, TReport}"/>: observe, set, flush.
/// </summary>
/// <typeparam name="TWish">What an object is to say; compares by content.</typeparam>
/// <typeparam name="TRecord">What the watch shows of it.</typeparam>
/// <param name="ownNamespace">Where all of them live.</param>
/// <param name="owner">The own Pod, null where there is none. Nothing is written before it is known.</param>
/// <param name="labels">Of an object.</param>
/// <param name="status">The status as a merge patch, given the wish and what stands there; null where it says so already.</param>
/// <param name="spacing">How long after a write of an object what <paramref name="canWait"/> waits; zero where nothing does.</param>
/// <param name="canWait">Whether what the wish says beyond what stands there is not urgent; null where all is.</param>
internal sealed class OwnObjects<TWish, TRecord>(
    KubernetesApi api, ClusterKind kind, string ownNamespace, Task<OwnerPod?> owner, int parallelism, Func<TWish, IEnumerable<KeyValuePair<string, string>>> labels,
    Func<TWish, TRecord?, byte[]?> status, ILogger log, TimeSpan spacing = default, Func<TWish, TRecord, bool>? canWait = null)
    where TWish : class
    where TRecord : ClusterRecord, IOwnRecord
{
    private readonly Dictionary<string, TRecord> present = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TWish> desired = new(StringComparer.Ordinal);

    /// <summary>Not to be there, of those about which all has not been said yet.</summary>
    private readonly HashSet<string> unwanted = new(StringComparer.Ordinal);
    private readonly Gathered<string> touched = new(StringComparer.Ordinal);
    private bool isComplete;

    /// <summary>The resourceVersion of the last write. A state that the watch shows from before it says nothing about what is there now.</summary>
    private readonly ConcurrentDictionary<string, string> written = new(StringComparer.Ordinal);
    private WritePump<ObjectKey, Work>? pump;

    /// <param name="Wish">Null where it is to go.</param>
    private sealed record Work(TWish? Wish, TRecord? Present);

    private WritePump<ObjectKey, Work> Pump => pump ??= new(parallelism, WriteAsync, api.Time, log, spacing);

    private string Collection => $"apis/{ApiNames.GroupVersionOf(kind)}/namespaces/{ownNamespace}/{ApiNames.PluralOf(kind)}";

    /// <summary>The object stands there like this.</summary>
    public void Observe(TRecord record)
    {
        present[record.Key.Name] = record;
        touched.Add(record.Key.Name);
    }

    /// <summary>The object is gone.</summary>
    public void Forget(ObjectKey key)
    {
        if (present.Remove(key.Name) || desired.ContainsKey(key.Name)) touched.Add(key.Name);
    }

    /// <param name="wish">Null where it is not to be there.</param>
    public void Set(string name, TWish? wish)
    {
        if (wish is null)
        {
            bool known = desired.Remove(name);
            if (!isComplete) known |= unwanted.Add(name);
            if (known) touched.Add(name);
        }
        else
        {
            unwanted.Remove(name);
            if (desired.TryGetValue(name, out TWish? before) && before.Equals(wish)) return;
            desired[name] = wish;
            touched.Add(name);
        }
    }

    /// <summary>These names and no others are wanted, now and as long as nothing else is said: what stands under others is deleted.</summary>
    public void SetComplete(IReadOnlySet<string> names)
    {
        foreach (string name in desired.Keys.Concat(present.Keys).Where(n => !names.Contains(n)).ToArray())
        {
            desired.Remove(name);
            touched.Add(name);
        }
        isComplete = true;
        unwanted.Clear();
    }

    /// <inheritdoc cref="HolderStatusWriter{TRecord, TReport}.Flush"/>
    public void Flush()
    {
        foreach (string name in touched.Take())
        {
            ObjectKey key = new(ownNamespace, name);
            if (NextWork(name) is { } work) Pump.Enqueue(key, work, isUrgent: work is not { Wish: { } wish, Present: { } record } || canWait?.Invoke(wish, record) != true);
            else Pump.Withdraw(key);
        }
    }

    /// <inheritdoc cref="HolderStatusWriter{TRecord, TReport}.RunAsync"/>
    public Task RunAsync(CancellationToken cancellation) => Pump.RunAsync(cancellation);

    private Work? NextWork(string name)
    {
        TRecord? record = present.GetValueOrDefault(name);
        if (!desired.TryGetValue(name, out TWish? wish)) return record is not null && (isComplete || unwanted.Contains(name)) ? new(null, record) : null;
        // All is well only as far as can be told while the own Pod is not known.
        bool stands = record is not null && owner.IsCompletedSuccessfully && IsOf(owner.Result, record) && status(wish, record) is null;
        return stands ? null : new(wish, record);
    }

    /// <summary>Without a Pod of our own whatever owner stands there may stand.</summary>
    private static bool IsOf(OwnerPod? pod, TRecord record) => pod is null || pod.Uid == record.OwnerUid;

    private async Task<ApiResult?> WriteAsync(ObjectKey key, Work work, CancellationToken cancellation)
    {
        if (work.Present is { } shown && written.TryGetValue(key.Name, out string? last) && ResourceVersion.IsOlder(shown.ResourceVersion, last)) return null;
        OwnerPod? pod = await owner.WaitAsync(cancellation).ConfigureAwait(false);
        string path = $"{Collection}/{key.Name}";
        if (work.Wish is not { } wish)
        {
            ApiResult deleted = await api.DeleteAsync(path, work.Present!.ResourceVersion, cancellation).ConfigureAwait(false);
            if (deleted.IsOk) written.TryRemove(key.Name, out _);
            return deleted;
        }
        ApiResult? result = null;
        bool isOurs = work.Present is { } record && IsOf(pod, record);
        if (work.Present is null)
        {
            result = await api.PostAsync(Collection, NewObject(key, wish, pod), cancellation).ConfigureAwait(false);
            if (!result.IsOk && result.Outcome != ApiOutcome.Conflict) return result;
            isOurs = result.IsOk;
        }
        if (!isOurs)
        {
            // The Pod that made it was replaced, and with that one it would go; or it stands there without its labels, where the watch does not see it.
            result = await api.PatchAsync(path, PatchType.Merge, JsonBody.Of(json => WriteMetadata(json, null, wish, pod)), cancellation).ConfigureAwait(false);
            if (!result.IsOk) return result;
        }
        if (status(wish, work.Present) is { } patch) result = await api.PatchAsync($"{path}/status", PatchType.Merge, patch, cancellation).ConfigureAwait(false);
        if (result is { IsOk: true }) written[key.Name] = ResourceVersion.Of(result.Body);
        return result;
    }

    private byte[] NewObject(ObjectKey key, TWish wish, OwnerPod? pod) => JsonBody.Of(json =>
    {
        json.WriteString("apiVersion", ApiNames.GroupVersionOf(kind));
        json.WriteString("kind", kind.ToString());
        WriteMetadata(json, key, wish, pod);
        json.WriteStartObject("spec");
        json.WriteEndObject();
    });

    /// <param name="key">Null for an object that is there.</param>
    private void WriteMetadata(Utf8JsonWriter json, ObjectKey? key, TWish wish, OwnerPod? pod)
    {
        json.WriteStartObject("metadata");
        if (key is { } made)
        {
            json.WriteString("name", made.Name);
            json.WriteString("namespace", made.Namespace);
        }
        json.WriteStartObject("labels");
        foreach ((string label, string value) in labels(wish)) json.WriteString(label, value);
        json.WriteEndObject();
        OwnerPod.WriteReferences(json, pod);
        json.WriteEndObject();
    }
}
