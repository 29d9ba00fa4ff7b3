using System.Security.Cryptography;
using System.Text;
using LbSpeaker.Bfd.Wire;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Bfd;

/// <summary>A shared secret with the number that packets name it by. Compared by content, never shown.</summary>
public sealed class BfdKey : IEquatable<BfdKey>
{
    private readonly byte[] secret;

    /// <param name="secret">1 to 20 octets; 16 at most for a password or MD5 (RFC 5880 sections 4.2 to 4.4).</param>
    /// <exception cref="ArgumentException">Empty or too long.</exception>
    public BfdKey(byte id, ReadOnlySpan<byte> secret)
    {
        if (secret.Length is 0 or > 20) throw new ArgumentException("a BFD key has 1 to 20 octets", nameof(secret));
        Id = id;
        this.secret = secret.ToArray();
    }

    public byte Id { get; }

    /// <summary>A key that the user wrote as text (RFC 5880 section 6.7.4: ASCII).</summary>
    /// <exception cref="ArgumentException">Empty, too long, or not ASCII.</exception>
    public static BfdKey FromText(byte id, string text) =>
        Ascii.IsValid(text) ? new BfdKey(id, Encoding.ASCII.GetBytes(text)) : throw new ArgumentException("a BFD key in text is ASCII", nameof(text));

    internal ReadOnlySpan<byte> Secret => secret;

    public bool Equals(BfdKey? other) => other is not null && Id == other.Id && CryptographicOperations.FixedTimeEquals(secret, other.secret);

    public override bool Equals(object? obj) => Equals(obj as BfdKey);

    public override int GetHashCode()
    {
        HashCode hash = default;
        hash.Add(Id);
        hash.AddBytes(secret);
        return hash.ToHashCode();
    }

    public override string ToString() => "***";
}

/// <summary>How a session authenticates its control packets (RFC 5880 section 6.7).</summary>
public sealed record BfdAuthentication
{
    /// <param name="type">Not None.</param>
    /// <param name="keys">The first one signs; each is accepted, so that keys can be changed without a break. IDs differ.</param>
    /// <exception cref="ArgumentException">No type, no key, one ID twice, or a key that is too long for the type.</exception>
    public BfdAuthentication(BfdAuthenticationType type, ValueArray<BfdKey> keys)
    {
        if (type == BfdAuthenticationType.None || !Enum.IsDefined(type)) throw new ArgumentException("not an authentication type", nameof(type));
        if (keys.IsEmpty) throw new ArgumentException("authentication needs a key", nameof(keys));
        if (keys.Select(k => k.Id).Distinct().Count() != keys.Count) throw new ArgumentException("two BFD keys with one ID", nameof(keys));
        int longest = type is BfdAuthenticationType.KeyedSha1 or BfdAuthenticationType.MeticulousKeyedSha1 ? 20 : 16;
        if (keys.Any(k => k.Secret.Length > longest)) throw new ArgumentException($"a key for {type} has at most {longest} octets", nameof(keys));
        Type = type;
        Keys = keys;
    }

    public BfdAuthenticationType Type { get; }

    public ValueArray<BfdKey> Keys { get; }

    /// <summary>Every packet has its own sequence number.</summary>
    internal bool IsMeticulous => Type is BfdAuthenticationType.MeticulousKeyedMd5 or BfdAuthenticationType.MeticulousKeyedSha1;
}
