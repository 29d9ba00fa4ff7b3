using LbSpeaker.Bgp.Wire;

namespace LbSpeaker.Bgp.Tests.Wire;

/// <summary>The recorded and written messages of <c>Cases</c>, both ways.</summary>
public sealed class CaseTests
{
    public static TheoryData<string> Files() => [.. HexCase.Files];

    [Fact]
    public void There_are_cases_of_every_kind()
    {
        Assert.True(HexCase.All.Count(c => c.File.StartsWith("peers", StringComparison.Ordinal)) >= 50);
        foreach (string folder in new[] { "messages", "rfc4271", "rfc7606" }) Assert.Contains(HexCase.Files, f => f.StartsWith(folder, StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void A_case_decodes_to_what_it_says(string file)
    {
        foreach (HexCase @case in HexCase.Read(file))
        {
            (FrameStatus status, DecodeResult result) = HexCase.Take(@case.Octets, @case.Options);
            Assert.NotEqual(FrameStatus.NeedMore, status);
            Assert.Equal((@case.Text, @case.Error), (result.Message?.ToString(), result.Error?.ToString()));
            Assert.Equal(@case.Findings, result.Findings.Select(f => f.ToString()));
        }
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void A_message_without_faults_encodes_to_the_same_octets(string file)
    {
        byte[] buffer = new byte[BgpMessage.MaxLength];
        foreach (HexCase @case in HexCase.Read(file))
        {
            DecodeResult result = HexCase.Take(@case.Octets, @case.Options).Result;
            if (result.Message is not { } message || !result.Findings.IsEmpty) continue;
            byte[] octets = buffer[..message.Encode(buffer, @case.Options)];
            if (@case.EncodesOtherwise) Assert.NotEqual(@case.Octets, octets);
            else Assert.Equal(Convert.ToHexString(@case.Octets), Convert.ToHexString(octets));
            Assert.Equal(message, HexCase.Take(octets, @case.Options).Result.Message);
        }
    }
}
