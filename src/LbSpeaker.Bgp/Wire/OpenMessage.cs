using LbSpeaker.Bgp.Wire.Capabilities;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Bgp.Wire;

/// <summary>
/// The first message of each side (RFC 4271 section 4.2). The version is 4, always. Optional parameters other than capabilities are refused, so the parameters
/// here are lists of capabilities, as the sender has grouped them.
/// <code>
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +-+-+-+-+-+-+-+-+
/// |    Version    |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |     My Autonomous System      |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |           Hold Time           |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                         BGP Identifier                        |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// | Opt Parm Len  |             Optional Parameters (variable)    |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// </code>
/// In the extended form (RFC 9072 section 2) the parameters' lengths have two octets:
/// <code>
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |Non-Ext OP Len.|Non-Ext OP Type|  Extended Opt. Parm. Length   |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |             Optional Parameters (variable)                    |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// </code>
/// </summary>
public sealed record OpenMessage : BgpMessage
{
    /// <summary>Stands for a number that two octets cannot hold (RFC 6793 section 9).</summary>
    public const ushort AsTrans = 23456;

    internal const int MinBodyLength = 10;
    internal const byte ProtocolVersion = 4, CapabilitiesParameter = 2, ExtendedForm = 255;

    /// <param name="asNumber">Our AS, 1 to 4294967295; a capability says it in four octets.</param>
    /// <param name="holdTime">Seconds: 0 for no keepalives at all, else at least 3.</param>
    /// <param name="identifier">Four octets, not zero (RFC 6286 section 2.1).</param>
    /// <param name="capabilities">All but that for four-octet AS numbers, which is added.</param>
    public OpenMessage(uint asNumber, ushort holdTime, IpAddress identifier, params ReadOnlySpan<Capability> capabilities)
        : this(TwoOctets(asNumber), holdTime, identifier, [[.. capabilities, new FourOctetAsCapability(asNumber)]], extendedParameters: false)
    {
    }

    /// <param name="myAs">The two-octet field.</param>
    /// <param name="parameters">One list for each optional parameter.</param>
    /// <param name="extendedParameters">The form of RFC 9072 even where the parameters do not need it.</param>
    public OpenMessage(ushort myAs, ushort holdTime, IpAddress identifier, ValueArray<ValueArray<Capability>> parameters, bool extendedParameters)
    {
        ArgumentOutOfRangeException.ThrowIfZero(myAs);
        if (!IsHoldTime(holdTime)) throw new ArgumentOutOfRangeException(nameof(holdTime), holdTime, "a hold time is 0 or at least 3 seconds");
        if (identifier.Family != IpFamily.IPv4 || identifier.Value == 0) throw new ArgumentException($"{identifier} is no BGP identifier", nameof(identifier));
        (MyAs, HoldTime, Identifier, Parameters) = (myAs, holdTime, identifier, parameters);
        ExtendedParameters = extendedParameters || NeedsExtendedParameters();
    }

    public override MessageType Type => MessageType.Open;

    /// <summary>The two-octet field: <see cref="AsTrans"/> where the number needs four.</summary>
    public ushort MyAs { get; }

    /// <summary>Seconds.</summary>
    public ushort HoldTime { get; }

    /// <summary>An IPv4 address by form only.</summary>
    public IpAddress Identifier { get; }

    public ValueArray<ValueArray<Capability>> Parameters { get; }

    /// <summary>The form of RFC 9072: because the parameters need it, or because somebody has chosen it.</summary>
    public bool ExtendedParameters { get; }

    /// <summary>Those of all parameters, in order.</summary>
    public IEnumerable<Capability> Capabilities => Parameters.SelectMany(p => p);

    /// <summary>The speaker's AS: the capability's where there is one (RFC 6793 section 4.1), else the field's.</summary>
    public uint AsNumber => FourOctetAs ?? MyAs;

    private uint? FourOctetAs => Capabilities.OfType<FourOctetAsCapability>().FirstOrDefault()?.AsNumber;

    internal static ushort TwoOctets(uint asNumber) => asNumber > ushort.MaxValue ? AsTrans : (ushort)asNumber;

    /// <summary>RFC 4271 section 4.2: zero or at least three seconds.</summary>
    private static bool IsHoldTime(ushort seconds) => seconds is not (1 or 2);

    internal static DecodeResult Decode(ReadOnlySpan<byte> body)
    {
        WireReader reader = new(body);
        if (!reader.TryReadByte(out byte version) || !reader.TryReadUInt16(out ushort myAs) || !reader.TryReadUInt16(out ushort holdTime)
            || !reader.TryReadUInt32(out uint identifier) || !reader.TryReadByte(out byte parametersLength))
            return DecodeResult.Refused(NotificationError.OpenUnspecific);

        // RFC 4271 section 6.2, in its order; a version is answered with the one that is spoken here.
        if (version != ProtocolVersion) return DecodeResult.Refused(NotificationError.UnsupportedVersionNumber, 0, ProtocolVersion);
        // RFC 7607 section 2: nobody is AS 0.
        if (myAs == 0) return DecodeResult.Refused(NotificationError.BadPeerAs);
        if (!IsHoldTime(holdTime)) return DecodeResult.Refused(NotificationError.UnacceptableHoldTime);
        if (identifier == 0) return DecodeResult.Refused(NotificationError.BadBgpIdentifier);

        bool extended = parametersLength > 0 && !reader.IsEmpty && reader.Rest[0] == ExtendedForm;
        // RFC 9072 section 2: the length in one octet is ignored once the type says that one in two octets follows.
        int length = parametersLength;
        if (extended)
        {
            if (!reader.TryReadByte(out _) || !reader.TryReadUInt16(out ushort extendedLength)) return DecodeResult.Refused(NotificationError.OpenUnspecific);
            length = extendedLength;
        }
        if (length != reader.Remaining) return DecodeResult.Refused(NotificationError.OpenUnspecific);

        List<ValueArray<Capability>> parameters = [];
        while (!reader.IsEmpty)
        {
            if (!reader.TryReadByte(out byte type) || !reader.TryReadLength(extended ? 2 : 1, out int valueLength) || !reader.TryReadSub(valueLength, out WireReader value))
                return DecodeResult.Refused(NotificationError.OpenUnspecific);
            if (type != CapabilitiesParameter) return DecodeResult.Refused(NotificationError.UnsupportedOptionalParameter);
            List<Capability> capabilities = [];
            while (!value.IsEmpty)
            {
                if (!Capability.TryRead(ref value, out Capability capability)) return DecodeResult.Refused(NotificationError.OpenUnspecific);
                capabilities.Add(capability);
            }
            parameters.Add([.. capabilities]);
        }

        OpenMessage open = new(myAs, holdTime, IpAddress.FromIPv4(identifier), [.. parameters], extended);
        // Two numbers of one speaker agree, unless the short one says that it cannot hold the long one.
        return open.FourOctetAs is { } number && (number == 0 || (myAs != AsTrans && myAs != number)) ? DecodeResult.Refused(NotificationError.BadPeerAs) : open;
    }

    private protected override void WriteBody(ref WireWriter writer, CodecOptions options)
    {
        writer.WriteByte(ProtocolVersion);
        writer.WriteUInt16(MyAs);
        writer.WriteUInt16(HoldTime);
        writer.WriteAddress(Identifier);
        if (ExtendedParameters)
        {
            writer.WriteByte(byte.MaxValue);
            writer.WriteByte(ExtendedForm);
        }
        int octets = ExtendedParameters ? 2 : 1;
        int start = writer.OpenLength(octets);
        foreach (ValueArray<Capability> capabilities in Parameters)
        {
            writer.WriteByte(CapabilitiesParameter);
            int value = writer.OpenLength(octets);
            foreach (Capability capability in capabilities) capability.Write(ref writer);
            writer.CloseLength(value, octets);
        }
        writer.CloseLength(start, octets);
    }

    /// <summary>RFC 9072 section 2: the extended form where one octet cannot hold the parameters' length, and only there unless told.</summary>
    private bool NeedsExtendedParameters()
    {
        WireWriter all = new(stackalloc byte[MaxLength]);
        foreach (Capability capability in Capabilities) capability.Write(ref all);
        return all.Position + (2 * Parameters.Count) > byte.MaxValue;
    }

    public override string ToString() => $"OPEN as {AsNumber} hold {HoldTime} id {Identifier} [{string.Join("; ", Capabilities)}]";
}
