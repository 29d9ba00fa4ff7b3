using LbSpeaker.Bgp.Session;
using LbSpeaker.Bgp.Wire.Attributes;
using LbSpeaker.Core.Announcement.Bgp;
using LbSpeaker.Core.Values;
using Community = LbSpeaker.Core.Net.Community;

namespace LbSpeaker.Bgp.Routing;

/// <summary>The path attributes of our routes, which all begin here.</summary>
internal static class AttributeBuilder
{
    /// <summary>What RFC 4271 leaves to the receiver's taste, every implementation takes for the default.</summary>
    private const uint DefaultLocalPref = 100;

    /// <summary>Octets a second that one ready endpoint stands for: 1 Mbit/s.</summary>
    private const float BandwidthOfEndpoint = 125_000;

    /// <summary>What communities may take of a message, so that all other attributes and the longest prefix fit beside them whatever they are.</summary>
    private const int MostCommunityOctets = 3500;

    /// <summary>Null where the communities are too many for any message.</summary>
    public static ValueArray<PathAttribute>? Build(BgpRouteAttributes attributes, SessionTerms terms)
    {
        Community[] standard = [.. attributes.Communities.Where(c => !c.IsLarge)], large = [.. attributes.Communities.Where(c => c.IsLarge)];
        if (standard.Length * 4 + large.Length * 12 > MostCommunityOctets) return null;

        uint ours = terms.Sent.AsNumber;
        List<PathAttribute> path = [new OriginAttribute(Origin.Igp)];
        if (terms.Codec.External)
        {
            // RFC 4271 section 5.1.2 b.
            path.Add(new AsPathAttribute(AsPath.Sequence([.. Enumerable.Repeat(ours, 1 + attributes.Prepend)])));
        }
        else
        {
            path.Add(new AsPathAttribute(AsPath.Empty));
            // Unset is 0 in a plan, and so is the lowest preference of a node that is about to leave (RFC 8326 section 4); the community tells which.
            bool isLeaving = attributes.Communities.Contains(Community.GracefulShutdown);
            path.Add(new LocalPrefAttribute(attributes.LocalPref == 0 && !isLeaving ? DefaultLocalPref : attributes.LocalPref));
        }
        if (attributes.Med is { } metric) path.Add(new MultiExitDiscAttribute(metric));
        if (standard.Length > 0) path.Add(new CommunitiesAttribute([.. standard.Select(c => new Wire.Attributes.Community((ushort)c.Global, (ushort)c.Local1))]));
        if (large.Length > 0) path.Add(new LargeCommunitiesAttribute([.. large.Select(c => new LargeCommunity(c.Global, c.Local1, c.Local2))]));
        if (attributes.Weight is { } weight) path.Add(new ExtendedCommunitiesAttribute([ExtendedCommunity.LinkBandwidth(ours, weight * BandwidthOfEndpoint)]));
        return [.. path];
    }
}
