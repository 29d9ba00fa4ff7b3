using System.Buffers.Binary;
using CsCheck;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Reports;

namespace LbSpeaker.Core.Tests.Reports;

public sealed class PacketEnvelopeTests
{
    private static readonly Gen<IpFamily> Family = Gen.Bool.Select(b => b ? IpFamily.IPv4 : IpFamily.IPv6);

    private static readonly Gen<(IpAddress From, IpAddress To)> Ends = Family.SelectMany(family => Gen.Select(Gen.Byte.Array[16], Gen.Byte.Array[16],
        (a, b) => (IpAddress.FromBytes(a.AsSpan(0, IpAddress.Bits(family) / 8)), IpAddress.FromBytes(b.AsSpan(0, IpAddress.Bits(family) / 8)))));

    [Fact]
    public void What_is_written_is_read_and_its_sums_are_right() => Gen.Select(Ends, Gen.UShort, Gen.Byte, Gen.Byte.Array[0, 300], Gen.Bool).Sample((ends, port, hops, payload, isStream) =>
    {
        byte[] octets = new byte[PacketEnvelope.MostHead + payload.Length];
        octets.AsSpan().Fill(0xee);
        int length = new PacketEnvelope(ends.From, 7, ends.To, port, hops, payload, isStream ? (port, hops) : null).Write(octets);
        Assert.True(PacketEnvelope.TryRead(octets.AsSpan(0, length), out PacketEnvelope read));
        Assert.Equal((ends.From, 7, ends.To, port, hops), (read.Source, read.SourcePort, read.Destination, read.Port, read.Hops));
        Assert.Equal(payload, read.Payload.ToArray());
        int head = ends.From.Family == IpFamily.IPv4 ? 20 : 40;
        if (head == 20) Assert.Equal(0xffff, Fold(octets.AsSpan(0, head), 0));
        Assert.Equal(0xffff, Fold(octets.AsSpan(head, length - head), (uint)((isStream ? 6 : 17) + length - head) + (uint)Words(octets.AsSpan(head == 20 ? 12 : 8, head == 20 ? 8 : 32))));
    });

    [Fact]
    public void Any_octets_are_read_or_refused() => Gen.Byte.Array[0, 80].Sample(octets =>
    {
        if (PacketEnvelope.TryRead(octets, out PacketEnvelope read)) Assert.True(read.Payload.Length < octets.Length);
    });

    /// <summary>RFC 1071: with the sum in its place everything adds up to ones.</summary>
    private static int Fold(ReadOnlySpan<byte> octets, uint before)
    {
        long sum = before + Words(octets);
        while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
        return (int)sum;
    }

    private static long Words(ReadOnlySpan<byte> octets)
    {
        long sum = 0;
        for (; octets.Length >= 2; octets = octets[2..]) sum += BinaryPrimitives.ReadUInt16BigEndian(octets);
        return octets.IsEmpty ? sum : sum + (octets[0] << 8);
    }
}
