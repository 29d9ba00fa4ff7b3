using LbSpeaker.Bgp.Routing;
using LbSpeaker.Bgp.Session;
using LbSpeaker.Core.Announcement.Bgp;
using LbSpeaker.Core.Net;

namespace LbSpeaker.Bgp.Peering;

/// <summary>The router's link-local address on the interface of an unnumbered session.</summary>
/// <param name="InterfaceIndex">Of the interface, by the kernel.</param>
public readonly record struct Neighbor(IpAddress LinkLocal, int InterfaceIndex);

/// <summary>What is known of a connection that is open.</summary>
/// <param name="NodeIPv4">Some IPv4 address of this node, nearest to the connection first: what a BGP identifier is taken from. Null where there is none.</param>
public sealed record TransportFacts(IpAddress Local, int LocalPort, IpAddress Remote, int RemotePort, SessionAddresses Addresses, IpAddress? NodeIPv4);

/// <summary>One open TCP connection. One reads and one writes at a time.</summary>
public interface IPeerTransport : IDisposable
{
    TransportFacts Facts { get; }

    /// <summary>Octets have arrived that nobody has read.</summary>
    bool HasUnread { get; }

    /// <returns>0 when the other end has closed.</returns>
    /// <exception cref="PeerIOException">The connection is broken, or this end is disposed.</exception>
    ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken ct);

    /// <exception cref="PeerIOException">The connection is broken, or this end is disposed.</exception>
    ValueTask WriteAsync(ReadOnlyMemory<byte> octets, CancellationToken ct);

    /// <summary>Nothing more will be written: the other end reads to the end of what was.</summary>
    void EndWriting();

    /// <summary>To be disposed without delivering what the kernel still holds.</summary>
    void Abort();
}

/// <summary>Where routers connect to.</summary>
public interface IPeerListener : IDisposable
{
    /// <summary>Who may connect, and how: keys and hop limits are theirs.</summary>
    void SetPeers(IReadOnlyList<(BgpPeerSettings Peer, Neighbor? Neighbor)> peers);

    /// <returns>The next connection with its peer's name; null where nobody knows who it is from, and it is closed.</returns>
    Task<(string Peer, IPeerTransport Transport)?> AcceptAsync(CancellationToken ct);
}

/// <summary>Opens connections to routers and takes theirs: the seam at which tests stand in for the kernel.</summary>
public interface IPeerNetwork
{
    /// <param name="neighbor">Of an unnumbered session.</param>
    /// <exception cref="PeerIOException">It cannot be opened; the message is for people.</exception>
    Task<IPeerTransport> ConnectAsync(BgpPeerSettings peer, Neighbor? neighbor, CancellationToken ct);

    /// <exception cref="PeerIOException">The port is taken, or not permitted; the message is for people.</exception>
    IPeerListener Listen(IpFamily family, string? vrf, int port);
}

/// <summary>The network did not do what it was asked to: part of the day's work, and told in reports.</summary>
public sealed class PeerIOException(SessionEndReason reason, string message, Exception? inner = null) : Exception(message, inner)
{
    public SessionEndReason Reason { get; } = reason;
}
