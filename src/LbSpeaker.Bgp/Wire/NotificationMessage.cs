using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Unicode;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Bgp.Wire;

/// <summary>
/// Why a session ends (RFC 4271 section 4.5).
/// <code>
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// | Error code    | Error subcode |   Data (variable)             |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// </code>
/// </summary>
public sealed record NotificationMessage : BgpMessage
{
    internal const int MinBodyLength = 2;

    /// <summary>As much data as fits into a message.</summary>
    public const int MaxDataLength = MaxLength - HeaderLength - MinBodyLength;

    private const int MaxCommunicationLength = 255;

    public NotificationMessage(NotificationError error, ValueArray<byte> data = default)
    {
        if (data.Count > MaxDataLength) throw new ArgumentException($"a NOTIFICATION has at most {MaxDataLength} octets of data, not {data.Count}", nameof(data));
        (Error, Data) = (error, data);
    }

    public override MessageType Type => MessageType.Notification;

    public NotificationError Error { get; }

    public ValueArray<byte> Data { get; }

    /// <summary>An administrative shutdown or reset with a few words to the people at the other end (RFC 9003 section 2).</summary>
    /// <param name="error">One of the two that carry such words.</param>
    /// <param name="communication">At most 255 octets of UTF-8; empty says nothing.</param>
    public static NotificationMessage WithCommunication(NotificationError error, string communication)
    {
        if (!CarriesCommunication(error)) throw new ArgumentException($"{error} carries no shutdown communication", nameof(error));
        byte[] text = Encoding.UTF8.GetBytes(communication);
        if (text.Length > MaxCommunicationLength)
            throw new ArgumentException($"a shutdown communication has at most {MaxCommunicationLength} octets of UTF-8, not {text.Length}", nameof(communication));
        return new(error, [(byte)text.Length, .. text]);
    }

    /// <summary>Ends the session without graceful restart, and says why (RFC 8538 section 3).</summary>
    public static NotificationMessage HardReset(NotificationMessage reason)
    {
        if (reason.Error == NotificationError.HardReset) throw new ArgumentException("a hard reset is no reason for one", nameof(reason));
        return new(NotificationError.HardReset, [reason.Error.Code, reason.Error.Subcode, .. reason.Data]);
    }

    /// <summary>The reason inside a hard reset; null where there is none, or another hard reset, which is none.</summary>
    public NotificationMessage? HardResetReason =>
        Error == NotificationError.HardReset && Data.Count >= MinBodyLength && Read(Data.AsSpan()) is { Error: not NotificationError.HardReset } reason ? reason : null;

    /// <summary>The shutdown communication; false where there is none, or where its length or its UTF-8 is broken.</summary>
    public bool TryGetCommunication([NotNullWhen(true)] out string? communication)
    {
        communication = null;
        if (!CarriesCommunication(Error)) return false;
        WireReader reader = new(Data.AsSpan());
        if (!reader.TryReadByte(out byte length) || !reader.TryReadBytes(length, out ReadOnlySpan<byte> text) || !Utf8.IsValid(text)) return false;
        communication = Encoding.UTF8.GetString(text);
        return true;
    }

    private static bool CarriesCommunication(NotificationError error) => error is NotificationError.AdministrativeShutdown or NotificationError.AdministrativeReset;

    /// <param name="body">At least the two octets that framing has made sure of.</param>
    internal static NotificationMessage Read(ReadOnlySpan<byte> body) => new((NotificationError)(body[0] << 8 | body[1]), [.. body[MinBodyLength..]]);

    private protected override void WriteBody(ref WireWriter writer, CodecOptions options)
    {
        writer.WriteUInt16((ushort)Error);
        writer.WriteBytes(Data.AsSpan());
    }

    public override string ToString() => $"NOTIFICATION {Describe()}";

    private string Describe()
    {
        string error = $"{Error.Code}/{Error.Subcode} {Error.Name}";
        if (HardResetReason is { } reason) return $"{error} ({reason.Describe()})";
        if (TryGetCommunication(out string? communication)) return $"{error} {WireText.Quote(communication)}";
        return Data.IsEmpty ? error : $"{error} {WireText.Hex(Data.AsSpan())}";
    }
}
