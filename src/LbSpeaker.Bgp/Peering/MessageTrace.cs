using LbSpeaker.Bgp.Wire;
using LbSpeaker.Bgp.Wire.Attributes;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Reports;

namespace LbSpeaker.Bgp.Peering;

/// <summary>Keeps the messages of one connection, of KEEPALIVEs in a row the first. As its connection it has one owner.</summary>
internal sealed class MessageTrace(TraceBuffer buffer, TimeProvider time, TransportFacts facts)
{
    private const string Place = "bgp";

    private static readonly string[] Actions = Enum.GetNames<ErrorAction>();

    private readonly byte[] octets = new byte[PacketEnvelope.MostHead + BgpMessage.MaxLength];
    private uint received, sent;
    private bool hasHeardKeepalive, hasSaidKeepalive;

    /// <param name="octets">The message; where it cannot be told from what follows, its begin.</param>
    public void Received(ReadOnlySpan<byte> octets, in DecodeResult result, CodecOptions codec)
    {
        if (Repeats(octets, ref hasHeardKeepalive)) return;
        string reason = !result.IsMessage ? nameof(ErrorAction.ResetSession) : result.Findings.IsEmpty ? "" : Actions[(int)result.Findings.Max(f => f.Action)];
        Add(TraceDirection.In, result.IsMessage ? TraceOutcome.Taken : TraceOutcome.Discarded, reason, octets, codec);
    }

    /// <param name="messages">That TCP is given, one behind the other.</param>
    public void Sent(ReadOnlySpan<byte> messages, CodecOptions codec)
    {
        while (Framing.Read(messages) is { Status: FrameStatus.Complete } frame)
        {
            messages = messages[frame.Message.Length..];
            if (!Repeats(frame.Message, ref hasSaidKeepalive)) Add(TraceDirection.Out, TraceOutcome.Sent, "", frame.Message, codec);
        }
    }

    private static bool Repeats(ReadOnlySpan<byte> message, ref bool before)
    {
        bool repeated = before, now = message.Length == BgpMessage.HeaderLength && message[^1] == (byte)MessageType.Keepalive;
        before = now;
        return now && repeated;
    }

    private void Add(TraceDirection direction, TraceOutcome outcome, string reason, ReadOnlySpan<byte> message, CodecOptions codec)
    {
        message = message[..Math.Min(message.Length, BgpMessage.MaxLength)];
        (IpAddress local, ushort localPort, IpAddress remote, ushort remotePort) = (facts.Local, (ushort)facts.LocalPort, facts.Remote, (ushort)facts.RemotePort);
        int length = direction == TraceDirection.In
            ? new PacketEnvelope(remote, remotePort, local, localPort, byte.MaxValue, message, (received, sent)).Write(octets)
            : new PacketEnvelope(local, localPort, remote, remotePort, byte.MaxValue, message, (sent, received)).Write(octets);
        if (direction == TraceDirection.In) received += (uint)message.Length;
        else sent += (uint)message.Length;
        buffer.Add(TraceKind.Bgp, direction, time.GetUtcNow(), Place, outcome, reason, octets.AsSpan(0, length), codec);
    }
}
