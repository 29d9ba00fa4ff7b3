using System.Text;
using CsCheck;
using LbSpeaker.Bfd.Wire;

namespace LbSpeaker.Bfd.Tests.Wire;

public sealed class ControlPacketTests
{
    public static TheoryData<HexCase> Cases() => [.. HexCase.All];

    private static readonly Gen<ControlPacket> Packets =
        from head in Gen.Select(Gen.Byte[0, 31], Gen.Byte[0, 3], Gen.Byte[1, 255], Gen.UInt[1, uint.MaxValue], Gen.UInt[1, uint.MaxValue])
        from bits in Gen.Bool.Array[4]
        from intervals in Gen.UInt.Array[3]
        select new ControlPacket
        {
            Diagnostic = (BfdDiagnostic)head.Item1, State = (BfdState)head.Item2, DetectMultiplier = head.Item3, MyDiscriminator = head.Item4, YourDiscriminator = head.Item5,
            Poll = bits[0], Final = bits[1], ControlPlaneIndependent = bits[2], Demand = bits[3],
            DesiredMinTx = new(intervals[0]), RequiredMinRx = new(intervals[1]), RequiredMinEchoRx = new(intervals[2]),
        };

    [Fact]
    public void There_are_cases_of_both_peers_and_one_for_each_check()
    {
        Assert.Equal(4, HexCase.All.Count(c => c.Name.StartsWith("frr-", StringComparison.Ordinal)));
        Assert.Equal(5, HexCase.All.Count(c => c.Name.StartsWith("bird-", StringComparison.Ordinal)));
        DiscardReason[] ofThePacket =
        [
            DiscardReason.Version, DiscardReason.TooShort, DiscardReason.LengthBeyondPayload, DiscardReason.ZeroDetectMultiplier, DiscardReason.Multipoint, DiscardReason.ZeroMyDiscriminator,
            DiscardReason.ZeroYourDiscriminator, DiscardReason.AuthenticationUnexpected, DiscardReason.AuthenticationMissing, DiscardReason.AuthenticationType, DiscardReason.AuthenticationKeyId,
            DiscardReason.AuthenticationLength, DiscardReason.AuthenticationMismatch,
        ];
        Assert.Empty(ofThePacket.Select(r => $"discard {r}").Except(HexCase.All.Select(c => c.Expected)));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_packet_comes_to_what_its_file_says(HexCase @case) => Assert.Equal(@case.Expected, Describe(@case.Octets, @case.Authentication));

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_packet_that_is_taken_encodes_to_the_same_octets(HexCase @case)
    {
        if (@case.Expected.StartsWith("discard", StringComparison.Ordinal)) return;
        Assert.Null(ControlPacket.TryDecode(@case.Octets, out ControlPacket packet));
        byte[] buffer = new byte[ControlPacket.MaxLength];
        int length = packet.Encode(buffer);
        if (@case.Authentication is { } authentication) length = PacketAuthenticator.Sign(buffer, authentication, packet.Authentication.Sequence);
        Assert.Equal(Convert.ToHexString(@case.Octets.AsSpan(0, @case.Octets[3])), Convert.ToHexString(buffer.AsSpan(0, length)));
    }

    [Fact]
    public void Every_packet_survives_encoding() => Packets.Sample(packet =>
    {
        byte[] buffer = new byte[ControlPacket.HeaderLength];
        packet.Encode(buffer);
        return ControlPacket.TryDecode(buffer, out ControlPacket decoded) is null && decoded == packet;
    });

    /// <summary>Guard octets behind the packet show that nothing is read or written beyond it.</summary>
    [Fact]
    public void Any_octets_give_a_packet_or_a_reason_and_never_an_exception() =>
        Gen.Select(Gen.Byte.Array[0, 80], Gen.Int[0, HexCase.All.Count - 1], Gen.Int[0, 79], Gen.Byte).Sample((noise, which, at, flip) =>
        {
            HexCase @case = HexCase.All[which];
            byte[] octets = [.. @case.Octets];
            if (at < octets.Length) octets[at] ^= flip;
            foreach (byte[] payload in new[] { noise, octets, octets[..Math.Min(at, octets.Length)] })
                Describe(payload, @case.Authentication);
        });

    [Fact]
    public void Contents_are_all_but_poll_final_and_sequence() => Packets.Sample(packet =>
        packet.HasSameContents(packet with { Poll = !packet.Poll, Final = !packet.Final, Authentication = packet.Authentication with { Sequence = 5 } })
        && !packet.HasSameContents(packet with { Demand = !packet.Demand })
        && !packet.HasSameContents(packet with { DetectMultiplier = (byte)~packet.DetectMultiplier }));

    private static string Describe(byte[] octets, BfdAuthentication? authentication)
    {
        if (ControlPacket.TryDecode(octets, out ControlPacket packet) is { } malformed) return $"discard {malformed}";
        if (PacketAuthenticator.Check(octets, packet, authentication, expected: null) is { } refused) return $"discard {refused}";
        StringBuilder text = new($"{packet.State}");
        if (packet.Poll) text.Append(" poll");
        if (packet.Final) text.Append(" final");
        if (packet.ControlPlaneIndependent) text.Append(" independent");
        if (packet.Demand) text.Append(" demand");
        if (packet.Diagnostic != BfdDiagnostic.NoDiagnostic) text.Append($" diag {packet.Diagnostic}");
        text.Append($" mult {packet.DetectMultiplier} my {packet.MyDiscriminator:x8} your {packet.YourDiscriminator:x8} tx {packet.DesiredMinTx} rx {packet.RequiredMinRx} echo {packet.RequiredMinEchoRx}");
        if (packet.Authentication.Type != BfdAuthenticationType.None) text.Append($" {packet.Authentication.Type} key {packet.Authentication.KeyId}");
        if (packet.Authentication.Sequence != 0) text.Append($" sequence {packet.Authentication.Sequence:x8}");
        return text.ToString();
    }
}
