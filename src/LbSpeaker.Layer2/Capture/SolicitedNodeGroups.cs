using System.Net.Sockets;
using LbSpeaker.Core.Net;
using LbSpeaker.Layer2.Frames;

namespace LbSpeaker.Layer2.Capture;

/// <summary>
/// The solicited-node multicast groups of the IPv6 addresses answered on one interface (RFC 4291 section 2.7.1): joined, so that the interface receives
/// them and the switch forwards them (MLD). The kernel bounds the memberships of one socket (net.core.optmem_max), so there are as many sockets as needed.
/// </summary>
internal sealed class SolicitedNodeGroups(int interfaceIndex) : IDisposable
{
    /// <summary>Within the smallest optmem_max that kernels come with, 20 KiB.</summary>
    private const int MembershipsOfSocket = 256;

    private readonly Dictionary<IpAddress, GroupSocket> joined = [];
    private readonly List<GroupSocket> sockets = [];

    /// <summary>Leaves what is no longer wanted (a membership can be left as long as its socket lives, even without its interface), joins what is new. What the kernel refuses is tried again at the next call.</summary>
    /// <returns>Why not every group could be joined; null where all is well.</returns>
    public string? Set(IEnumerable<IpAddress> addresses)
    {
        HashSet<IpAddress> wanted = [.. addresses.Where(a => a.Family == IpFamily.IPv6).Select(SolicitedNode.Of)];
        foreach (IpAddress group in joined.Keys.Where(g => !wanted.Contains(g)).ToList())
        {
            joined[group].Leave(group, interfaceIndex);
            joined.Remove(group);
        }
        string? fault = null;
        foreach (IpAddress group in wanted.Where(g => !joined.ContainsKey(g)).Order())
        {
            try
            {
                GroupSocket? socket = sockets.Find(s => s.Count < MembershipsOfSocket);
                if (socket is null) sockets.Add(socket = new GroupSocket());
                socket.Join(group, interfaceIndex);
                joined[group] = socket;
            }
            catch (SocketException failure)
            {
                fault ??= $"cannot join the multicast group {group}: {failure.Message}";
            }
        }
        return fault;
    }

    public void Dispose()
    {
        foreach (GroupSocket socket in sockets) socket.Dispose();
    }

    private sealed class GroupSocket : IDisposable
    {
        private readonly Socket socket = new(AddressFamily.InterNetworkV6, SocketType.Dgram, ProtocolType.Udp);

        public int Count { get; private set; }

        public void Join(IpAddress group, int interfaceIndex)
        {
            socket.SetSocketOption(SocketOptionLevel.IPv6, SocketOptionName.AddMembership, new IPv6MulticastOption(group.ToIPAddress(), interfaceIndex));
            Count++;
        }

        public void Leave(IpAddress group, int interfaceIndex)
        {
            socket.SetSocketOption(SocketOptionLevel.IPv6, SocketOptionName.DropMembership, new IPv6MulticastOption(group.ToIPAddress(), interfaceIndex));
            Count--;
        }

        public void Dispose() => socket.Dispose();
    }
}
