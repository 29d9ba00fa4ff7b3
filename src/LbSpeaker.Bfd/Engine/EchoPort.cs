using LbSpeaker.Core.Net;
using LbSpeaker.Linux.Datagrams;

namespace LbSpeaker.Bfd.Engine;

/// <summary>Echo packets of one family on one link, for all sessions there.</summary>
internal sealed class EchoPort(int @interface, IpFamily family) : IDisposable
{
    private readonly PacketSocket socket = new(@interface, family, EchoFrame.Filter(family));

    public int Interface => @interface;

    public IpFamily Family => family;

    public int Descriptor => socket.Descriptor;

    public int Users { get; set; }

    public bool TrySend(ReadOnlySpan<byte> echo, IpAddress source, IpAddress local, MacAddress neighbor)
    {
        Span<byte> frame = stackalloc byte[EchoFrame.MaxLength];
        return socket.TrySend(frame[..EchoFrame.Write(frame, source, local, echo)], neighbor);
    }

    public void Pump(SessionTable table, Span<byte> buffer, TimeSpan now)
    {
        for (int read = 0; read < Receiver.Batch; read++)
        {
            int length = socket.Receive(buffer);
            if (length < 0) return;
            table.ReceiveEcho(EchoFrame.Payload(buffer[..length], family), now);
        }
    }

    public void Dispose() => socket.Dispose();
}
