using LbSpeaker.Bfd.Wire;
using LbSpeaker.Core.Net;
using LbSpeaker.Linux.Datagrams;

namespace LbSpeaker.Bfd.Engine;

internal enum ReceiverKind : byte { SingleHop, Multihop, EchoLoop }

internal readonly record struct ReceiverKey(ReceiverKind Kind, IpFamily Family, string? Vrf)
{
    public ushort Port => Kind switch
    {
        ReceiverKind.SingleHop => BfdPorts.SingleHop,
        ReceiverKind.Multihop => BfdPorts.Multihop,
        _ => BfdPorts.Echo,
    };
}

/// <summary>One well-known port of one family in one VRF: all sessions of its kind are heard there.</summary>
internal sealed class Receiver : IDisposable
{
    /// <summary>How many datagrams are taken in a row at most, so that a flood does not keep the timers waiting.</summary>
    public const int Batch = 512;

    private readonly UdpSocket socket;

    private Receiver(ReceiverKey key, UdpSocket socket)
    {
        Key = key;
        this.socket = socket;
    }

    public ReceiverKey Key { get; }

    public int Descriptor => socket.Descriptor;

    /// <summary>Sessions that are heard here.</summary>
    public int Users { get; set; }

    /// <summary>What the kernel dropped: a wrong TTL, or a full buffer.</summary>
    public long Dropped => socket.Dropped;

    /// <summary>Null with the number of the error that stood against it.</summary>
    public static Receiver? TryOpen(ReceiverKey key, out int error)
    {
        UdpSocket socket;
        try
        {
            socket = new UdpSocket(key.Family, key.Vrf);
        }
        catch (IOException failure)
        {
            error = failure.HResult;
            return null;
        }
        // RFC 5881 section 5: what has come through a router is nobody's on this link. It is dropped before it costs anything. A looped echo leaves with 254, so that
        // two who loop for each other come to an end.
        if (key.Kind != ReceiverKind.Multihop) socket.KeepTtl(255);
        if (key.Kind == ReceiverKind.EchoLoop) socket.SetOutgoing(254, SocketWire.TrafficClass);
        socket.ReportArrivals();
        error = socket.Bind(new(new IpAddress(key.Family, 0), key.Port, 0));
        if (error == 0) return new Receiver(key, socket);
        socket.Dispose();
        return null;
    }

    public void Pump(SessionTable table, Span<byte> buffer, TimeSpan now)
    {
        for (int read = 0; read < Batch && socket.TryReceive(buffer, out UdpArrival datagram); read++)
        {
            Arrival arrival = new(Key.Kind == ReceiverKind.Multihop ? BfdHops.Multi : BfdHops.Single, Key.Vrf, datagram.Source.Address, datagram.Destination, datagram.Interface, datagram.Ttl);
            ReadOnlySpan<byte> payload = buffer[..datagram.Length];
            if (Key.Kind != ReceiverKind.EchoLoop) table.Receive(payload, arrival, now);
            else if (table.LoopsFor(arrival)) _ = socket.Send(payload, datagram.Source);
        }
    }

    public void Dispose() => socket.Dispose();
}
