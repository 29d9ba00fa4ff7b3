using System.Net.Sockets;
using LbSpeaker.Bgp.Peering;
using LbSpeaker.Testing.Network;

namespace LbSpeaker.Interop.Tests.Bgp;

/// <summary>The kernel of this machine, as one network namespace shows it.</summary>
internal sealed class NamespaceHost(TestNamespace place) : ISocketHost
{
    private readonly SocketHost host = new();

    public Socket Open(AddressFamily family, SocketType type, ProtocolType protocol) => place.Enter(() => host.Open(family, type, protocol));

    public IReadOnlyList<(int Index, string Name)> Interfaces() => place.Enter(host.Interfaces);

    public IReadOnlyList<HostAddress> Addresses() => place.Enter(host.Addresses);
}
