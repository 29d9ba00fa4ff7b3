using System.Net;
using System.Net.Sockets;
using LbSpeaker.Core.Announcement.Bgp;
using LbSpeaker.Core.Net;
using LbSpeaker.Linux;

namespace LbSpeaker.Bgp.Peering;

internal sealed class TcpListener(Socket socket, ISocketHost host, IpFamily family, string? vrf) : IPeerListener
{
    private readonly Dictionary<IPEndPoint, string> keys = [];
    private volatile IReadOnlyList<(BgpPeerSettings Peer, Neighbor? Neighbor)> peers = [];

    public void SetPeers(IReadOnlyList<(BgpPeerSettings Peer, Neighbor? Neighbor)> peers)
    {
        Dictionary<IPEndPoint, string> wanted = [];
        foreach ((BgpPeerSettings peer, Neighbor? neighbor) in peers)
            if (peer.Password.Text is { } password && AddressOf(peer, neighbor) is { } address) wanted[new(address, 0)] = password.Reveal();
        foreach (IPEndPoint gone in keys.Keys.Except(wanted.Keys).ToList())
        {
            keys.Remove(gone);
            socket.SetMd5Key(gone, null);
        }
        foreach ((IPEndPoint end, string key) in wanted)
        {
            if (keys.TryGetValue(end, out string? known) && known == key) continue;
            socket.SetMd5Key(end, key);
            keys[end] = key;
        }
        this.peers = peers;
    }

    public async Task<(string Peer, IPeerTransport Transport)?> AcceptAsync(CancellationToken ct)
    {
        Socket accepted = await socket.AcceptAsync(ct).ConfigureAwait(false);
        try
        {
            TransportFacts facts = TcpNetwork.FactsOf(accepted, host.Addresses());
            long scope = ((IPEndPoint)accepted.RemoteEndPoint!).Address is { AddressFamily: AddressFamily.InterNetworkV6 } v6 ? v6.ScopeId : 0;
            foreach ((BgpPeerSettings peer, Neighbor? neighbor) in peers)
            {
                bool isIt = peer.Vrf == vrf && (neighbor is { } found ? found.LinkLocal == facts.Remote && found.InterfaceIndex == scope : peer.Address == facts.Remote);
                if (!isIt) continue;
                TcpNetwork.Prepare(accepted, peer, family);
                TcpTransport transport = new(accepted, facts);
                accepted = null!;
                return (peer.Name, transport);
            }
            return null;
        }
        catch (SocketException)
        {
            // It was gone before it could be looked at.
            return null;
        }
        finally
        {
            accepted?.Dispose();
        }
    }

    public void Dispose() => socket.Dispose();

    private IPAddress? AddressOf(BgpPeerSettings peer, Neighbor? neighbor)
    {
        if (peer.Vrf != vrf) return null;
        if (neighbor is { } found) return family == IpFamily.IPv6 ? new IPAddress(found.LinkLocal.ToIPAddress().GetAddressBytes(), found.InterfaceIndex) : null;
        return peer.Address is { } address && address.Family == family ? address.ToIPAddress() : null;
    }
}
