using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace LbSpeaker.Bfd.Wire;

/// <summary>Signs and checks control packets (RFC 5880 section 6.7). Pure.</summary>
public static class PacketAuthenticator
{
    private const int Md5Length = 16, Sha1Length = 20;

    /// <summary>Appends the authentication section to an encoded packet and returns the whole length.</summary>
    /// <param name="buffer">Holds <see cref="ControlPacket.HeaderLength"/> octets of a packet, and room up to <see cref="ControlPacket.MaxLength"/>.</param>
    public static int Sign(Span<byte> buffer, BfdAuthentication authentication, uint sequence)
    {
        BfdKey key = authentication.Keys[0];
        Span<byte> section = buffer[ControlPacket.HeaderLength..];
        int length = SectionLength(authentication.Type, key);
        section[0] = (byte)authentication.Type;
        section[1] = (byte)length;
        section[2] = key.Id;
        ControlPacket.MarkAuthenticated(buffer, ControlPacket.HeaderLength + length);
        if (authentication.Type == BfdAuthenticationType.SimplePassword) key.Secret.CopyTo(section[AuthenticationHeader.PasswordOffset..]);
        else
        {
            // RFC 5880 section 4.3: the reserved octet is zero on transmit.
            section[3] = 0;
            BinaryPrimitives.WriteUInt32BigEndian(section[4..], sequence);
            Span<byte> digest = stackalloc byte[DigestLength(authentication.Type)];
            Digest(buffer[..(ControlPacket.HeaderLength + length)], authentication.Type, key, digest);
            digest.CopyTo(section[AuthenticationHeader.DigestOffset..]);
        }
        return ControlPacket.HeaderLength + length;
    }

    /// <summary>The rules of RFC 5880 section 6.8.6 on the bit A, and those of section 6.7 that it refers to.</summary>
    /// <param name="payload">The datagram that <paramref name="packet"/> was decoded from.</param>
    /// <param name="authentication">Null where the session has none.</param>
    /// <param name="expected">bfd.RcvAuthSeq; null while bfd.AuthSeqKnown is 0.</param>
    /// <returns>Null where the packet is to be accepted.</returns>
    public static DiscardReason? Check(ReadOnlySpan<byte> payload, in ControlPacket packet, BfdAuthentication? authentication, uint? expected)
    {
        AuthenticationHeader header = packet.Authentication;
        bool present = (payload[1] & 0x04) != 0;
        if (authentication is null) return present ? DiscardReason.AuthenticationUnexpected : null;
        if (!present) return DiscardReason.AuthenticationMissing;
        if (header.Type != authentication.Type) return DiscardReason.AuthenticationType;
        BfdKey? key = null;
        foreach (BfdKey candidate in authentication.Keys)
            if (candidate.Id == header.KeyId) key = candidate;
        if (key is null) return DiscardReason.AuthenticationKeyId;
        if (header.Length != SectionLength(header.Type, key) || ControlPacket.HeaderLength + header.Length > payload[3]) return DiscardReason.AuthenticationLength;

        ReadOnlySpan<byte> whole = payload[..payload[3]];
        ReadOnlySpan<byte> section = whole[ControlPacket.HeaderLength..];
        if (header.Type == BfdAuthenticationType.SimplePassword)
            return CryptographicOperations.FixedTimeEquals(section[AuthenticationHeader.PasswordOffset..header.Length], key.Secret) ? null : DiscardReason.AuthenticationMismatch;

        // RFC 5880 sections 6.7.3 and 6.7.4: from RcvAuthSeq (meticulous: the next one) to RcvAuthSeq + 3 * Detect Mult, in a circle of 32 bits.
        if (expected is { } last)
        {
            uint ahead = unchecked(header.Sequence - last);
            if (ahead > 3u * packet.DetectMultiplier || ahead == 0 && authentication.IsMeticulous) return DiscardReason.AuthenticationSequence;
        }
        Span<byte> digest = stackalloc byte[DigestLength(header.Type)];
        Digest(whole, header.Type, key, digest);
        return CryptographicOperations.FixedTimeEquals(digest, section.Slice(AuthenticationHeader.DigestOffset, digest.Length)) ? null : DiscardReason.AuthenticationMismatch;
    }

    /// <summary>Blanks the password of a packet that carries one in the clear, well-formed or not: before it is shown to anybody.</summary>
    public static void HidePassword(Span<byte> payload)
    {
        const int password = ControlPacket.HeaderLength + AuthenticationHeader.PasswordOffset;
        if (payload.Length > password && payload[ControlPacket.HeaderLength] == (byte)BfdAuthenticationType.SimplePassword) payload[password..].Clear();
    }

    private static int SectionLength(BfdAuthenticationType type, BfdKey key) => type == BfdAuthenticationType.SimplePassword
        ? AuthenticationHeader.PasswordOffset + key.Secret.Length
        : AuthenticationHeader.DigestOffset + DigestLength(type);

    private static int DigestLength(BfdAuthenticationType type) => type is BfdAuthenticationType.KeyedMd5 or BfdAuthenticationType.MeticulousKeyedMd5 ? Md5Length : Sha1Length;

    /// <summary>Over the whole packet, the key with zeros behind it standing where the digest goes.</summary>
    [SuppressMessage("Security", "CA5350:Do Not Use Weak Cryptographic Algorithms", Justification = "RFC 5880 section 6.7.4 prescribes it")]
    [SuppressMessage("Security", "CA5351:Do Not Use Broken Cryptographic Algorithms", Justification = "RFC 5880 section 6.7.3 prescribes it")]
    private static void Digest(ReadOnlySpan<byte> packet, BfdAuthenticationType type, BfdKey key, Span<byte> digest)
    {
        Span<byte> keyed = stackalloc byte[ControlPacket.MaxLength];
        keyed = keyed[..packet.Length];
        packet.CopyTo(keyed);
        Span<byte> field = keyed.Slice(ControlPacket.HeaderLength + AuthenticationHeader.DigestOffset, digest.Length);
        field.Clear();
        key.Secret.CopyTo(field);
        if (digest.Length == Md5Length) MD5.HashData(keyed, digest);
        else SHA1.HashData(keyed, digest);
        CryptographicOperations.ZeroMemory(keyed);
    }
}
