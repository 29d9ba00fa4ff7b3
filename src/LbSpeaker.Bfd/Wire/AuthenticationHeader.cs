using System.Buffers.Binary;

namespace LbSpeaker.Bfd.Wire;

/// <summary>The head of an authentication section (RFC 5880 sections 4.2 to 4.4); password or digest stay where they came.</summary>
/// <param name="Length">The field Auth Len: octets of the section, type and length among them. Nobody has checked it yet.</param>
/// <param name="Sequence">Zero for a simple password, which has none.</param>
/// <remarks>
/// <code>
/// | Auth Type = 1 | Auth Len 4-19 |  Auth Key ID  |  Password ... |
///
/// | Auth Type 2-5 | Auth Len 24/28|  Auth Key ID  |   Reserved    |
/// |                        Sequence Number                        |
/// |     Auth Key/Digest (16, MD5) or Auth Key/Hash (20, SHA1) ... |
/// </code>
/// </remarks>
public readonly record struct AuthenticationHeader(BfdAuthenticationType Type, byte Length, byte KeyId, uint Sequence)
{
    /// <summary>Auth Type and Auth Len alone.</summary>
    public const int MinLength = 2;

    /// <summary>Where the password begins in a section.</summary>
    internal const int PasswordOffset = 3;

    /// <summary>Where the digest begins in a section.</summary>
    internal const int DigestOffset = 8;

    /// <param name="section">At least <see cref="MinLength"/> octets; what is missing beyond reads as zero and fails the length check.</param>
    internal static AuthenticationHeader Read(ReadOnlySpan<byte> section) => new(
        (BfdAuthenticationType)section[0],
        section[1],
        section.Length > 2 ? section[2] : (byte)0,
        section.Length >= DigestOffset && section[0] != (byte)BfdAuthenticationType.SimplePassword ? BinaryPrimitives.ReadUInt32BigEndian(section[4..]) : 0);
}
