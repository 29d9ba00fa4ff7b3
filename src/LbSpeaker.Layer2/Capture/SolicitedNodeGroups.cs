using System.Net;
using System.Net.Sockets;
using LbSpeaker.Core.Net;

namespace LbSpeaker.Layer2.Capture;

/// <summary>
/// The solicited-node multicast groups of the IPv6 addresses answered on one interface (RFC 4291 section 2.7.1): joined, so that the interface receives
/// them and the switch forwards them (MLD). A socket holds some thousand memberships, so there are as many sockets as needed.
/// </summary>
internal sealed class SolicitedNodeGroups(int interfaceIndex) : IDisposable
{
    private const int MembershipsOfSocket = 1000;
    private static readonly IpAddress Prefix = IpAddress.Parse("ff02::1:ff00:0");

    private readonly Dictionary<IpAddress, Socket> joined = [];
    private readonly List<(Socket Socket, int Count)> sockets = [];

    public static IpAddress Of(IpAddress address) => Prefix with { Value = Prefix.Value | (address.Value & 0xFF_FFFF) };

    /// <summary>Leaves what is no longer wanted, joins what is new. Throws <see cref="SocketException"/> where the kernel refuses a group.</summary>
    public void Set(IEnumerable<IpAddress> addresses)
    {
        HashSet<IpAddress> wanted = [.. addresses.Where(a => a.Family == IpFamily.IPv6).Select(Of)];
        foreach (IpAddress group in joined.Keys.Where(g => !wanted.Contains(g)).ToList())
        {
            int slot = sockets.FindIndex(s => s.Socket == joined[group]);
            sockets[slot].Socket.SetSocketOption(SocketOptionLevel.IPv6, SocketOptionName.DropMembership, Membership(group));
            sockets[slot] = sockets[slot] with { Count = sockets[slot].Count - 1 };
            joined.Remove(group);
        }
        foreach (IpAddress group in wanted.Order())
        {
            if (joined.ContainsKey(group)) continue;
            int slot = sockets.FindIndex(s => s.Count < MembershipsOfSocket);
            if (slot < 0)
            {
                sockets.Add((new Socket(AddressFamily.InterNetworkV6, SocketType.Dgram, ProtocolType.Udp), 0));
                slot = sockets.Count - 1;
            }
            sockets[slot].Socket.SetSocketOption(SocketOptionLevel.IPv6, SocketOptionName.AddMembership, Membership(group));
            sockets[slot] = sockets[slot] with { Count = sockets[slot].Count + 1 };
            joined[group] = sockets[slot].Socket;
        }
    }

    public void Dispose()
    {
        foreach ((Socket socket, _) in sockets) socket.Dispose();
    }

    private IPv6MulticastOption Membership(IpAddress group) => new(group.ToIPAddress(), interfaceIndex);
}
