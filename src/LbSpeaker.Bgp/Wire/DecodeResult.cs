using System.Diagnostics.CodeAnalysis;
using LbSpeaker.Bgp.Wire.Attributes;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Bgp.Wire;

/// <summary>
/// What a peer's message comes to: the message, or the NOTIFICATION that ends the session. An UPDATE that RFC 7606 lets pass in part comes as what it then means
/// (without the attributes to discard; as a withdrawal of its routes), and <see cref="Findings"/> says what was wrong.
/// </summary>
public readonly record struct DecodeResult
{
    public BgpMessage? Message { get; private init; }

    /// <summary>What to send before the connection is closed.</summary>
    public NotificationMessage? Error { get; private init; }

    /// <summary>In the order of the attributes; also where the session ends over one of them.</summary>
    public ValueArray<AttributeFinding> Findings { get; private init; }

    [MemberNotNullWhen(true, nameof(Message))]
    [MemberNotNullWhen(false, nameof(Error))]
    public bool IsMessage => Message is not null;

    public static implicit operator DecodeResult(BgpMessage message) => new() { Message = message };

    internal static DecodeResult Refused(NotificationError error, params ReadOnlySpan<byte> data) => Refused(new NotificationMessage(error, [.. data]));

    internal static DecodeResult Refused(NotificationMessage error) => new() { Error = error };

    internal DecodeResult With(List<AttributeFinding>? findings) => this with { Findings = findings is null ? [] : [.. findings] };
}
