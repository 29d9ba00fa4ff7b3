using CsCheck;
using LbSpeaker.Testing.Frames;

namespace LbSpeaker.Layer2.Tests;

/// <summary>What people are told that a frame says.</summary>
public sealed class FrameTextTests
{
    /// <summary>Every frame of the cases, by name, and its words: Cases/words.txt.</summary>
    [Fact]
    public void Each_case_has_its_words() => Assert.Equal(
        File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Cases", "words.txt")),
        string.Concat(new[] { "Arp", "Ndp" }.SelectMany(FrameCase.ReadAll).Select(c => $"{c.Name}: {FrameText.Of(c.Frame).Words}\n")));

    [Fact]
    public void What_is_answered_names_its_address() => Assert.All(
        new[] { "Arp", "Ndp" }.SelectMany(FrameCase.ReadAll).Where(c => c.Reply is not null),
        c => Assert.Contains(FrameText.Of(c.Frame).Addresses, a => a == Segment.IPv4 || a == Segment.IPv6));

    [Fact]
    public void Any_octets_have_words() => Gen.Select(Gen.OneOf(Gen.Const((byte[])[]), Gen.Const((byte[])[8, 6]), Gen.Const((byte[])[0x86, 0xDD])), Gen.Byte.Array[0, 120]).Sample((type, rest) =>
        Assert.NotEmpty(FrameText.Of([.. new byte[type.Length > 0 ? 12 : 0], .. type, .. rest]).Words));
}
