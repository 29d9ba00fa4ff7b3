namespace LbSpeaker.Lab.Api.Http;

/// <summary>A resource path taken apart: <c>/apis/G/V/[watch/][namespaces/NS/]plural[/name[/subresource]]</c>.</summary>
/// <param name="Namespace">null: across all namespaces, or a cluster-wide resource.</param>
/// <param name="Watch">The deprecated <c>/watch/</c> form.</param>
internal sealed record RequestPath(string Group, string Version, string? Namespace, string Plural, string? Name, string? Subresource, bool Watch)
{
    /// <summary>Null when the path does not name a resource.</summary>
    public static RequestPath? Parse(string[] segments)
    {
        int next;
        string group, version;
        if (segments is ["api", var core, _, ..]) { (group, version, next) = ("", core, 2); }
        else if (segments is ["apis", var g, var v, _, ..]) { (group, version, next) = (g, v, 3); }
        else return null;
        var watch = segments[next] == "watch" && segments.Length > next + 1;
        if (watch) next++;
        string? ns = null;
        if (segments[next] == "namespaces" && segments.Length > next + 2)
        {
            // namespaces/NS/status is the status of a namespace, not a resource of that name.
            var subresourceOfNamespace = segments.Length == next + 3 && segments[next + 2] is "status" or "finalize";
            if (!subresourceOfNamespace) { ns = segments[next + 1]; next += 2; }
        }
        var rest = segments.Length - next;
        return rest is < 1 or > 3 ? null
            : new RequestPath(group, version, ns, segments[next], rest > 1 ? segments[next + 1] : null, rest > 2 ? segments[next + 2] : null, watch);
    }
}
