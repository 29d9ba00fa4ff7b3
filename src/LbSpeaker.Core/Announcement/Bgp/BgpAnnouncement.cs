using LbSpeaker.Core.Net;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Core.Announcement.Bgp;

/// <summary>Some nodes announce one address of a Service to one router in one way.</summary>
/// <param name="Prefix">The address itself, or the aggregate that it lies in.</param>
/// <param name="Peer">Name of the BGPPeer.</param>
/// <param name="Nodes">Sorted.</param>
/// <param name="IsWeighted">Each node adds how many ready endpoints it has.</param>
public sealed record BgpAnnouncement(IpAddress Address, IpPrefix Prefix, string Peer, ValueArray<string> Nodes, BgpRouteAttributes Attributes, bool IsWeighted);
