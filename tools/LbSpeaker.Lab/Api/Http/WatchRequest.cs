using System.Globalization;
using LbSpeaker.Lab.Api.Schema;

namespace LbSpeaker.Lab.Api.Http;

/// <summary>What a watch's query asks for.</summary>
/// <param name="Revision">null or 0: begin with what there is.</param>
/// <param name="Initial">What there is comes first, as ADDED.</param>
/// <param name="MarkInitial">A bookmark tells where that ends.</param>
internal sealed record WatchRequest(long? Revision, bool Initial, bool MarkInitial, bool Bookmarks, TimeSpan Timeout)
{
    /// <summary>A watch without timeoutSeconds ends after this, as the real server's do after 30 to 60 minutes.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(45);

    public static WatchRequest Read(IQueryCollection query)
    {
        var version = query["resourceVersion"].FirstOrDefault() ?? "";
        var match = query["resourceVersionMatch"].FirstOrDefault() ?? "";
        bool? send = Flag(query, "sendInitialEvents");
        if (send is null && match.Length > 0)
        {
            var unsupported = new FieldError("FieldValueNotSupported", "resourceVersionMatch", $"Unsupported value: \"{match}\": supported values: \"NotOlderThan\"");
            throw ApiException.InvalidOptions("ListOptions",
                Errors.Forbidden("resourceVersionMatch", "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided"),
                match == "NotOlderThan" ? [] : [unsupported]);
        }
        if (send is not null && match != "NotOlderThan")
            throw ApiException.InvalidOptions("ListOptions", Errors.Forbidden("resourceVersionMatch", "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"));
        long? revision = null;
        if (version.Length > 0)
        {
            if (!long.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out var parsed))
                throw ApiException.Internal($"resourceVersion: Invalid value: \"{version}\": strconv.ParseUint: parsing \"{version}\": invalid syntax");
            revision = parsed;
        }
        var bookmarks = Flag(query, "allowWatchBookmarks") == true;
        var initial = send ?? revision is null or 0;
        var timeout = long.TryParse(query["timeoutSeconds"].FirstOrDefault(), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds > 0
            ? TimeSpan.FromSeconds(seconds) : Longest;
        return new WatchRequest(revision, initial, bookmarks && initial && (send == true || revision == 0), bookmarks, timeout);
    }

    private static bool? Flag(IQueryCollection query, string name) =>
        query[name].FirstOrDefault() is not { } text ? null : text is "" or "true" or "1";
}
