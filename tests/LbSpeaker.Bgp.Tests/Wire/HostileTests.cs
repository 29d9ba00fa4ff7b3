using System.Buffers.Binary;
using LbSpeaker.Bgp.Wire;
using LbSpeaker.Testing.Observability;

namespace LbSpeaker.Bgp.Tests.Wire;

/// <summary>
/// Whatever a peer sends: a message or a NOTIFICATION, no exception, and memory in proportion to the octets. What comes out without findings can be sent, and is
/// then the same.
/// </summary>
public sealed class HostileTests
{
    /// <summary>Octets of memory for each octet of a message, and for any message: the dearest are prefixes of length 0 and runs of the shortest AS_PATH segments.</summary>
    private const int PerOctet = 112, PerMessage = 8_192;

    public static TheoryData<string> Files() => [.. HexCase.Files];

    [Theory]
    [MemberData(nameof(Files))]
    public void Cut_at_any_octet_with_a_length_that_fits(string file)
    {
        foreach (HexCase @case in HexCase.Read(file))
            for (int length = BgpMessage.HeaderLength; length < Math.Min(@case.Octets.Length, BgpMessage.MaxLength); length++)
                Take(WithLength(@case.Octets[..length]), @case.Options);
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Any_bit_flipped(string file)
    {
        foreach (HexCase @case in HexCase.Read(file))
            for (int bit = 0; bit < @case.Octets.Length * 8; bit++)
            {
                byte[] octets = [.. @case.Octets];
                octets[bit / 8] ^= (byte)(1 << (bit % 8));
                Take(octets, @case.Options);
            }
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Any_octet_or_pair_a_length_that_lies(string file)
    {
        foreach (HexCase @case in HexCase.Read(file))
            for (int i = BgpMessage.HeaderLength; i < @case.Octets.Length; i++)
                foreach (byte lie in new byte[] { 0, 1, 0x7F, 0xFF })
                {
                    byte[] one = [.. @case.Octets], two = [.. @case.Octets];
                    one[i] = lie;
                    Take(one, @case.Options);
                    two.AsSpan(i, Math.Min(2, two.Length - i)).Fill(lie);
                    Take(two, @case.Options);
                }
    }

    [Fact]
    public void The_dearest_messages_stay_within_the_bound()
    {
        CodecOptions options = new() { External = true };
        byte[] header = [.. Enumerable.Repeat((byte)0xFF, 16), 0x10, 0x00, 2];
        byte[] Message(byte[] head, params byte[] pattern) =>
            [.. header, .. head, .. Enumerable.Range(0, BgpMessage.MaxLength - header.Length - head.Length).Select(i => pattern[i % pattern.Length])];

        Dear(Message([0, 0, 0, 0], 0));                                          // 4073 prefixes of length 0, but no attributes: withdrawn
        Dear(Message([0x0F, 0xE9], 0));                                          // 4073 withdrawn
        Dear(Message([0x07, 0xD0, .. new byte[0x7D0], 0, 0], 0));                // half of them withdrawn, half without attributes: both lists and their sum
        Dear(Message([0, 0, 0x0F, 0xE9], 0x80, 99, 0));                          // one unknown attribute, a thousand repetitions
        Dear(Message([0, 0, 0x0F, 0xE9, 0x50, 2, 0x0F, 0xE5], 2, 1, 0, 1));      // a thousand segments of one number
        Dear(Message([0, 0, 0x0F, 0xE9, 0xD0, 8, 0x0F, 0xE5], 1));               // a thousand communities
        Dear(Message([0, 0, 0x0F, 0xE9, 0x90, 14, 0x0F, 0xE5, 0, 1, 1, 4, 192, 0, 2, 1, 0], 0)); // MP_REACH_NLRI full of default routes

        void Dear(byte[] octets)
        {
            Assert.Equal(BgpMessage.MaxLength, octets.Length);
            Take(octets, options);
        }
    }

    /// <summary>Mutations of every case. Set LBSPEAKER_FUZZ for another number than the default.</summary>
    [Fact]
    public void Mutations_of_all_cases()
    {
        long count = long.TryParse(Environment.GetEnvironmentVariable("LBSPEAKER_FUZZ"), out long given) ? given : 300_000;
        // A fixed seed: what fails once fails again.
        Random random = new(4271);
        byte[][] corpus = [.. HexCase.All.Select(c => c.Octets)];
        CodecOptions[] options = [.. HexCase.All.Select(c => c.Options).Distinct()];
        byte[] octets = new byte[BgpMessage.MaxLength + 64];
        for (long i = 0; i < count; i++)
        {
            int length = Mutation.Make(random, corpus, octets);
            Take(octets.AsSpan(0, length), options[random.Next(options.Length)], asText: i % 16 == 0);
        }
    }

    private static byte[] WithLength(byte[] octets)
    {
        BinaryPrimitives.WriteUInt16BigEndian(octets.AsSpan(16), (ushort)octets.Length);
        return octets;
    }

    private static long Most(int octets) => PerMessage + ((long)PerOctet * octets);

    private static void AssertTakesLess(byte[] octets, CodecOptions options)
    {
        long allocated = Allocations.Of(() => HexCase.Take(octets, options));
        if (allocated > Most(octets.Length)) Assert.Fail($"{allocated} octets of memory for {Convert.ToHexString(octets)}");
    }

    private static void Take(ReadOnlySpan<byte> octets, CodecOptions options, bool asText = true)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        (FrameStatus status, DecodeResult result) = HexCase.Take(octets, options);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        if (allocated > Most(octets.Length)) AssertTakesLess(octets.ToArray(), options);

        if (status == FrameStatus.NeedMore) return;
        Assert.True(result.Message is null != result.Error is null);
        if (asText) Assert.DoesNotContain('\n', $"{result.Message}{result.Error}{result.Findings}");
        Span<byte> buffer = stackalloc byte[BgpMessage.MaxLength];
        result.Error?.Encode(buffer, options);
        if (result.Message is not { } message || !result.Findings.IsEmpty) return;
        ReadOnlySpan<byte> again = buffer[..message.Encode(buffer, options)];
        Assert.Equal(message, HexCase.Take(again, options).Result.Message);
    }
}
