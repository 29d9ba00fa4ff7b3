using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Text.Json.Nodes;
using LbSpeaker.Lab.Api.Kinds;
using LbSpeaker.Lab.Api.Storage;
using LbSpeaker.Lab.Api.Tables;

namespace LbSpeaker.Lab.Api.Http;

/// <summary>Streams the changes of a resource. It reads the resource's log at its own pace; who falls behind the log gets 410.</summary>
internal sealed class WatchHandler(ServerParts parts, Faults faults)
{
    public async Task WatchAsync(HttpContext context, ApiResource resource, string? ns, string? name)
    {
        var accepted = Accepted.Read(context.Request);
        if (accepted.Yaml) throw ApiException.NotAcceptable("only the following media types are accepted: application/json");
        var request = WatchRequest.Read(context.Request.Query);
        var selectors = Selectors.Read(resource, context.Request.Query, name);
        using var timeout = new CancellationTokenSource(request.Timeout, parts.Time);
        using var watch = faults.Register(resource.Plural, context);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, timeout.Token, watch.Stopped);
        var stream = new WatchStream(context, resource, accepted, parts.Time);
        await stream.StartAsync().ConfigureAwait(false);
        try
        {
            await RunAsync(resource, ns, request, selectors, stream, stop.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            if (watch.MidLine)
            {
                await stream.HalfLineAsync().ConfigureAwait(false);
                context.Abort();
            }
        }
    }

    private async Task RunAsync(ApiResource resource, string? ns, WatchRequest request, Selectors selectors, WatchStream stream, CancellationToken ct)
    {
        long position;
        long from = request.Revision ?? 0;
        if (request.Initial)
        {
            (var state, position) = parts.Store.ReadAndStart(resource.Storage);
            from = state.Revision;
            foreach (var obj in state.In(ns))
                if (selectors.Matches(obj)) stream.Event("ADDED", obj);
            if (request.MarkInitial) stream.Bookmark(from, initialEnd: true);
            await stream.FlushAsync(ct).ConfigureAwait(false);
        }
        else if (!parts.Store.TryStart(resource.Storage, from, out position, out var forgotten))
        {
            await stream.FailAsync(ApiException.Expired($"too old resource version: {from} ({forgotten})"), ct).ConfigureAwait(false);
            return;
        }
        await FollowAsync(resource, ns, request, selectors, stream, position, from, ct).ConfigureAwait(false);
    }

    private async Task FollowAsync(ApiResource resource, string? ns, WatchRequest request, Selectors selectors, WatchStream stream, long position, long from, CancellationToken ct)
    {
        var changes = new List<Change>();
        using var ticker = request.Bookmarks ? new PeriodicTimer(parts.Options.BookmarkInterval, parts.Time) : null;
        var tick = ticker?.WaitForNextTickAsync(ct).AsTask();
        while (true)
        {
            changes.Clear();
            if (!parts.Store.TryRead(resource.Storage, ref position, changes, out var growth, out var revision))
            {
                await stream.FailAsync(ApiException.Expired($"too old resource version: {from} ({revision})"), ct).ConfigureAwait(false);
                return;
            }
            foreach (var change in changes)
            {
                // A watch from a revision that is still to come waits for it.
                if (change.Revision <= from) continue;
                Tell(change, ns, selectors, stream);
            }
            if (changes.Count > 0)
            {
                await stream.FlushAsync(ct).ConfigureAwait(false);
                continue;
            }
            if (tick is null) await growth.WaitAsync(ct).ConfigureAwait(false);
            else if (await Task.WhenAny(growth, tick).WaitAsync(ct).ConfigureAwait(false) == tick)
            {
                stream.Bookmark(Math.Max(revision, from), initialEnd: false);
                await stream.FlushAsync(ct).ConfigureAwait(false);
                tick = ticker!.WaitForNextTickAsync(ct).AsTask();
            }
        }
    }

    private static void Tell(Change change, string? ns, Selectors selectors, WatchStream stream)
    {
        if (ns is not null && (change.After ?? change.Before)!.Namespace != ns) return;
        var was = change.Before is { } before && selectors.Matches(before);
        var @is = change.After is { } after && selectors.Matches(after);
        if (@is) stream.Event(was ? "MODIFIED" : "ADDED", change.After!);
        else if (was) stream.Event("DELETED", change.Gone);
    }
}

/// <summary>The lines of one watch.</summary>
internal sealed class WatchStream(HttpContext context, ApiResource resource, Accepted accepted, TimeProvider time)
{
    private readonly PipeWriter _out = context.Response.BodyWriter;
    private readonly TableView _table = new(resource, accepted.TableVersion, TableView.ReadInclude(context.Request.Query["includeObject"].FirstOrDefault()), time);
    private bool _columnsSent;

    public async Task StartAsync()
    {
        context.Response.StatusCode = 200;
        context.Response.ContentType = "application/json";
        context.Response.Headers.CacheControl = "no-cache, private";
        await context.Response.StartAsync(context.RequestAborted).ConfigureAwait(false);
        await _out.FlushAsync(context.RequestAborted).ConfigureAwait(false);
    }

    public void Event(string type, StoredObject obj) => Line(type, accepted.Form == Form.Whole ? obj.As(resource).Utf8 : Shown(obj.ParseAs(resource)));

    public void Bookmark(long revision, bool initialEnd)
    {
        var metadata = new JsonObject { ["resourceVersion"] = revision.ToString(CultureInfo.InvariantCulture) };
        if (initialEnd) metadata["annotations"] = new JsonObject { ["k8s.io/initial-events-end"] = "true" };
        var obj = new JsonObject { ["kind"] = resource.Kind, ["apiVersion"] = resource.ApiVersion, ["metadata"] = metadata };
        Line("BOOKMARK", accepted.Form == Form.Whole ? Json.Utf8(obj) : Shown(obj));
    }

    public async Task FailAsync(ApiException failure, CancellationToken ct)
    {
        Line("ERROR", Json.Utf8(failure.Status));
        await FlushAsync(ct).ConfigureAwait(false);
    }

    public async Task HalfLineAsync()
    {
        _out.Write("{\"type\":\"MODIFIED\",\"object\":{\"kind\":\""u8);
        await _out.FlushAsync(context.RequestAborted).ConfigureAwait(false);
    }

    public async Task FlushAsync(CancellationToken ct)
    {
        var result = await _out.FlushAsync(ct).ConfigureAwait(false);
        if (result.IsCompleted) throw new OperationCanceledException(context.RequestAborted);
    }

    private byte[] Shown(JsonObject obj)
    {
        if (accepted.Form == Form.Metadata) return Json.Utf8(TableView.PartialMetadata(obj, accepted.TableVersion));
        var columns = !_columnsSent;
        _columnsSent = true;
        return Json.Utf8(_table.One(obj, columns));
    }

    private void Line(string type, byte[] obj)
    {
        _out.Write("{\"type\":\""u8);
        _out.Write(System.Text.Encoding.ASCII.GetBytes(type));
        _out.Write("\",\"object\":"u8);
        _out.Write(obj);
        _out.Write("}\n"u8);
    }
}
