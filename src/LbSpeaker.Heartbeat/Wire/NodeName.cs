using System.Text;

namespace LbSpeaker.Heartbeat.Wire;

/// <summary>Names of nodes are 1 to 253 printable ASCII characters without a space; those of Kubernetes are DNS subdomains.</summary>
internal static class NodeName
{
    public const int MaxLength = 253;

    public static bool IsValid(string name) => name.Length is > 0 and <= MaxLength && name.All(c => c is > ' ' and < '\x7F');

    /// <summary>Null where the octets are no name.</summary>
    public static string? Decode(ReadOnlySpan<byte> octets) =>
        octets.Length is > 0 and <= MaxLength && !octets.ContainsAnyExceptInRange((byte)0x21, (byte)0x7E) ? Encoding.ASCII.GetString(octets) : null;
}
