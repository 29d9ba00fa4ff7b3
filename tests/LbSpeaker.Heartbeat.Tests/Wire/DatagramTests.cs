using CsCheck;
using LbSpeaker.Core.Values;
using LbSpeaker.Heartbeat.Wire;
using LbSpeaker.Testing.Frames;

namespace LbSpeaker.Heartbeat.Tests.Wire;

public sealed class DatagramTests
{
    private static readonly IReadOnlyList<HexFile> All = HexFile.ReadAll("Wire", "Cases");

    private static readonly HeartbeatKey Key = new(7, new SecretOctets("0123456789abcdef"u8));

    private static readonly Gen<string> Names = Gen.Char['a', 'z'].Array[1, NodeName.MaxLength].Select(c => new string(c));

    private static readonly Gen<Rumor> Rumors = Gen.Select(Names, Gen.UInt, Gen.Int[1, 3], (subject, version, standing) => new Rumor(subject, version, (Standing)standing));

    private static readonly Gen<HeartbeatMessage> Messages = Gen.OneOf(
        Gen.Select(Gen.ULong, Names, (inquiry, subject) => (HeartbeatMessage)new HeartbeatMessage.Ask(inquiry, subject)),
        Gen.Select(Gen.ULong, Names, Gen.Bool, (inquiry, subject, hears) => (HeartbeatMessage)new HeartbeatMessage.Answer(inquiry, subject, hears)),
        Rumors.Array[1, 40].Select(rumors => (HeartbeatMessage)HeartbeatMessage.Notices(rumors).First()));

    public static TheoryData<string> Cases() => [.. All.Select(f => f.Name)];

    [Fact]
    public void There_is_a_case_for_each_check_of_the_octets()
    {
        DiscardReason[] ofTheOctets = [DiscardReason.TooShort, DiscardReason.Version, DiscardReason.KeyId, DiscardReason.Mismatch, DiscardReason.Kind, DiscardReason.Malformed];
        Assert.Empty(ofTheOctets.Select(r => r.ToString()).Except(All.Select(f => f.Sections[^1]).Where(s => s.Word == "dropped").Select(s => s.Argument)));
        Assert.True(All.Count(f => f.Sections[^1].Word == "says") >= 5);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_datagram_comes_to_what_its_file_says(string name)
    {
        (byte[] octets, ValueArray<HeartbeatKey> keys, string expected) = Read(name);
        Assert.Equal(expected, Describe(octets, keys));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_datagram_that_is_taken_encodes_to_the_same_octets(string name)
    {
        (byte[] octets, ValueArray<HeartbeatKey> keys, string expected) = Read(name);
        if (expected.StartsWith("dropped", StringComparison.Ordinal)) return;
        Assert.Null(Datagram.TryDecode(octets, keys, out DatagramHeader header, out HeartbeatMessage? message));
        Assert.Equal(Convert.ToHexString(octets), Convert.ToHexString(Encode(header, message!, keys[0])));
    }

    [Fact]
    public void Every_message_survives_encoding_within_the_length_that_passes_every_link() => Gen.Select(Names, Names, Gen.ULong, Gen.ULong, Messages).Sample((from, to, incarnation, sequence, message) =>
    {
        DatagramHeader header = new(from, to, incarnation, sequence);
        byte[] octets = Encode(header, message, Key);
        return octets.Length <= Datagram.MaxLength && Datagram.TryDecode(octets, [Key], out DatagramHeader decoded, out HeartbeatMessage? said) is null && decoded == header && said == message;
    });

    [Fact]
    public void A_datagram_that_was_cut_or_changed_anywhere_is_dropped() =>
        Gen.Select(Messages, Gen.Int[0, Datagram.MaxLength], Gen.Byte[1, 255]).Sample((message, at, flip) =>
        {
            byte[] octets = Encode(new("node-a", "node-b", 1, 2), message, Key);
            at %= octets.Length;
            byte[] changed = [.. octets];
            changed[at] ^= flip;
            return Datagram.TryDecode(octets.AsSpan(0, at), [Key], out _, out _) is not null && Datagram.TryDecode(changed, [Key], out _, out _) is not null;
        });

    /// <summary>The code is right, so that all behind it is read.</summary>
    [Fact]
    public void Any_octets_that_are_signed_give_a_message_or_a_reason_and_never_an_exception() => Gen.Select(Messages, Gen.Byte.Array[0, 60], Gen.Int[0, Datagram.MaxLength]).Sample((message, noise, at) =>
    {
        byte[] octets = Encode(new("node-a", "node-b", 1, 2), message, Key);
        at = 4 + at % (octets.Length - 20);
        byte[] spoiled = [.. octets[..at], .. noise, .. new byte[40]];
        System.Security.Cryptography.HMACSHA256.HashData(Key.Secret.Reveal(), spoiled.AsSpan(0, spoiled.Length - 16)).AsSpan(0, 16).CopyTo(spoiled.AsSpan(spoiled.Length - 16));
        DiscardReason? reason = Datagram.TryDecode(spoiled, [Key], out _, out HeartbeatMessage? read);
        return reason is null == read is not null && reason is null or DiscardReason.Kind or DiscardReason.Malformed;
    });

    [Fact]
    public void Notices_hold_all_rumors_in_their_order() => Rumors.Array[0, 200].Sample(rumors =>
        HeartbeatMessage.Notices(rumors).SelectMany(n => n.Rumors).SequenceEqual(rumors));

    [Fact]
    public void Each_purpose_and_each_pair_has_a_key_of_its_own()
    {
        HeartbeatKey secret = new(7, new SecretOctets(Enumerable.Range(0, 32).Select(i => (byte)i).ToArray()));
        // HKDF-SHA256 (RFC 5869) by another implementation.
        Assert.Equal("88fdf5b84615a422a6f8d033922344b70e2f840eff1a3126cccdd7e6c889aefe", Convert.ToHexStringLower(KeyDerivation.ForDatagrams(secret).Secret.Reveal()));
        Assert.Equal(new(7, Convert.FromHexString("1c4fb40422dc3d20ed81cb27e511d23369cb1811")), KeyDerivation.ForSession(secret, "node-b", "node-a"));
        Assert.Equal(KeyDerivation.ForSession(secret, "node-a", "node-b"), KeyDerivation.ForSession(secret, "node-b", "node-a"));
        Assert.NotEqual(KeyDerivation.ForSession(secret, "node-a", "node-b"), KeyDerivation.ForSession(secret, "node-a", "node-c"));
        Assert.Equal("***", secret.ToString());
        Assert.DoesNotContain("00-01", new HeartbeatPlan("node-a", null, [], [secret], false).ToString(), StringComparison.Ordinal);
    }

    private static byte[] Encode(in DatagramHeader header, HeartbeatMessage message, HeartbeatKey key)
    {
        byte[] buffer = new byte[Datagram.MaxLength];
        return buffer[..Datagram.Encode(buffer, header, message, key)];
    }

    private static (byte[] Octets, ValueArray<HeartbeatKey> Keys, string Expected) Read(string name)
    {
        if (All.Single(f => f.Name == name).Sections is not [{ Word: "key" } key, { Word: "datagram" } datagram, { Word: "says" or "dropped" } end])
            throw new FormatException($"{name}: a case is a key, a datagram, and what it says or why it is dropped");
        string[] parts = key.Argument.Split(' ');
        return (datagram.Octets, [new(byte.Parse(parts[0], null), new SecretOctets(Convert.FromHexString(parts[1])))], $"{end.Word} {end.Argument}");
    }

    private static string Describe(byte[] octets, ValueArray<HeartbeatKey> keys)
    {
        if (Datagram.TryDecode(octets, keys, out DatagramHeader header, out HeartbeatMessage? message) is { } reason) return $"dropped {reason}";
        string contents = message switch
        {
            HeartbeatMessage.Ask ask => $" inquiry {ask.Inquiry:x16} {ask.Subject}",
            HeartbeatMessage.Answer answer => $" inquiry {answer.Inquiry:x16} {answer.Subject} {answer.Hears}",
            HeartbeatMessage.Notice { Rumors.IsEmpty: false } notice => " " + string.Join(", ", notice.Rumors.Select(r => $"{r.Subject} {r.Version} {r.Standing}")),
            _ => "",
        };
        return $"says {message!.GetType().Name} {header.From} to {header.To} {header.Incarnation:x}/{header.Sequence}:{contents}";
    }
}
