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
    /// <summary>The owner among <paramref name="candidates"/>, or null where there is none. Their order does not matter.</summary>
    public static string? Elect(ReadOnlySpan<OwnerCandidate> candidates, IpAddress address)
    {
        if (candidates.Length <= 1) return candidates.IsEmpty ? null : candidates[0].Node;
        string suffix = "#" + address;
        Span<byte> best = stackalloc byte[SHA256.HashSizeInBytes], rank = stackalloc byte[SHA256.HashSizeInBytes];
        OwnerCandidate? owner = null;
        foreach (OwnerCandidate candidate in candidates)
        {
            if (owner is { } leading && candidate.Preference < leading.Preference) continue;
            Rank(candidate.Node, suffix, rank);
            if (owner is { } first && candidate.Preference == first.Preference && rank.SequenceCompareTo(best) >= 0) continue;
            owner = candidate;
            rank.CopyTo(best);
        }
        return owner?.Node;
    }

    /// <summary>Whether <paramref name="node"/> goes before <paramref name="other"/> where both believe to own the address: who is outranked yields.</summary>
    public static bool Outranks(string node, string other, IpAddress address)
    {
        string suffix = "#" + address;
        Span<byte> mine = stackalloc byte[SHA256.HashSizeInBytes], theirs = stackalloc byte[SHA256.HashSizeInBytes];
        Rank(node, suffix, mine);
        Rank(other, suffix, theirs);
        return mine.SequenceCompareTo(theirs) < 0;
    }

    private static void Rank(string node, string suffix, Span<byte> destination)
    {
        int length = Encoding.UTF8.GetMaxByteCount(node.Length + suffix.Length);
        Span<byte> text = length <= 1024 ? stackalloc byte[1024] : new byte[length];
        int written = Encoding.UTF8.GetBytes(node, text);
        written += Encoding.UTF8.GetBytes(suffix, text[written..]);
        SHA256.HashData(text[..written], destination);
    }
}
