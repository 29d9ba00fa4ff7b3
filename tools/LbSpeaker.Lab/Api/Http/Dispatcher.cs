using LbSpeaker.Lab.Api.Discovery;
using LbSpeaker.Lab.Api.Kinds;

namespace LbSpeaker.Lab.Api.Http;

/// <summary>From a request to the part that answers it; refusals become Status objects here and nowhere else.</summary>
internal sealed class Dispatcher
{
    private readonly ServerParts _parts;
    private readonly Faults _faults;
    private readonly Access _access;
    private readonly ListHandler _reads;
    private readonly WatchHandler _watches;
    private readonly WriteHandler _writes;
    private readonly PatchHandler _patches;
    private readonly ReviewHandler _reviews;
    private readonly DiscoveryHandler _discovery;
    private readonly LabAdmin _admin;
    private readonly WriteCounts _written = new();

    public Dispatcher(ServerParts parts, Faults faults)
    {
        (_parts, _faults) = (parts, faults);
        Authorizer authorizer = new(parts);
        _access = new Access(parts.Options, authorizer);
        _reads = new ListHandler(parts, faults);
        _watches = new WatchHandler(parts, faults);
        _writes = new WriteHandler(parts);
        _patches = new PatchHandler(parts, _writes);
        _reviews = new ReviewHandler(parts, _access, authorizer);
        _discovery = new DiscoveryHandler(parts);
        _admin = new LabAdmin(faults, _written);
    }

    public async Task HandleAsync(HttpContext context)
    {
        using var counted = _written.Begin(context);
        try
        {
            await RouteAsync(context).ConfigureAwait(false);
        }
        catch (ApiException failure)
        {
            if (context.Response.HasStarted) context.Abort();
            else await Responder.FailureAsync(context, failure).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client has gone; there is nobody to answer.
        }
    }

    private async Task RouteAsync(HttpContext context)
    {
        var request = context.Request;
        var path = request.Path.Value ?? "/";
        if (path.StartsWith("/lab/", StringComparison.Ordinal))
        {
            await _admin.HandleAsync(context).ConfigureAwait(false);
            return;
        }
        var segments = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        var target = RequestPath.Parse(segments);
        await _faults.MeetAsync(new RequestMatch(request.Method, target?.Plural, target?.Namespace, target?.Name, target?.Subresource ?? "", target is not null && IsWatch(target, request)),
            context.RequestAborted).ConfigureAwait(false);
        var user = _access.Check(request, target);
        if (target is null || !_parts.Kinds.HasGroupVersion(target.Group, target.Version))
        {
            if (!await _discovery.TryHandleAsync(context, path, segments).ConfigureAwait(false))
                await Responder.TextAsync(context, 404, "404 page not found\n").ConfigureAwait(false);
            return;
        }
        if (Reviews.Find(target.Group, target.Version, target.Plural) is { } review) await _reviews.AnswerAsync(context, review, user).ConfigureAwait(false);
        else await ResourceAsync(context, target).ConfigureAwait(false);
    }

    private Task ResourceAsync(HttpContext context, RequestPath target)
    {
        if (_parts.Kinds.Find(target.Group, target.Version, target.Plural) is not { } resource) throw ApiException.NoSuchResource();
        if (target.Namespace is not null && !resource.Namespaced) throw ApiException.NoSuchResource();
        if (target.Name is not null && resource.Namespaced && target.Namespace is null) throw ApiException.NoSuchResource();
        if (target.Subresource is not null && !(target.Subresource == "status" && resource.HasStatus)) throw ApiException.NoSuchResource();
        if (resource.DeprecationWarning is { } warning) Responder.Warn(context, [warning]);
        var ns = target.Namespace ?? "";
        var request = context.Request;
        if (IsWatch(target, request)) return _watches.WatchAsync(context, resource, resource.Namespaced ? target.Namespace : null, target.Name);
        if (target.Name is not { } name)
        {
            return request.Method switch
            {
                "GET" => _reads.ListAsync(context, resource, resource.Namespaced ? target.Namespace : null),
                "POST" when !resource.Namespaced || target.Namespace is not null => _writes.CreateAsync(context, resource, ns),
                "DELETE" when !resource.Namespaced || target.Namespace is not null => _writes.DeleteCollectionAsync(context, resource, resource.Namespaced ? ns : null),
                "PUT" when resource.IsCustom => throw ApiException.BadRequest("name must be provided"),
                _ => throw ApiException.MethodNotAllowed(),
            };
        }
        return request.Method switch
        {
            "GET" => _reads.GetAsync(context, resource, ns, name),
            "PUT" => _writes.PutAsync(context, resource, ns, name, target.Subresource),
            "PATCH" => _patches.PatchAsync(context, resource, ns, name, target.Subresource),
            "DELETE" when target.Subresource is null => _writes.DeleteAsync(context, resource, ns, name),
            "POST" when resource.IsCustom && target.Subresource is null => _writes.CreateAsync(context, resource, ns),
            _ => throw ApiException.MethodNotAllowed(),
        };
    }

    private static bool IsWatch(RequestPath target, HttpRequest request) => request.Method == "GET"
        && (target.Watch || (target.Name is null && request.Query["watch"].FirstOrDefault() is "" or "true" or "1"));
}
