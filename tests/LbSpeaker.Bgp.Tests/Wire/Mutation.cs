using System.Buffers.Binary;
using LbSpeaker.Bgp.Wire;

namespace LbSpeaker.Bgp.Tests.Wire;

/// <summary>Makes a hostile message of a good one: a few edits, and mostly a header that still fits, so that what lies behind it is reached.</summary>
internal static class Mutation
{
    private const int Header = BgpMessage.HeaderLength;
    private static readonly byte[] Telling = [0, 1, 2, 3, 4, 8, 16, 32, 33, 64, 65, 127, 128, 129, 254, 255];

    /// <param name="octets">Longer than any message.</param>
    /// <returns>How many octets the mutation has.</returns>
    public static int Make(Random random, byte[][] corpus, Span<byte> octets)
    {
        byte[] seed = corpus[random.Next(corpus.Length)];
        seed.CopyTo(octets);
        int length = seed.Length;
        for (int edits = random.Next(1, 6); edits > 0; edits--)
        {
            if (length <= Header) break;
            int at = random.Next(Header, length);
            switch (random.Next(7))
            {
                case 0: octets[at] ^= (byte)(1 << random.Next(8)); break;
                case 1: octets[at] = (byte)random.Next(256); break;
                case 2: octets[at] = Telling[random.Next(Telling.Length)]; break;
                case 3: octets[at] += (byte)random.Next(-2, 3); break;
                case 4: length = Remove(random, octets, length, at); break;
                case 5: length = Insert(random, octets, length, at, octets[Header..length]); break;
                default: length = Insert(random, octets, length, at, corpus[random.Next(corpus.Length)]); break;
            }
        }
        // One in sixteen keeps a header that lies, or is broken itself.
        if (length >= Header && random.Next(16) > 0) BinaryPrimitives.WriteUInt16BigEndian(octets[16..], (ushort)length);
        else if (random.Next(4) == 0) octets[random.Next(Math.Min(Header, length))] ^= (byte)(1 << random.Next(8));
        return length;
    }

    private static int Remove(Random random, Span<byte> octets, int length, int at)
    {
        int count = random.Next(1, Math.Min(8, length - at) + 1);
        octets[(at + count)..length].CopyTo(octets[at..]);
        return length - count;
    }

    /// <summary>A piece of another message, or of this one once more.</summary>
    private static int Insert(Random random, Span<byte> octets, int length, int at, ReadOnlySpan<byte> source)
    {
        if (source.IsEmpty) return length;
        int from = random.Next(source.Length);
        int count = Math.Min(random.Next(1, 40), Math.Min(source.Length - from, BgpMessage.MaxLength - length));
        if (count <= 0) return length;
        byte[] piece = source.Slice(from, count).ToArray();
        octets[at..length].CopyTo(octets[(at + count)..]);
        piece.CopyTo(octets[at..]);
        return length + count;
    }
}
