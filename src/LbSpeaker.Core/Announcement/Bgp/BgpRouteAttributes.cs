using LbSpeaker.Core.Net;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Core.Announcement.Bgp;

/// <summary>What goes with a prefix to the router, as far as configuration decides it.</summary>
public sealed record BgpRouteAttributes
{
    public static BgpRouteAttributes Plain { get; } = new();

    /// <summary>LOCAL_PREF (RFC 4271 section 5.1.5), sent on iBGP sessions only; 0 where not set.</summary>
    public uint LocalPref { get; init; }

    /// <summary>Sorted, without repeats.</summary>
    public ValueArray<Community> Communities { get; init; }

    /// <summary>MULTI_EXIT_DISC (RFC 4271 section 5.1.4); not sent where null.</summary>
    public uint? Med { get; init; }

    /// <summary>How many times more our AS number stands in AS_PATH on eBGP sessions; 0 to 16.</summary>
    public int Prepend { get; init; }

    /// <summary>Ready endpoints behind this node, told as link bandwidth (draft-ietf-idr-link-bandwidth); not sent where null.</summary>
    public int? Weight { get; init; }

    /// <summary>What may differ between two that are merged into one route: only communities, which are united.</summary>
    public bool AgreesWith(BgpRouteAttributes other) => LocalPref == other.LocalPref && Med == other.Med && Prepend == other.Prepend;

    /// <summary>This one's single values, both's communities, the weights added up.</summary>
    public BgpRouteAttributes Merge(BgpRouteAttributes other)
    {
        if (ReferenceEquals(this, other) && Weight is null) return this;
        return this with
        {
            Communities = Communities == other.Communities ? Communities : Communities.AsEnumerable().Concat(other.Communities).Distinct().Order().ToValueArray(),
            Weight = Weight is null && other.Weight is null ? null : (Weight ?? 0) + (other.Weight ?? 0),
        };
    }

    /// <summary>For a node that is about to leave: the community of RFC 8326, and the lowest LOCAL_PREF.</summary>
    public BgpRouteAttributes ForShutdown() => this with
    {
        LocalPref = 0,
        Communities = Communities.Contains(Community.GracefulShutdown) ? Communities : Communities.AsEnumerable().Append(Community.GracefulShutdown).Order().ToValueArray(),
    };
}

/// <summary>A prefix to announce.</summary>
public readonly record struct BgpRoute(IpPrefix Prefix, BgpRouteAttributes Attributes);
