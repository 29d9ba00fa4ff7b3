using System.Security.Cryptography;
using System.Text;
using LbSpeaker.Bfd;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Heartbeat.Wire;

/// <summary>One key a purpose (HKDF with SHA-256, RFC 5869), so that nothing signed for one passes for another.</summary>
internal static class KeyDerivation
{
    /// <summary>What signs our own datagrams.</summary>
    public static HeartbeatKey ForDatagrams(HeartbeatKey key) => new(key.Id, new SecretOctets(Derive(key, 32, "lbspeaker heartbeat datagram")));

    /// <summary>What signs the session of two nodes: the same at both ends, and another for every pair. 20 octets, as SHA1 takes (RFC 5880 section 4.4).</summary>
    public static BfdKey ForSession(HeartbeatKey key, string one, string other)
    {
        (string first, string second) = string.CompareOrdinal(one, other) < 0 ? (one, other) : (other, one);
        return new(key.Id, Derive(key, 20, $"lbspeaker heartbeat bfd {first} {second}"));
    }

    private static byte[] Derive(HeartbeatKey key, int octets, string purpose) =>
        HKDF.DeriveKey(HashAlgorithmName.SHA256, key.Secret.Reveal().ToArray(), octets, salt: [], info: Encoding.ASCII.GetBytes(purpose));
}
