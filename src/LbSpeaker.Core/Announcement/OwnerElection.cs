using System.Security.Cryptography;
using System.Text;
using LbSpeaker.Core.Net;

namespace LbSpeaker.Core.Announcement;

/// <summary>A node that may own an address.</summary>
/// <param name="Preference">Sum of the weights of the preferences that it meets; the highest goes first.</param>
public readonly record struct OwnerCandidate(string Node, int Preference);

/// <summary>
/// Rendezvous hashing: every node ranks the candidates alike, and a node that leaves moves only what it owned. The rank is the one that MetalLB
/// uses, so that a change-over moves no address: the byte order of SHA-256 over <c>node#address</c>, lowest first.
/// </summary>
public static class OwnerElection
{
    /// <summary>The nodes from the first to the last in rank. Their order does not matter.</summary>
    public static int[] Rank(IReadOnlyList<string> nodes, IpAddress address)
    {
        string suffix = Suffix(address);
        (ulong High, int Node)[] ranks = new (ulong, int)[nodes.Count];
        for (int i = 0; i < nodes.Count; i++) ranks[i] = (RankOf(nodes[i], suffix), i);
        Array.Sort(ranks);
        return [.. ranks.Select(r => r.Node)];
    }

    /// <summary>What is to be given to <see cref="RankOf"/> for an address.</summary>
    internal static string Suffix(IpAddress address) => "#" + address;

    /// <summary>The rank of one node by itself; the lowest goes first.</summary>
    internal static ulong RankOf(string node, string suffix)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        Digest(node, suffix, digest);
        return System.Buffers.Binary.BinaryPrimitives.ReadUInt64BigEndian(digest);
    }

    /// <summary>Whether <paramref name="node"/> goes before <paramref name="other"/> where both believe to own the address: who is outranked yields.</summary>
    public static bool Outranks(string node, string other, IpAddress address) => Rank([node, other], address)[0] == 0;

    private static void Digest(string node, string suffix, Span<byte> destination)
    {
        int length = Encoding.UTF8.GetMaxByteCount(node.Length + suffix.Length);
        Span<byte> text = length <= 1024 ? stackalloc byte[1024] : new byte[length];
        int written = Encoding.UTF8.GetBytes(node, text);
        written += Encoding.UTF8.GetBytes(suffix, text[written..]);
        SHA256.HashData(text[..written], destination);
    }
}
