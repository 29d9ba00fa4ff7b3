namespace LbSpeaker.Bgp.Wire;

/// <summary>
/// Reads the messages that <see cref="Framing"/> found. Any octets give a message or a NOTIFICATION, never an exception, and what is allocated is bounded by the
/// message's length.
/// </summary>
public static class MessageDecoder
{
    /// <param name="message">A whole message, as <see cref="Framing.Read"/> gave it.</param>
    /// <param name="options">What the OPENs have settled; <see cref="CodecOptions.Default"/> before.</param>
    /// <exception cref="ArgumentException">Our own bug: these octets did not come from <see cref="Framing.Read"/>.</exception>
    public static DecodeResult Decode(ReadOnlySpan<byte> message, CodecOptions options)
    {
        if (Framing.Read(message) is not { Status: FrameStatus.Complete } frame || frame.Message.Length != message.Length)
            throw new ArgumentException("only whole messages can be read", nameof(message));
        ReadOnlySpan<byte> body = message[BgpMessage.HeaderLength..];
        return (MessageType)message[BgpMessage.HeaderLength - 1] switch
        {
            MessageType.Open => OpenMessage.Decode(body),
            MessageType.Update => new UpdateDecoder(options).Decode(body),
            MessageType.Notification => NotificationMessage.Read(body),
            MessageType.Keepalive => KeepaliveMessage.Instance,
            _ => RouteRefreshMessage.Decode(message, options),
        };
    }
}
