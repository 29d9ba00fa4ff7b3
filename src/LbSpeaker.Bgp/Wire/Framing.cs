using System.Buffers.Binary;

namespace LbSpeaker.Bgp.Wire;

public enum FrameStatus
{
    /// <summary>A whole message stands at the front.</summary>
    Complete,
    /// <summary>So far nothing is wrong; more octets are needed.</summary>
    NeedMore,
    /// <summary>No further octet can make a message of this: the session ends.</summary>
    Invalid,
}

/// <summary>What stands at the front of the received octets.</summary>
public readonly ref struct Frame
{
    public FrameStatus Status { get; private init; }

    /// <summary>Where complete: the message with its header, for <see cref="MessageDecoder"/>. So many octets are to be taken from the stream.</summary>
    public ReadOnlySpan<byte> Message { get; private init; }

    /// <summary>Where invalid: what to send before the connection is closed.</summary>
    public NotificationMessage? Error { get; private init; }

    internal static Frame NeedMore => new() { Status = FrameStatus.NeedMore };

    internal static Frame Complete(ReadOnlySpan<byte> message) => new() { Status = FrameStatus.Complete, Message = message };

    internal static Frame Invalid(NotificationError error, params ReadOnlySpan<byte> data) => new() { Status = FrameStatus.Invalid, Error = new(error, [.. data]) };
}

/// <summary>Finds messages in a stream of octets, and tells what is not yet a message from what never will be one: the latter is known at its first wrong octet.</summary>
public static class Framing
{
    private const int TypeOffset = BgpMessage.MarkerLength + 2;

    /// <param name="received">From the first octet that is not yet part of a message.</param>
    public static Frame Read(ReadOnlySpan<byte> received)
    {
        // RFC 4271 section 6.1: a marker that is not all ones is a synchronization error.
        if (received[..Math.Min(received.Length, BgpMessage.MarkerLength)].ContainsAnyExcept((byte)0xFF)) return Frame.Invalid(NotificationError.ConnectionNotSynchronized);
        if (received.Length < TypeOffset) return Frame.NeedMore;

        ReadOnlySpan<byte> lengthField = received[BgpMessage.MarkerLength..TypeOffset];
        int length = BinaryPrimitives.ReadUInt16BigEndian(lengthField);
        if (length is < BgpMessage.HeaderLength or > BgpMessage.MaxLength) return Frame.Invalid(NotificationError.BadMessageLength, lengthField);
        if (received.Length == TypeOffset) return Frame.NeedMore;

        // The least length of each type, RFC 4271 section 6.1. That of a ROUTE-REFRESH is judged with its content, since its error has a code of its own.
        byte type = received[TypeOffset];
        (int Least, int Most) body = (MessageType)type switch
        {
            MessageType.Open => (OpenMessage.MinBodyLength, BgpMessage.MaxLength),
            MessageType.Update => (UpdateMessage.MinBodyLength, BgpMessage.MaxLength),
            MessageType.Notification => (NotificationMessage.MinBodyLength, BgpMessage.MaxLength),
            MessageType.Keepalive => (0, 0),
            MessageType.RouteRefresh => (0, BgpMessage.MaxLength),
            _ => (0, -1),
        };
        if (body.Most < 0) return Frame.Invalid(NotificationError.BadMessageType, type);
        if (length - BgpMessage.HeaderLength < body.Least || length - BgpMessage.HeaderLength > body.Most) return Frame.Invalid(NotificationError.BadMessageLength, lengthField);
        return received.Length < length ? Frame.NeedMore : Frame.Complete(received[..length]);
    }
}
