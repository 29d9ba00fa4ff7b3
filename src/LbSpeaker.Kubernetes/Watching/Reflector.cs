using System.Text.Json;
using System.Threading.Channels;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Values;
using LbSpeaker.Kubernetes.Client;
using LbSpeaker.Kubernetes.Resources;
using LbSpeaker.Kubernetes.Translation;
using Microsoft.Extensions.Logging;

namespace LbSpeaker.Kubernetes.Watching;

/// <summary>
/// Keeps one kind in step with the API server: lists it in pages, then watches from the list's resourceVersion, resumes where a watch ended,
/// and lists again only when the server no longer knows that version. Speaks of every object in changes; keeps nothing but the keys.
/// </summary>
/// <param name="changes">Where changes go. Unbounded: a slow reader costs memory, never an object.</param>
/// <param name="synced">Called after the first complete list, when all of it stands in <paramref name="changes"/>.</param>
internal sealed class Reflector(
    KubernetesApi api, WatchTarget target, ChannelWriter<ClusterChange> changes, Action synced, KubernetesMetrics metrics, ILogger log, Func<double>? random = null)
{
    private const int PageSize = 500;

    /// <summary>One page of a list that takes longer is given up.</summary>
    private static readonly TimeSpan PageTimeout = TimeSpan.FromSeconds(60);

    /// <summary>A missing CustomResourceDefinition or permission is asked for this often, without growing: it appears when somebody installs it.</summary>
    private static readonly TimeSpan MissingPause = TimeSpan.FromSeconds(10);

    /// <summary>A watch that stood this long was sound: what comes after it starts with the shortest pause again.</summary>
    private static readonly TimeSpan StableAfter = TimeSpan.FromSeconds(10);

    /// <summary>
    /// For so long a list that is older than what was seen before is not taken: it would bring back what is gone and hide what is there, and an address
    /// could be given twice. After that the server was set back for good (a restore from a backup), and its word counts.
    /// </summary>
    private static readonly TimeSpan OlderListsRefused = TimeSpan.FromMinutes(1);

    private readonly Func<double> random = random ?? Random.Shared.NextDouble;
    private readonly Backoff backoff = new(random);
    private readonly TranslationContext context = TranslationContext.Live();
    private HashSet<ObjectKey> known = [];
    private bool hasSynced;

    /// <summary>The newest resourceVersion that the server has shown; empty before the first.</summary>
    private string newest = "";
    private long? olderSince;
    private LastWord? word;

    /// <summary>Runs until cancelled; no answer of the server ends it.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        using LastWord last = word = metrics.Watch(target.Kind.ToString(), api.Time);
        while (true)
        {
            string version = await ListUntilDoneAsync(cancellation).ConfigureAwait(false);
            await WatchUntilExpiredAsync(version, cancellation).ConfigureAwait(false);
        }
    }

    private async Task<string> ListUntilDoneAsync(CancellationToken cancellation)
    {
        while (true)
        {
            (ApiResult result, string? version) = await ListAsync(cancellation).ConfigureAwait(false);
            if (version is not null)
            {
                log.Listed(target.Kind.ToString(), target.Namespace, known.Count, version);
                if (hasSynced) metrics.CountRelist(target.Kind.ToString());
                else synced();
                hasSynced = true;
                return version;
            }
            TimeSpan delay;
            bool isMissing = result.Outcome == ApiOutcome.NotFound && target.IsCustom;
            if (target.IsOptional && (isMissing || result.StatusCode == 403))
            {
                delay = MissingPause;
                TakeAsEmpty(result.ToString());
            }
            else if (isMissing)
            {
                delay = MissingPause;
                log.KindMissing(target.Kind.ToString(), target.Path, delay);
            }
            else
            {
                delay = backoff.Next(result.RetryAfter);
                log.ListFailed(target.Kind.ToString(), delay, result.ToString());
            }
            await Task.Delay(delay, api.Time, cancellation).ConfigureAwait(false);
        }
    }

    /// <returns>The resourceVersion to watch from, or why there is none.</returns>
    private async Task<(ApiResult Result, string? Version)> ListAsync(CancellationToken cancellation)
    {
        HashSet<ObjectKey> seen = [];
        string next = "";
        while (true)
        {
            ListPage page = await ReadPageAsync(next, seen, cancellation).ConfigureAwait(false);
            // An expired continue token is a failure like another: the objects so far stand, and the list begins anew.
            if (!page.Result.IsOk) return (page.Result, null);
            word?.Hear();
            next = page.Meta.Continue;
            if (next.Length > 0) continue;

            // Only now is it known what is gone: any page may still have brought it.
            foreach (ObjectKey key in known)
                if (!seen.Contains(key)) Publish(new ClusterChange.Removed(target.Kind, key));
            known = seen;
            newest = page.Meta.ResourceVersion;
            olderSince = null;
            return (page.Result, newest);
        }
    }

    private async Task<ListPage> ReadPageAsync(string from, HashSet<ObjectKey> seen, CancellationToken cancellation)
    {
        using CancellationTokenSource timeout = new(PageTimeout, api.Time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, timeout.Token);
        string path = $"{target.Path}?limit={PageSize}{Selector()}";
        if (from.Length > 0) path += $"&continue={Uri.EscapeDataString(from)}";
        try
        {
            (ApiResult result, ApiStream? stream) = await api.OpenAsync(path, either.Token).ConfigureAwait(false);
            if (stream is null) return new(result, ListMeta.None);
            using (stream)
                return await ListReader.ReadAsync(stream.Content, Accept, Take, either.Token).ConfigureAwait(false) is { } meta
                    ? new(result, meta)
                    : Broken($"the list is older than resourceVersion {newest}, which was seen: it is not taken");
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return Broken($"no complete page within {PageTimeout.TotalSeconds:0} s");
        }
        catch (JsonException exception)
        {
            return Broken($"the list is cut off or no JSON: {exception.Message}");
        }
        catch (Exception exception) when (KubernetesApi.IsConnectionFailure(exception))
        {
            return Broken(exception.Message);
        }

        bool Accept(ListMeta meta) => !IsRefusedAsOlder(meta.ResourceVersion);

        void Take(JsonElement item)
        {
            if (TakeIn(item) is { } key) seen.Add(key);
        }
    }

    private bool IsRefusedAsOlder(string version)
    {
        if (!ResourceVersion.IsOlder(version, newest)) return false;
        olderSince ??= api.Time.GetTimestamp();
        if (api.Time.GetElapsedTime(olderSince.Value) < OlderListsRefused) return true;
        log.OlderListTaken(target.Kind.ToString(), version, newest);
        newest = "";
        return false;
    }

    private static ListPage Broken(string reason) => new(new(ApiOutcome.Unreachable, 0, reason, null, default), ListMeta.None);

    private async Task WatchUntilExpiredAsync(string version, CancellationToken cancellation)
    {
        while (true)
        {
            long began = api.Time.GetTimestamp();
            WatchEnd end = await WatchAsync(version, cancellation).ConfigureAwait(false);
            version = newest = end.Version;
            if (end.Progressed || api.Time.GetElapsedTime(began) >= StableAfter) backoff.Reset();

            // The server ends every watch after a while; that alone is no reason to wait, and a watch that never says anything is.
            TimeSpan delay = end.Kind == WatchEndKind.Closed && (end.Progressed || api.Time.GetElapsedTime(began) >= StableAfter) ? TimeSpan.Zero : backoff.Next(end.RetryAfter);
            if (end.Kind == WatchEndKind.Expired) log.WatchExpired(target.Kind.ToString(), end.Reason, delay);
            else log.WatchEnded(target.Kind.ToString(), end.Reason, version, delay);
            if (delay > TimeSpan.Zero) await Task.Delay(delay, api.Time, cancellation).ConfigureAwait(false);
            if (end.Kind == WatchEndKind.Expired) return;
        }
    }

    private void TakeAsEmpty(string reason)
    {
        word?.Hear();
        if (hasSynced && known.Count == 0) return;
        log.CountsAsMissing(target.Kind.ToString(), target.Namespace, reason);
        foreach (ObjectKey key in known) Publish(new ClusterChange.Removed(target.Kind, key));
        known = [];
        if (!hasSynced) synced();
        hasSynced = true;
    }

    private async Task<WatchEnd> WatchAsync(string version, CancellationToken cancellation)
    {
        // Spread over minutes so that the watches of all speakers do not come back together; the guard ends one whose connection died unseen.
        int seconds = 300 + (int)(300 * random());
        using CancellationTokenSource guard = new(TimeSpan.FromSeconds(seconds + 15), api.Time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, guard.Token);
        string path = $"{target.Path}?watch=true&allowWatchBookmarks=true&timeoutSeconds={seconds}&resourceVersion={Uri.EscapeDataString(version)}{Selector()}";
        WatchReading reading = new(version);
        try
        {
            (ApiResult result, ApiStream? stream) = await api.OpenAsync(path, either.Token).ConfigureAwait(false);
            if (stream is null)
            {
                // 400 or 422 to a version is the server's way to say that it is not one of its own, as after a restore from a backup.
                bool expired = result.Outcome is ApiOutcome.Gone or ApiOutcome.NotFound or ApiOutcome.Refused;
                return reading.End(expired ? WatchEndKind.Expired : WatchEndKind.Failed, result.ToString(), result.RetryAfter);
            }
            word?.Hear();
            using (stream)
                await foreach (ReadOnlyMemory<byte> line in LineReader.ReadAsync(stream.Content, target.Rest, api.Time, either.Token).ConfigureAwait(false))
                {
                    word?.Hear();
                    if (TakeEvent(line, reading) is { } end) return end;
                }
            return reading.End(WatchEndKind.Closed, "closed by the server");
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return reading.End(WatchEndKind.Failed, "the server did not end the watch in time");
        }
        catch (InvalidDataException exception)
        {
            return reading.End(WatchEndKind.Expired, exception.Message);
        }
        catch (Exception exception) when (KubernetesApi.IsConnectionFailure(exception))
        {
            return reading.End(WatchEndKind.Failed, exception.Message);
        }
    }

    /// <returns>Not null where the event ends the watch.</returns>
    private WatchEnd? TakeEvent(ReadOnlyMemory<byte> line, WatchReading reading)
    {
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(line);
        }
        catch (JsonException exception)
        {
            // A whole line that is no JSON would come again after resuming: start over.
            return reading.End(WatchEndKind.Expired, $"a line of the watch is no JSON: {exception.Message}");
        }
        using (document)
        {
            ShapeReader root = ShapeReader.Of(document.RootElement, new(refusesUnknownFields: false));
            ShapeReader watched = root.Object("object");
            string type = root.Text("type") ?? "";
            if (type == "ERROR")
            {
                long code = watched.Int64("code") ?? 0;
                string reason = $"{watched.Text("reason")} {watched.Text("message")}".Trim();
                return reading.End(code == 410 || watched.Text("reason") is "Expired" or "Gone" ? WatchEndKind.Expired : WatchEndKind.Failed, reason);
            }
            ShapeReader meta = watched.Object("metadata");
            if (meta.Text("resourceVersion") is { Length: > 0 } version) reading.Advance(version);
            if (!watched.Exists) return null;
            switch (type)
            {
                case "ADDED" or "MODIFIED":
                    if (TakeIn(document.RootElement.GetProperty("object")) is { } key) known.Add(key);
                    break;
                case "DELETED":
                    Forget(MetaTranslation.Key(meta, context));
                    break;
            }
            return null;
        }
    }

    /// <returns>The key of an object that is of interest.</returns>
    private ObjectKey? TakeIn(JsonElement json)
    {
        metrics.CountChange();
        ShapeReader meta = ShapeReader.Of(json, new(refusesUnknownFields: false)).Object("metadata");
        if (meta.Text("name") is not { Length: > 0 })
        {
            Complain("?", ["metadata.name: expected a name, got nothing"]);
            return null;
        }
        ClusterRecord? record = target.Translate(json, context, out ValueArray<string> faults);
        if (!faults.IsEmpty) Complain(MetaTranslation.Key(meta, context).ToString(), faults);
        if (record is null)
        {
            Forget(MetaTranslation.Key(meta, context));
            return null;
        }
        Publish(new ClusterChange.Upserted(record));
        known.Add(record.Key);
        return record.Key;
    }

    private void Forget(ObjectKey key)
    {
        if (known.Remove(key)) Publish(new ClusterChange.Removed(target.Kind, key));
    }

    private void Complain(string key, ValueArray<string> faults)
    {
        metrics.CountShapeFault();
        log.WrongShape(target.Kind.ToString(), key, string.Join("; ", faults));
    }

    private void Publish(ClusterChange change)
    {
        if (!changes.TryWrite(change)) throw new InvalidOperationException("the mailbox of a reflector is unbounded and open as long as the reflector runs");
    }

    private string Selector() => Selector("labelSelector", target.LabelSelector) + Selector("fieldSelector", target.FieldSelector);

    private static string Selector(string parameter, string? value) => value is null ? "" : $"&{parameter}={Uri.EscapeDataString(value)}";

    private readonly record struct ListPage(ApiResult Result, ListMeta Meta);
}
