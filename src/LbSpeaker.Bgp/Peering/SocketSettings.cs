using LbSpeaker.Core.Announcement.Bgp;

namespace LbSpeaker.Bgp.Peering;

/// <summary>What the settings of a session mean for its socket.</summary>
internal static class SocketSettings
{
    private static readonly TimeSpan LeastUserTimeout = TimeSpan.FromMinutes(8);

    extension(BgpPeerSettings peer)
    {
        /// <summary>The TTL of our packets. A router of another AS is on the same link unless configured otherwise: what leaves the link dies.</summary>
        public int Hops => peer.MultiHop || peer.TtlSecurity is not null || peer.IsInternal ? 255 : 1;

        /// <summary>
        /// How long sent octets may be unacknowledged. The hold timers find out earlier; this ends what they do not see: connections without a hold time, and last words
        /// to a router that is gone. As patient as the send hold timer (RFC 9687), since a closed window counts too.
        /// </summary>
        public TimeSpan UserTimeout => peer.HoldTime * 2 is { } twice && twice > LeastUserTimeout ? twice : LeastUserTimeout;

        private bool IsInternal => peer.PeerAs.Kind == PeerAsKind.Internal || (peer.PeerAs.Kind == PeerAsKind.Number && peer.PeerAs.Number == peer.ShownAs);
    }
}
