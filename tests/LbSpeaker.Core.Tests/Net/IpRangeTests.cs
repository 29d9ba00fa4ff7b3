using LbSpeaker.Core.Net;

namespace LbSpeaker.Core.Tests.Net;

public sealed class IpRangeTests
{
    public static TheoryData<string, string, string, UInt128> Sizes => new()
    {
        { "192.0.2.7", "192.0.2.7", "192.0.2.7", 1 },
        { "192.0.2.7/32", "192.0.2.7", "192.0.2.7", 1 },
        { "192.0.2.7/24", "192.0.2.0", "192.0.2.255", 256 },
        { "0.0.0.0/0", "0.0.0.0", "255.255.255.255", (UInt128)1 << 32 },
        { " 192.0.2.7 - 192.0.2.9 ", "192.0.2.7", "192.0.2.9", 3 },
        { "192.0.2.0 / 30", "192.0.2.0", "192.0.2.3", 4 },
        { "2001:db8::/64", "2001:db8::", "2001:db8::ffff:ffff:ffff:ffff", (UInt128)1 << 64 },
        { "2001:db8::1/128", "2001:db8::1", "2001:db8::1", 1 },
        { "::/1", "::", "7fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", (UInt128)1 << 127 },
        { "::/0", "::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", UInt128.MaxValue },
    };

    [Theory]
    [MemberData(nameof(Sizes))]
    public void A_range_reads_with_its_ends_and_size(string text, string first, string last, UInt128 count)
    {
        Assert.True(IpRange.TryParse(text, out IpRange range, out string? error), error);
        Assert.Equal(IpAddress.Parse(first), range.First);
        Assert.Equal(IpAddress.Parse(last), range.Last);
        Assert.Equal(count, range.Count);
        Assert.True(range.Contains(range.First) && range.Contains(range.Last));
    }

    [Theory]
    [InlineData("", "is not an address, prefix or range")]
    [InlineData("192.0.2.0/33", "expected /0 to /32")]
    [InlineData("192.0.2.0/-1", "two addresses as first-last")]
    [InlineData("192.0.2.0/", "expected /0 to /32")]
    [InlineData("2001:db8::/129", "expected /0 to /128")]
    [InlineData("192.0.2.9-192.0.2.1", "did you mean 192.0.2.1-192.0.2.9")]
    [InlineData("192.0.2.1-2001:db8::1", "mixes IPv4 and IPv6")]
    [InlineData("192.0.2.1-192.0.2.2-192.0.2.3", "two addresses as first-last")]
    [InlineData("192.0.2.1-9", "two addresses as first-last")]
    public void A_range_that_cannot_be_read_says_what_was_expected(string text, string says)
    {
        Assert.False(IpRange.TryParse(text, out _, out string? error));
        Assert.Contains(says, error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("192.0.2.0/28", "192.0.2.15-192.0.2.20", true)]
    [InlineData("192.0.2.0/28", "192.0.2.16-192.0.2.20", false)]
    [InlineData("::/0", "2001:db8::1", true)]
    [InlineData("0.0.0.0/0", "::/0", false)]
    public void Overlap_goes_both_ways_and_never_across_families(string one, string other, bool overlap)
    {
        Assert.True(IpRange.TryParse(one, out IpRange a, out _));
        Assert.True(IpRange.TryParse(other, out IpRange b, out _));
        Assert.Equal(overlap, a.Overlaps(b));
        Assert.Equal(overlap, b.Overlaps(a));
    }
}
