using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Heartbeat.Wire;

/// <summary>Who says it to whom.</summary>
/// <param name="Incarnation">Grows with every start of the sender.</param>
/// <param name="Sequence">Grows with every datagram of an incarnation.</param>
internal readonly record struct DatagramHeader(string From, string To, ulong Incarnation, ulong Sequence);

/// <summary>
/// One message as it goes over the wire. Nothing but the key ID is read before the code has been checked.
/// <code>
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// |      'L'      |      'B'      |  version (1)  |    key ID     |
/// |     kind      |           incarnation (8 octets) ...          |
/// |      ...      |             sequence (8 octets) ...           |
/// |      ...      | from: length, name | to: length, name | body
///   Ask     1: inquiry (8 octets), subject: length, name
///   Answer  2: inquiry (8 octets), subject: length, name, hears (0 or 1)
///   Notice  3: count, then of each rumor: version (4 octets), standing, subject: length, name
/// |  HMAC-SHA256 of all of the above, its first 16 octets   ...   |
/// </code>
/// </summary>
internal static class Datagram
{
    /// <summary>No datagram is longer: it passes every link undivided.</summary>
    public const int MaxLength = 1200;

    private const byte Version = 1, AskKind = 1, AnswerKind = 2, NoticeKind = 3;
    private const int FixedLength = 21, CodeLength = 16;

    public static int RumorLength(in Rumor rumor) => 6 + rumor.Subject.Length;

    /// <summary>Writes the message, signed, and returns its length.</summary>
    /// <param name="destination"><see cref="MaxLength"/> octets.</param>
    public static int Encode(Span<byte> destination, in DatagramHeader header, HeartbeatMessage message, HeartbeatKey key)
    {
        destination[0] = (byte)'L';
        destination[1] = (byte)'B';
        destination[2] = Version;
        destination[3] = key.Id;
        BinaryPrimitives.WriteUInt64BigEndian(destination[5..], header.Incarnation);
        BinaryPrimitives.WriteUInt64BigEndian(destination[13..], header.Sequence);
        int at = FixedLength;
        WriteName(destination, ref at, header.From);
        WriteName(destination, ref at, header.To);
        switch (message)
        {
            case HeartbeatMessage.Ask ask:
                destination[4] = AskKind;
                WriteQuestion(destination, ref at, ask.Inquiry, ask.Subject);
                break;
            case HeartbeatMessage.Answer answer:
                destination[4] = AnswerKind;
                WriteQuestion(destination, ref at, answer.Inquiry, answer.Subject);
                destination[at++] = answer.Hears ? (byte)1 : (byte)0;
                break;
            case HeartbeatMessage.Notice notice:
                destination[4] = NoticeKind;
                destination[at++] = (byte)notice.Rumors.Count;
                foreach (Rumor rumor in notice.Rumors)
                {
                    BinaryPrimitives.WriteUInt32BigEndian(destination[at..], rumor.Version);
                    destination[at + 4] = (byte)rumor.Standing;
                    at += 5;
                    WriteName(destination, ref at, rumor.Subject);
                }
                break;
            default: throw new ArgumentOutOfRangeException(nameof(message));
        }
        Sign(destination[..at], key, destination.Slice(at, CodeLength));
        return at + CodeLength;
    }

    /// <summary>Null where the message is whole and authentic; else why it is dropped.</summary>
    public static DiscardReason? TryDecode(ReadOnlySpan<byte> octets, ValueArray<HeartbeatKey> keys, out DatagramHeader header, out HeartbeatMessage? message)
    {
        header = default;
        message = null;
        if (octets.Length < FixedLength + CodeLength) return DiscardReason.TooShort;
        if (octets[0] != 'L' || octets[1] != 'B' || octets[2] != Version) return DiscardReason.Version;
        HeartbeatKey? key = null;
        foreach (HeartbeatKey candidate in keys)
            if (candidate.Id == octets[3]) key = candidate;
        if (key is null) return DiscardReason.KeyId;
        Span<byte> code = stackalloc byte[CodeLength];
        Sign(octets[..^CodeLength], key, code);
        if (!CryptographicOperations.FixedTimeEquals(code, octets[^CodeLength..])) return DiscardReason.Mismatch;

        byte kind = octets[4];
        if (kind is not (AskKind or AnswerKind or NoticeKind)) return DiscardReason.Kind;
        ReadOnlySpan<byte> rest = octets[FixedLength..^CodeLength];
        if (ReadName(ref rest) is not { } from || ReadName(ref rest) is not { } to) return DiscardReason.Malformed;
        message = kind == NoticeKind ? ReadNotice(ref rest) : ReadQuestion(ref rest, kind);
        if (message is null || !rest.IsEmpty)
        {
            message = null;
            return DiscardReason.Malformed;
        }
        header = new(from, to, BinaryPrimitives.ReadUInt64BigEndian(octets[5..]), BinaryPrimitives.ReadUInt64BigEndian(octets[13..]));
        return null;
    }

    private static void Sign(ReadOnlySpan<byte> octets, HeartbeatKey key, Span<byte> code)
    {
        Span<byte> whole = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(key.Secret.Reveal(), octets, whole);
        whole[..CodeLength].CopyTo(code);
    }

    private static void WriteName(Span<byte> destination, ref int at, string name)
    {
        destination[at] = (byte)name.Length;
        at += 1 + Encoding.ASCII.GetBytes(name, destination[(at + 1)..]);
    }

    private static void WriteQuestion(Span<byte> destination, ref int at, ulong inquiry, string subject)
    {
        BinaryPrimitives.WriteUInt64BigEndian(destination[at..], inquiry);
        at += 8;
        WriteName(destination, ref at, subject);
    }

    private static string? ReadName(ref ReadOnlySpan<byte> rest)
    {
        if (rest.IsEmpty || rest.Length <= rest[0]) return null;
        string? name = NodeName.Decode(rest.Slice(1, rest[0]));
        rest = rest[(1 + rest[0])..];
        return name;
    }

    private static HeartbeatMessage? ReadQuestion(ref ReadOnlySpan<byte> rest, byte kind)
    {
        if (rest.Length < 8) return null;
        ulong inquiry = BinaryPrimitives.ReadUInt64BigEndian(rest);
        rest = rest[8..];
        if (ReadName(ref rest) is not { } subject) return null;
        if (kind == AskKind) return new HeartbeatMessage.Ask(inquiry, subject);
        if (rest.IsEmpty || rest[0] > 1) return null;
        bool hears = rest[0] == 1;
        rest = rest[1..];
        return new HeartbeatMessage.Answer(inquiry, subject, hears);
    }

    private static HeartbeatMessage.Notice? ReadNotice(ref ReadOnlySpan<byte> rest)
    {
        if (rest.IsEmpty) return null;
        Rumor[] rumors = new Rumor[rest[0]];
        rest = rest[1..];
        for (int i = 0; i < rumors.Length; i++)
        {
            if (rest.Length < 5) return null;
            uint version = BinaryPrimitives.ReadUInt32BigEndian(rest);
            Standing standing = (Standing)rest[4];
            rest = rest[5..];
            if (standing is < Standing.Dead or > Standing.Alive || ReadName(ref rest) is not { } subject) return null;
            rumors[i] = new(subject, version, standing);
        }
        return new(rumors.ToValueArray());
    }
}
