using CsCheck;
using LbSpeaker.Bfd.Wire;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Bfd.Tests.Wire;

public sealed class AuthenticationTests
{
    private static readonly BfdKey Key = BfdKey.FromText(1, "secret"), Other = BfdKey.FromText(2, "another");

    public static TheoryData<BfdAuthenticationType> Types() => [.. Enum.GetValues<BfdAuthenticationType>().Where(t => t != BfdAuthenticationType.None)];

    public static TheoryData<BfdAuthenticationType> KeyedTypes() => [.. Enum.GetValues<BfdAuthenticationType>().Where(t => t > BfdAuthenticationType.SimplePassword)];

    [Theory]
    [MemberData(nameof(Types))]
    public void What_one_side_signs_the_other_accepts_with_any_of_its_keys(BfdAuthenticationType type)
    {
        byte[] packet = Sign(type, [Other], 7);
        Assert.Null(Check(packet, type, [Key, Other], null));
        Assert.Equal(DiscardReason.AuthenticationKeyId, Check(packet, type, [Key], null));
    }

    [Theory]
    [MemberData(nameof(KeyedTypes))]
    public void The_next_packets_are_accepted_up_to_three_times_the_multiplier_ahead(BfdAuthenticationType type)
    {
        bool meticulous = type is BfdAuthenticationType.MeticulousKeyedMd5 or BfdAuthenticationType.MeticulousKeyedSha1;
        // The circle of 32 bits is crossed.
        foreach (uint last in new[] { 100u, uint.MaxValue, uint.MaxValue - 4 })
        {
            Assert.Equal(meticulous ? DiscardReason.AuthenticationSequence : null, Check(Sign(type, [Key], last), type, [Key], last));
            Assert.Null(Check(Sign(type, [Key], unchecked(last + 1)), type, [Key], last));
            Assert.Null(Check(Sign(type, [Key], unchecked(last + 9)), type, [Key], last));
            Assert.Equal(DiscardReason.AuthenticationSequence, Check(Sign(type, [Key], unchecked(last + 10)), type, [Key], last));
            Assert.Equal(DiscardReason.AuthenticationSequence, Check(Sign(type, [Key], unchecked(last - 1)), type, [Key], last));
        }
    }

    [Theory]
    [MemberData(nameof(KeyedTypes))]
    public void The_key_never_stands_in_the_packet(BfdAuthenticationType type) =>
        Assert.Equal(-1, Sign(type, [Key], 7).AsSpan().IndexOf("secret"u8));

    [Theory]
    [MemberData(nameof(Types))]
    public void One_changed_bit_is_never_accepted(BfdAuthenticationType type)
    {
        if (type == BfdAuthenticationType.SimplePassword) return;
        byte[] packet = Sign(type, [Key], 7);
        Gen.Select(Gen.Int[0, packet.Length - 1], Gen.Int[0, 7]).Sample((at, bit) =>
        {
            byte[] changed = [.. packet];
            changed[at] ^= (byte)(1 << bit);
            return ControlPacket.TryDecode(changed, out ControlPacket decoded) is not null || PacketAuthenticator.Check(changed, decoded, new(type, new[] { Key }.ToValueArray()), null) is not null;
        });
    }

    [Fact]
    public void A_key_is_compared_by_content_and_never_shown()
    {
        Assert.Equal(Key, BfdKey.FromText(1, "secret"));
        Assert.NotEqual(Key, BfdKey.FromText(2, "secret"));
        Assert.NotEqual(Key, BfdKey.FromText(1, "secreT"));
        BfdSettings settings = new() { Authentication = new(BfdAuthenticationType.KeyedSha1, new[] { Key }.ToValueArray()) };
        Assert.Equal(settings, settings with { Authentication = new(BfdAuthenticationType.KeyedSha1, new[] { BfdKey.FromText(1, "secret") }.ToValueArray()) });
        Assert.Contains("***", settings.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("secret", settings.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void What_could_never_work_is_refused()
    {
        Assert.Throws<ArgumentException>(() => new BfdKey(1, []));
        Assert.Throws<ArgumentException>(() => new BfdKey(1, new byte[21]));
        Assert.Throws<ArgumentException>(() => BfdKey.FromText(1, "schlüssel"));
        Assert.Throws<ArgumentException>(() => new BfdAuthentication(BfdAuthenticationType.None, new[] { Key }.ToValueArray()));
        Assert.Throws<ArgumentException>(() => new BfdAuthentication(BfdAuthenticationType.KeyedSha1, []));
        Assert.Throws<ArgumentException>(() => new BfdAuthentication(BfdAuthenticationType.KeyedSha1, new[] { Key, Key }.ToValueArray()));
        Assert.Throws<ArgumentException>(() => new BfdAuthentication(BfdAuthenticationType.KeyedMd5, new[] { new BfdKey(1, new byte[17]) }.ToValueArray()));
        Assert.NotNull(new BfdAuthentication(BfdAuthenticationType.KeyedSha1, new[] { new BfdKey(1, new byte[20]) }.ToValueArray()));
    }

    private static byte[] Sign(BfdAuthenticationType type, BfdKey[] keys, uint sequence)
    {
        byte[] buffer = new byte[ControlPacket.MaxLength];
        new ControlPacket { State = BfdState.Up, DetectMultiplier = 3, MyDiscriminator = 1, YourDiscriminator = 2 }.Encode(buffer);
        return buffer[..PacketAuthenticator.Sign(buffer, new(type, keys.ToValueArray()), sequence)];
    }

    private static DiscardReason? Check(byte[] packet, BfdAuthenticationType type, BfdKey[] keys, uint? expected)
    {
        Assert.Null(ControlPacket.TryDecode(packet, out ControlPacket decoded));
        return PacketAuthenticator.Check(packet, decoded, new(type, keys.ToValueArray()), expected);
    }
}
