using LbSpeaker.Core.Net;

namespace LbSpeaker.Bfd;

/// <summary>How far the peer may be: on the same link (RFC 5881), or behind routers (RFC 5883).</summary>
public enum BfdHops { Single, Multi }

/// <summary>What tells sessions apart.</summary>
/// <param name="Peer">The address of the other side.</param>
/// <param name="Local">Our address; null takes the one that routing chooses. A multihop session should name it.</param>
/// <param name="Interface">The link by name; null takes the one that routing chooses. A link-local peer needs it.</param>
/// <param name="Vrf">The VRF device by name; null is the main table.</param>
public sealed record BfdSessionKey(IpAddress Peer, BfdHops Hops = BfdHops.Single, IpAddress? Local = null, string? Interface = null, string? Vrf = null)
{
    /// <summary>The peer as metrics label it: with the link where the address alone says nothing.</summary>
    public string PeerLabel => Peer.IsLinkLocal ? $"{Peer}%{Interface}" : Peer.ToString();

    public override string ToString() =>
        $"{Peer}{(Interface is null ? "" : "%" + Interface)}{(Local is { } local ? " from " + local : "")}{(Hops == BfdHops.Multi ? " multihop" : "")}{(Vrf is null ? "" : " vrf " + Vrf)}";

    /// <exception cref="ArgumentException">The parts do not go together.</exception>
    internal void Check()
    {
        if (Local is { } local && local.Family != Peer.Family) throw new ArgumentException($"{this}: two families");
        if (Peer.IsLinkLocal && (Interface is null || Hops == BfdHops.Multi)) throw new ArgumentException($"{this}: a link-local peer needs an interface and a single hop");
    }
}

/// <summary>One session that somebody wants.</summary>
public sealed record BfdWish(BfdSessionKey Key, BfdSettings Settings)
{
    /// <exception cref="ArgumentException">It could never be fulfilled; the message says why.</exception>
    internal void Check()
    {
        Key.Check();
        Settings.Check();
        // RFC 5883 section 3: "the Echo function MUST NOT be used over multiple hops".
        if (Key.Hops == BfdHops.Multi && Settings.EchoInterval is not null) throw new ArgumentException($"{Key}: no echo over several hops");
        if (Settings.EchoSource is { } source && source.Family != Key.Peer.Family) throw new ArgumentException($"{Key}: the echo source is of another family");
    }
}
