namespace LbSpeaker.Bgp.Wire;

/// <summary>The header alone (RFC 4271 section 4.4).</summary>
public sealed record KeepaliveMessage : BgpMessage
{
    private KeepaliveMessage() { }

    public static KeepaliveMessage Instance { get; } = new();

    public override MessageType Type => MessageType.Keepalive;

    private protected override void WriteBody(ref WireWriter writer, CodecOptions options) { }

    public override string ToString() => "KEEPALIVE";
}
