using System.Net.Sockets;
using LbSpeaker.Bgp.Session;

namespace LbSpeaker.Bgp.Peering;

internal sealed class TcpTransport(Socket socket, TransportFacts facts) : IPeerTransport
{
    private volatile bool isDisposed;

    public TransportFacts Facts { get; } = facts;

    public bool HasUnread => !isDisposed && socket.Available > 0;

    public async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken ct)
    {
        try
        {
            return await socket.ReceiveAsync(buffer, SocketFlags.None, ct).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is SocketException or ObjectDisposedException)
        {
            throw Lost(failure);
        }
    }

    public async ValueTask WriteAsync(ReadOnlyMemory<byte> octets, CancellationToken ct)
    {
        try
        {
            while (!octets.IsEmpty) octets = octets[await socket.SendAsync(octets, SocketFlags.None, ct).ConfigureAwait(false)..];
        }
        catch (Exception failure) when (failure is SocketException or ObjectDisposedException)
        {
            throw Lost(failure);
        }
    }

    public void EndWriting()
    {
        try
        {
            socket.Shutdown(SocketShutdown.Send);
        }
        catch (Exception failure) when (failure is SocketException or ObjectDisposedException)
        {
            throw Lost(failure);
        }
    }

    public void Abort() => socket.LingerState = new LingerOption(true, 0);

    public void Dispose()
    {
        isDisposed = true;
        socket.Dispose();
    }

    private static PeerIOException Lost(Exception failure) => new(SessionEndReason.ConnectionLost, failure is SocketException { SocketErrorCode: SocketError.ConnectionReset }
        ? "the router has reset the connection"
        : $"the connection is broken: {failure.Message}", failure);
}
