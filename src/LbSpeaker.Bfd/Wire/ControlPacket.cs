using System.Buffers.Binary;

namespace LbSpeaker.Bfd.Wire;

/// <summary>A BFD control packet (RFC 5880 section 4.1), with the head of its authentication section where it has one.</summary>
/// <remarks>
/// <code>
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |Vers |  Diag   |Sta|P|F|C|A|D|M|  Detect Mult  |    Length     |
/// |                       My Discriminator                        |
/// |                      Your Discriminator                       |
/// |                    Desired Min TX Interval                    |
/// |                   Required Min RX Interval                    |
/// |                 Required Min Echo RX Interval                 |
/// |  Auth Type*   |   Auth Len*   |    Authentication Data*  ...  |
/// </code>
/// </remarks>
public readonly record struct ControlPacket
{
    /// <summary>Octets without an authentication section.</summary>
    public const int HeaderLength = 24;

    /// <summary>The longest that the field Length can say.</summary>
    public const int MaxLength = 255;

    private const int Version = 1;
    private const byte PollBit = 0x20, FinalBit = 0x10, ControlPlaneIndependentBit = 0x08, AuthenticationBit = 0x04, DemandBit = 0x02, MultipointBit = 0x01;

    /// <summary>0 to 31; unknown values are kept as they came.</summary>
    public BfdDiagnostic Diagnostic { get; init; }

    public BfdState State { get; init; }

    public bool Poll { get; init; }

    public bool Final { get; init; }

    /// <summary>C: the sender's BFD outlives its control plane.</summary>
    public bool ControlPlaneIndependent { get; init; }

    /// <summary>D: the sender wants no periodic packets while both sides are Up.</summary>
    public bool Demand { get; init; }

    /// <summary>1 to 255.</summary>
    public byte DetectMultiplier { get; init; }

    public uint MyDiscriminator { get; init; }

    /// <summary>Zero while the sender does not know it.</summary>
    public uint YourDiscriminator { get; init; }

    public BfdInterval DesiredMinTx { get; init; }

    /// <summary>Zero: send no periodic packets at all.</summary>
    public BfdInterval RequiredMinRx { get; init; }

    /// <summary>Zero: echo packets are not looped back.</summary>
    public BfdInterval RequiredMinEchoRx { get; init; }

    /// <summary>Its <see cref="AuthenticationHeader.Type"/> is None where there is no authentication section.</summary>
    public AuthenticationHeader Authentication { get; init; }

    /// <summary>The checks of RFC 5880 section 6.8.6 that need nothing but the packet, in its order; the others are those of demultiplexing and of <see cref="PacketAuthenticator"/>.</summary>
    /// <param name="payload">What UDP carried; octets beyond the field Length are passed over.</param>
    /// <returns>Null where all of them pass; <paramref name="packet"/> is valid then.</returns>
    public static DiscardReason? TryDecode(ReadOnlySpan<byte> payload, out ControlPacket packet)
    {
        packet = default;
        if (payload.IsEmpty) return DiscardReason.TooShort;
        if (payload[0] >> 5 != Version) return DiscardReason.Version;
        if (payload.Length < HeaderLength) return DiscardReason.TooShort;
        byte flags = payload[1];
        bool authenticated = (flags & AuthenticationBit) != 0;
        int length = payload[3];
        if (length < (authenticated ? HeaderLength + AuthenticationHeader.MinLength : HeaderLength)) return DiscardReason.TooShort;
        if (length > payload.Length) return DiscardReason.LengthBeyondPayload;
        if (payload[2] == 0) return DiscardReason.ZeroDetectMultiplier;
        if ((flags & MultipointBit) != 0) return DiscardReason.Multipoint;
        packet = new ControlPacket
        {
            Diagnostic = (BfdDiagnostic)(payload[0] & 0x1F),
            State = (BfdState)(flags >> 6),
            Poll = (flags & PollBit) != 0,
            Final = (flags & FinalBit) != 0,
            ControlPlaneIndependent = (flags & ControlPlaneIndependentBit) != 0,
            Demand = (flags & DemandBit) != 0,
            DetectMultiplier = payload[2],
            MyDiscriminator = BinaryPrimitives.ReadUInt32BigEndian(payload[4..]),
            YourDiscriminator = BinaryPrimitives.ReadUInt32BigEndian(payload[8..]),
            DesiredMinTx = new(BinaryPrimitives.ReadUInt32BigEndian(payload[12..])),
            RequiredMinRx = new(BinaryPrimitives.ReadUInt32BigEndian(payload[16..])),
            RequiredMinEchoRx = new(BinaryPrimitives.ReadUInt32BigEndian(payload[20..])),
            Authentication = authenticated ? AuthenticationHeader.Read(payload[HeaderLength..length]) : default,
        };
        if (packet.MyDiscriminator == 0) return DiscardReason.ZeroMyDiscriminator;
        if (packet is { YourDiscriminator: 0, State: not (BfdState.Down or BfdState.AdminDown) }) return DiscardReason.ZeroYourDiscriminator;
        return null;
    }

    /// <summary>Writes the packet without an authentication section and returns its length; <see cref="PacketAuthenticator.Sign"/> appends one.</summary>
    /// <param name="destination">At least <see cref="HeaderLength"/> octets.</param>
    public int Encode(Span<byte> destination)
    {
        destination[0] = (byte)(Version << 5 | (byte)Diagnostic & 0x1F);
        destination[1] = (byte)((byte)State << 6 | (Poll ? PollBit : 0) | (Final ? FinalBit : 0) | (ControlPlaneIndependent ? ControlPlaneIndependentBit : 0) | (Demand ? DemandBit : 0));
        destination[2] = DetectMultiplier;
        destination[3] = HeaderLength;
        BinaryPrimitives.WriteUInt32BigEndian(destination[4..], MyDiscriminator);
        BinaryPrimitives.WriteUInt32BigEndian(destination[8..], YourDiscriminator);
        BinaryPrimitives.WriteUInt32BigEndian(destination[12..], DesiredMinTx.Microseconds);
        BinaryPrimitives.WriteUInt32BigEndian(destination[16..], RequiredMinRx.Microseconds);
        BinaryPrimitives.WriteUInt32BigEndian(destination[20..], RequiredMinEchoRx.Microseconds);
        return HeaderLength;
    }

    /// <summary>Equal but for the bits P and F and the sequence number (RFC 5880 section 6.8.7: "contents").</summary>
    public bool HasSameContents(in ControlPacket other) => WithoutPassing(this) == WithoutPassing(other);

    private static ControlPacket WithoutPassing(in ControlPacket packet) =>
        packet with { Poll = false, Final = false, Authentication = packet.Authentication with { Sequence = 0 } };

    /// <summary>Marks an encoded packet as authenticated: the bit A, and the length with the section.</summary>
    internal static void MarkAuthenticated(Span<byte> packet, int length)
    {
        packet[1] |= AuthenticationBit;
        packet[3] = (byte)length;
    }
}
