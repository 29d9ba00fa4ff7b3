using LbSpeaker.Bgp.Wire;
using LbSpeaker.Bgp.Wire.Attributes;
using LbSpeaker.Core.Net;

namespace LbSpeaker.Bgp.Tests.Wire;

/// <summary>AS_PATH and AS4_PATH together, RFC 6793 section 4.2.3.</summary>
public sealed class AsPathTests
{
    [Theory]
    [InlineData("65001", null, "65001")]
    [InlineData("65001 23456", "4200000001", "65001 4200000001")]
    [InlineData("65001 65002 23456 23456", "4200000001 4200000002", "65001 65002 4200000001 4200000002")]
    [InlineData("23456", "4200000001", "4200000001")]
    [InlineData("23456", "65001 4200000001", "23456")]
    [InlineData("65001 {65002,65003} 23456", "4200000001", "65001 {65002 65003} 4200000001")]
    [InlineData("65001 {65002,23456}", "{65002,4200000001}", "65001 {65002 4200000001}")]
    [InlineData("(64512) 65001 23456", "4200000001", "(64512) 65001 4200000001")]
    [InlineData("(64512) 23456", "4200000001", "(64512) 4200000001")]
    [InlineData("65001 (64512) 23456", "4200000001", "65001 (64512) 4200000001")]
    public void The_leading_numbers_of_the_one_stand_before_the_other(string path, string? four, string merged) =>
        Assert.Equal(merged, AsPath.Merge(Parse(path), four is null ? null : Parse(four)).ToString());

    [Theory]
    [InlineData(OpenMessage.AsTrans, "65001 4200000001")]
    [InlineData(65009u, "65001 23456")]
    public void An_aggregator_that_is_no_longer_AS_TRANS_makes_the_AS4_attributes_stale(uint aggregator, string path)
    {
        IpAddress id = IpAddress.Parse("192.0.2.9");
        PathAttribute[] attributes =
        [
            new AsPathAttribute(AsPath.Sequence(65001, 23456)),
            new AggregatorAttribute(new(aggregator, id)),
            new As4PathAttribute(AsPath.Sequence(4200000001)),
            new As4AggregatorAttribute(new(4200000009, id)),
        ];
        Assert.Equal(path, new UpdateMessage([], [.. attributes], []).Path!.ToString());
    }

    [Fact]
    public void A_path_is_as_long_as_route_selection_counts() => Assert.Equal(4, Parse("(64512) 65001 {65002,65003} 65004 65005").Length);

    /// <summary>Numbers are a sequence, {…} a set, (…) a confederation sequence.</summary>
    private static AsPath Parse(string text)
    {
        List<AsPathSegment> segments = [];
        foreach (string word in text.Split(' '))
        {
            uint[] numbers = [.. word.Trim('{', '}', '(', ')').Split(',').Select(uint.Parse)];
            AsPathSegmentType type = word[0] switch { '{' => AsPathSegmentType.Set, '(' => AsPathSegmentType.ConfederationSequence, _ => AsPathSegmentType.Sequence };
            if (type == AsPathSegmentType.Sequence && segments is [.., { Type: AsPathSegmentType.Sequence } last]) segments[^1] = new(type, [.. last.Numbers, .. numbers]);
            else segments.Add(new(type, [.. numbers]));
        }
        return new([.. segments]);
    }
}
