using LbSpeaker.Core.Announcement.Bgp;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Config;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Core.Tests.Announcement.Bgp;

/// <summary>Peers and advertisements for the planner's tests.</summary>
internal static class BgpPlanning
{
    public static CompiledConfig Config(CompiledConfig config, bool weighted, params CompiledBgpPeer[] peers) =>
        config with { BgpAdvertisements = [Advertisement("all") with { IsWeighted = weighted }], BgpPeers = [.. peers] };

    public static CompiledBgpAdvertisement Advertisement(string name, BgpRouteAttributes? attributes = null, int length = 32) =>
        new(new ObjectKey("lbspeaker-system", name), ["main"], [], [], [], length, 128, attributes ?? BgpRouteAttributes.Plain, false);

    public static CompiledBgpPeer Peer(string name, string address = "198.51.100.1", string? onlyNode = null) => new(
        new ObjectKey("lbspeaker-system", name),
        new BgpPeerSettings(name) { LocalAs = 64512, PeerAs = new(PeerAsKind.Number, 64513), Address = IpAddress.Parse(address), BothFamilies = name == "tor2" },
        onlyNode is null ? [] : [new LabelSelector([new("name", SelectorOperator.In, [onlyNode])])]);
}
