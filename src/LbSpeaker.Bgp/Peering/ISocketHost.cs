using System.Net.NetworkInformation;
using System.Net.Sockets;
using LbSpeaker.Core.Net;

namespace LbSpeaker.Bgp.Peering;

/// <summary>An address of this node.</summary>
public readonly record struct HostAddress(int InterfaceIndex, string Interface, IpAddress Address, int PrefixLength)
{
    public bool IsLinkLocal => Wire.Attributes.NextHop.IsLinkLocal(Address);

    public IpPrefix Prefix => new(Address, PrefixLength);
}

/// <summary>Where sockets are opened: in this process' network namespace, or by tests in another.</summary>
public interface ISocketHost
{
    Socket Open(AddressFamily family, SocketType type, ProtocolType protocol);

    /// <summary>Interfaces without addresses included, with none.</summary>
    IReadOnlyList<(int Index, string Name)> Interfaces();

    IReadOnlyList<HostAddress> Addresses();
}

/// <inheritdoc cref="ISocketHost"/>
public sealed class SocketHost : ISocketHost
{
    public Socket Open(AddressFamily family, SocketType type, ProtocolType protocol) => new(family, type, protocol);

    public IReadOnlyList<(int Index, string Name)> Interfaces() => [.. NetworkInterface.GetAllNetworkInterfaces().Select(i => (IndexOf(i), i.Name))];

    public IReadOnlyList<HostAddress> Addresses()
    {
        List<HostAddress> addresses = [];
        foreach (NetworkInterface link in NetworkInterface.GetAllNetworkInterfaces())
            foreach (UnicastIPAddressInformation address in link.GetIPProperties().UnicastAddresses)
                addresses.Add(new(IndexOf(link), link.Name, IpAddress.FromBytes(address.Address.GetAddressBytes()), address.PrefixLength));
        return addresses;
    }

    private static int IndexOf(NetworkInterface link) => link.GetIPProperties().GetIPv4Properties().Index;
}
