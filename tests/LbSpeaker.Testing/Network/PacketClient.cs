using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace LbSpeaker.Testing.Network;

/// <summary>A host that sends and receives raw frames on one interface (packet(7)).</summary>
public sealed class PacketClient : IDisposable
{
    private const ushort AllProtocols = 3;
    private readonly Socket socket;
    private readonly byte[] buffer = new byte[65536];

    public PacketClient(TestNamespace place, string interfaceName)
    {
        int index = place.Link(interfaceName).Index;
        socket = place.Enter(() => new Socket(AddressFamily.Packet, SocketType.Raw, (ProtocolType)BinaryPrimitives.ReverseEndianness(AllProtocols)));
        socket.ReceiveBufferSize = 1 << 22;
        socket.Bind(new LinkEndPoint(index));
    }

    public void Send(ReadOnlySpan<byte> frame) => socket.Send(frame);

    /// <summary>False where the interface is down, or its other end is.</summary>
    public bool TrySend(ReadOnlySpan<byte> frame)
    {
        try
        {
            Send(frame);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>Forgets what has arrived so far.</summary>
    public void Discard()
    {
        while (socket.Poll(0, SelectMode.SelectRead)) Receive(_ => true, TimeSpan.FromMilliseconds(1));
    }

    /// <summary>The first frame from now on that is wanted; null where none comes in time.</summary>
    public byte[]? Receive(Func<byte[], bool> wanted, TimeSpan within)
    {
        long start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start) is { } passed && passed < within)
            if (socket.Poll(within - passed, SelectMode.SelectRead) && Take() is { } frame && wanted(frame)) return frame;
        return null;
    }

    public void Dispose() => socket.Dispose();

    /// <summary>Null where what is to be read is that the interface went down.</summary>
    private byte[]? Take()
    {
        try
        {
            return buffer[..socket.Receive(buffer)];
        }
        catch (SocketException)
        {
            return null;
        }
    }

    /// <summary>struct sockaddr_ll: family(2), protocol(2, network order), interface(4), and what does not matter to bind.</summary>
    private sealed class LinkEndPoint(int index) : EndPoint
    {
        public override AddressFamily AddressFamily => AddressFamily.Packet;

        public override SocketAddress Serialize()
        {
            SocketAddress address = new(AddressFamily.Packet, 20);
            BinaryPrimitives.WriteUInt16BigEndian(address.Buffer.Span[2..], AllProtocols);
            BitConverter.TryWriteBytes(address.Buffer.Span[4..], index);
            return address;
        }
    }
}
