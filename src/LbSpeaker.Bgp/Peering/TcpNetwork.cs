using System.Net;
using System.Net.Sockets;
using LbSpeaker.Bgp.Routing;
using LbSpeaker.Bgp.Session;
using LbSpeaker.Core.Announcement.Bgp;
using LbSpeaker.Core.Net;
using LbSpeaker.Linux;

namespace LbSpeaker.Bgp.Peering;

/// <summary>The kernel's TCP, with what BGP asks of it.</summary>
public sealed class TcpNetwork(ISocketHost host) : IPeerNetwork
{
    /// <summary>What waits unsent in the kernel goes to the router whatever we think by then: no more than a few full messages.</summary>
    private const int NotSentLimit = 64 * 1024;

    private const int AnyHops = 255;

    public async Task<IPeerTransport> ConnectAsync(BgpPeerSettings peer, Neighbor? neighbor, CancellationToken ct)
    {
        IPEndPoint remote = EndPointOf(peer, neighbor);
        Socket? socket = null;
        try
        {
            socket = host.Open(remote.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            if ((peer.Interface ?? peer.Vrf) is { } device) Bind(socket, device);
            Prepare(socket, peer, FamilyOf(remote.AddressFamily));
            if (peer.Password.Text is { } password) socket.SetMd5Key(remote, password.Reveal());
            if (peer.SourceAddress is { } source) socket.Bind(new IPEndPoint(source.ToIPAddress(), 0));
            await socket.ConnectAsync(remote, ct).ConfigureAwait(false);
            TcpTransport transport = new(socket, FactsOf(socket, host.Addresses()));
            socket = null;
            return transport;
        }
        catch (SocketException failure)
        {
            throw Explain(failure, peer, remote);
        }
        finally
        {
            socket?.Dispose();
        }
    }

    public IPeerListener Listen(IpFamily family, string? vrf, int port)
    {
        Socket socket = host.Open(family == IpFamily.IPv4 ? AddressFamily.InterNetwork : AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
            if (family == IpFamily.IPv6) socket.DualMode = false;
            if (vrf is not null) Bind(socket, vrf);
            // A router that checks our hop count (RFC 5082) checks that of the SYN-ACK too, and then it is not known yet who it is for.
            socket.SetHops(family, AnyHops);
            socket.Bind(new IPEndPoint(family == IpFamily.IPv4 ? IPAddress.Any : IPAddress.IPv6Any, port));
            socket.Listen();
            return new TcpListener(socket, host, family, vrf);
        }
        catch (SocketException failure)
        {
            socket.Dispose();
            throw new PeerIOException(SessionEndReason.NotPermitted, $"cannot listen on port {port} for {family}{(vrf is null ? "" : $" in VRF {vrf}")}: {failure.Message}", failure);
        }
        catch (PeerIOException)
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>What is the same for connections that we open and that we take.</summary>
    internal static void Prepare(Socket socket, BgpPeerSettings peer, IpFamily family)
    {
        socket.NoDelay = true;
        socket.SetNotSentLimit(NotSentLimit);
        socket.SetUserTimeout(peer.UserTimeout);
        // Without a hold timer nothing else would notice a router that is gone.
        if (peer.HoldTime == TimeSpan.Zero) socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        socket.SetHops(family, peer.Hops);
        if (peer.TtlSecurity is { } distance) socket.SetLeastHops(family, AnyHops + 1 - distance);
    }

    internal static TransportFacts FactsOf(Socket socket, IReadOnlyList<HostAddress> addresses)
    {
        (IpAddress local, int localPort) = Read((IPEndPoint)socket.LocalEndPoint!);
        (IpAddress remote, int remotePort) = Read((IPEndPoint)socket.RemoteEndPoint!);
        long scope = ((IPEndPoint)socket.LocalEndPoint!).Address is { AddressFamily: AddressFamily.InterNetworkV6 } v6 ? v6.ScopeId : 0;
        // A link-local address may stand on every interface; its scope says which.
        int? index = scope > 0 ? (int)scope : addresses.Where(a => a.Address == local).Select(a => (int?)a.InterfaceIndex).FirstOrDefault();
        HostAddress[] here = [.. addresses.Where(a => a.InterfaceIndex == index)];
        IpAddress? FirstOf(IEnumerable<HostAddress> all, IpFamily family) => all.Where(a => a.Address.Family == family && !a.IsLinkLocal && !IPAddress.IsLoopback(a.Address.ToIPAddress())).Select(a => (IpAddress?)a.Address).FirstOrDefault();
        SessionAddresses session = new(
            local,
            FirstOf(here, local.Family == IpFamily.IPv4 ? IpFamily.IPv6 : IpFamily.IPv4),
            here.Where(a => a.IsLinkLocal).Select(a => (IpAddress?)a.Address).FirstOrDefault(),
            here.Any(a => a.Prefix.Contains(remote)));
        return new(local, localPort, remote, remotePort, session, local.Family == IpFamily.IPv4 ? local : FirstOf(here, IpFamily.IPv4) ?? FirstOf(addresses, IpFamily.IPv4));
    }

    private void Bind(Socket socket, string device)
    {
        if (!host.Interfaces().Any(i => i.Name == device)) throw new PeerIOException(SessionEndReason.InterfaceMissing, $"there is no interface or VRF {device} on this node");
        try
        {
            socket.BindToDevice(device);
        }
        catch (SocketException failure)
        {
            throw new PeerIOException(SessionEndReason.NotPermitted, $"cannot use {device}: {failure.Message}", failure);
        }
    }

    private static IPEndPoint EndPointOf(BgpPeerSettings peer, Neighbor? neighbor) => neighbor is { } found
        ? new(new IPAddress(found.LinkLocal.ToIPAddress().GetAddressBytes(), found.InterfaceIndex), peer.Port)
        : new(peer.Address!.Value.ToIPAddress(), peer.Port);

    private static IpFamily FamilyOf(AddressFamily family) => family == AddressFamily.InterNetwork ? IpFamily.IPv4 : IpFamily.IPv6;

    private static (IpAddress Address, int Port) Read(IPEndPoint end) => (IpAddress.FromBytes(end.Address.GetAddressBytes()), end.Port);

    private static PeerIOException Explain(SocketException failure, BgpPeerSettings peer, IPEndPoint remote)
    {
        (SessionEndReason reason, string text) = failure.SocketErrorCode switch
        {
            SocketError.ConnectionRefused or SocketError.ConnectionReset => (SessionEndReason.ConnectRefused, $"{remote} refuses the connection"),
            SocketError.TimedOut => (SessionEndReason.ConnectTimedOut, $"{remote} has not answered"),
            SocketError.AddressNotAvailable when peer.SourceAddress is { } source => (SessionEndReason.SourceAddressMissing, $"the source address {source} is not on this node"),
            SocketError.AccessDenied or SocketError.OperationNotSupported or SocketError.ProtocolOption => (SessionEndReason.NotPermitted, $"connecting to {remote}: {failure.Message}"),
            _ => (SessionEndReason.Unreachable, $"{remote} cannot be reached: {failure.Message}"),
        };
        return new(reason, text, failure);
    }
}
