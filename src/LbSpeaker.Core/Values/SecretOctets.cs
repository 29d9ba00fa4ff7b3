using System.Security.Cryptography;

namespace LbSpeaker.Core.Values;

/// <summary>Octets that nobody may see: a key. They compare by content, and print as <c>***</c> wherever they stand, in records and logs too.</summary>
public sealed class SecretOctets(ReadOnlySpan<byte> octets) : IEquatable<SecretOctets>
{
    private readonly byte[] octets = octets.ToArray();

    /// <summary>For the one place that computes with them.</summary>
    public ReadOnlySpan<byte> Reveal() => octets;

    public bool Equals(SecretOctets? other) => other is not null && CryptographicOperations.FixedTimeEquals(octets, other.octets);

    public override bool Equals(object? obj) => Equals(obj as SecretOctets);

    public override int GetHashCode()
    {
        HashCode hash = default;
        hash.AddBytes(octets);
        return hash.ToHashCode();
    }

    public override string ToString() => "***";
}
