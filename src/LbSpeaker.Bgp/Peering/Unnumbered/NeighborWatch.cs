using System.Net;
using System.Net.Sockets;
using LbSpeaker.Bgp.Session;
using LbSpeaker.Bgp.Wire.Attributes;
using LbSpeaker.Core.Net;
using LbSpeaker.Linux;

namespace LbSpeaker.Bgp.Peering.Unnumbered;

/// <summary>Finds the router at the other end of a link: the seam at which tests stand in for it.</summary>
public interface INeighborWatch
{
    /// <summary>Works until cancelled.</summary>
    /// <param name="tell">Told each time that another router is found; or null, and in a sentence why none can be looked for.</param>
    Task RunAsync(string interfaceName, Action<Neighbor?, string?> tell, CancellationToken ct);
}

/// <summary>
/// Router discovery (RFC 4861) on one link, as the routers of unnumbered sessions do it: each side advertises itself, and takes the source of the other's advertisement for
/// its address. We advertise with a lifetime of 0, so that no host takes us for a router.
/// </summary>
public sealed class NeighborWatch(ISocketHost host, TimeProvider time) : INeighborWatch
{
    private static readonly IPAddress AllNodes = IPAddress.Parse("ff02::1"), AllRouters = IPAddress.Parse("ff02::2");

    /// <summary>As routers do on such links.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    /// <summary>RFC 4861 section 10 (MIN_DELAY_BETWEEN_RAS), whoever asks.</summary>
    private static readonly TimeSpan LeastInterval = TimeSpan.FromSeconds(3);

    /// <summary>Another router is believed once the known one has been silent for so long.</summary>
    private static readonly TimeSpan Loyalty = 3 * Interval;

    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(1);

    public async Task RunAsync(string interfaceName, Action<Neighbor?, string?> tell, CancellationToken ct)
    {
        while (true)
        {
            string fault;
            try
            {
                await WatchAsync(interfaceName, tell, ct).ConfigureAwait(false);
                fault = $"the interface {interfaceName} is gone";
            }
            catch (PeerIOException failure)
            {
                fault = failure.Message;
            }
            catch (SocketException failure)
            {
                fault = $"router discovery on {interfaceName}: {failure.Message}";
            }
            tell(null, fault);
            await Task.Delay(RetryInterval, time, ct).ConfigureAwait(false);
        }
    }

    /// <summary>Returns when the interface is gone.</summary>
    private async Task WatchAsync(string interfaceName, Action<Neighbor?, string?> tell, CancellationToken ct)
    {
        int index = host.Interfaces().FirstOrDefault(i => i.Name == interfaceName).Index;
        if (index == 0) throw new PeerIOException(SessionEndReason.InterfaceMissing, $"there is no interface {interfaceName} on this node");
        using Socket socket = host.Open(AddressFamily.InterNetworkV6, SocketType.Raw, ProtocolType.IcmpV6);
        socket.RestrictToLink(interfaceName, index, RouterAdvertisement.SolicitationType, RouterAdvertisement.AdvertisementType);
        socket.Join(AllRouters, index);
        await SendAsync(socket, RouterAdvertisement.Solicitation, AllRouters, index, ct).ConfigureAwait(false);

        byte[] buffer = new byte[2048];
        Neighbor? known = null;
        long heard = 0, sent = 0, due = time.GetTimestamp();
        Task? alarm = null;
        Task<SocketReceiveFromResult>? receiving = null;
        while (true)
        {
            ct.ThrowIfCancellationRequested();
            long now = time.GetTimestamp();
            if (now >= due)
            {
                if (!host.Interfaces().Contains((index, interfaceName))) return;
                await SendAsync(socket, RouterAdvertisement.Ours, AllNodes, index, ct).ConfigureAwait(false);
                (sent, due, alarm) = (now, After(now, Interval), null);
            }
            alarm ??= Task.Delay(time.GetElapsedTime(now, due), time, ct);
            receiving ??= socket.ReceiveFromAsync(buffer, SocketFlags.None, new IPEndPoint(IPAddress.IPv6Any, 0), ct).AsTask();
            if (await Task.WhenAny(receiving, alarm).ConfigureAwait(false) == alarm)
            {
                alarm = null;
                continue;
            }
            SocketReceiveFromResult received = await receiving.ConfigureAwait(false);
            receiving = null;
            ReadOnlyMemory<byte> message = buffer.AsMemory(0, received.ReceivedBytes);
            if (RouterAdvertisement.IsSolicitation(message.Span) && After(sent, LeastInterval) < due) (due, alarm) = (After(sent, LeastInterval), null);
            // RFC 4861 section 6.1.2: an advertisement comes from a link-local address.
            IpAddress source = IpAddress.FromBytes(((IPEndPoint)received.RemoteEndPoint).Address.GetAddressBytes());
            if (!RouterAdvertisement.IsAdvertisement(message.Span) || !NextHop.IsLinkLocal(source)) continue;
            if (known is { } present && present.LinkLocal != source && time.GetElapsedTime(heard) < Loyalty) continue;
            heard = time.GetTimestamp();
            if (known?.LinkLocal == source) continue;
            known = new(source, index);
            tell(known, null);
        }
    }

    private long After(long timestamp, TimeSpan delay) => timestamp + (long)(delay.TotalSeconds * time.TimestampFrequency);

    private static async Task SendAsync(Socket socket, byte[] message, IPAddress group, int index, CancellationToken ct)
    {
        try
        {
            await socket.SendToAsync(message, SocketFlags.None, new IPEndPoint(new IPAddress(group.GetAddressBytes(), index), 0), ct).ConfigureAwait(false);
        }
        catch (SocketException failure) when (failure.SocketErrorCode is SocketError.NetworkDown or SocketError.NetworkUnreachable or SocketError.HostUnreachable or SocketError.AddressNotAvailable)
        {
            // The link is down, or has no address yet: the next one may go.
        }
    }
}
