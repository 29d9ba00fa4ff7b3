using CsCheck;
using LbSpeaker.Bfd.Engine;
using LbSpeaker.Bfd.Wire;
using LbSpeaker.Core.Net;

namespace LbSpeaker.Bfd.Tests.Wire;

public sealed class EchoPacketTests
{
    private static readonly byte[] Key = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];

    [Fact]
    public void An_echo_comes_back_as_it_went() => Gen.Select(Gen.UInt, Gen.UInt).Sample((discriminator, sequence) =>
    {
        byte[] octets = new byte[EchoPacket.Length];
        EchoPacket sent = new(discriminator, sequence);
        return sent.Encode(octets, Key) == EchoPacket.Length && EchoPacket.TryDecode(octets, Key, out EchoPacket returned) && returned == sent;
    });

    [Fact]
    public void Nobody_else_can_make_one_or_change_one() => Gen.Select(Gen.Int[0, EchoPacket.Length - 1], Gen.Byte[1, 255], Gen.Byte.Array[0, 60]).Sample((at, flip, noise) =>
    {
        byte[] octets = new byte[EchoPacket.Length];
        new EchoPacket(1, 2).Encode(octets, Key);
        bool underAnotherKey = EchoPacket.TryDecode(octets, [.. Key.Reverse()], out _);
        octets[at] ^= flip;
        return !underAnotherKey && !EchoPacket.TryDecode(octets, Key, out _) && !EchoPacket.TryDecode(noise, Key, out _);
    });

    [Theory]
    [InlineData("192.0.2.1", "192.0.2.1", "45c0003800000000ff11 36f2 c0000201 c0000201 0ec90ec9 0024 a74c 000102030405060708090a0b0c0d0e0f101112131415161718191a1b")]
    [InlineData("198.51.100.7", "192.0.2.1", "45c0003800000000ff11 ceb8 c6336407 c0000201 0ec90ec9 0024 3f13 000102030405060708090a0b0c0d0e0f101112131415161718191a1b")]
    [InlineData("2001:db8::1", "2001:db8::1", "6c000000 0024 11 ff 20010db8000000000000000000000001 20010db8000000000000000000000001 0ec90ec9 0024 cfdb 000102030405060708090a0b0c0d0e0f101112131415161718191a1b")]
    public void The_frame_is_a_whole_packet_to_ourselves_with_sound_checksums(string source, string local, string expected)
    {
        byte[] payload = [.. Enumerable.Range(0, EchoPacket.Length).Select(i => (byte)i)], frame = new byte[EchoFrame.MaxLength];
        IpAddress address = IpAddress.Parse(local);
        int length = EchoFrame.Write(frame, IpAddress.Parse(source), address, payload);
        Assert.Equal(expected.Replace(" ", "", StringComparison.Ordinal), Convert.ToHexStringLower(frame.AsSpan(0, length)));
        Assert.Equal(payload, EchoFrame.Payload(frame.AsSpan(0, length), address.Family).ToArray());
        Assert.True(EchoFrame.Payload(frame.AsSpan(0, length - 1), address.Family).IsEmpty);
    }
}
