using LbSpeaker.Core.Net;

namespace LbSpeaker.Core.Tests.Net;

public sealed class IpPrefixTests
{
    [Theory]
    [InlineData("192.0.2.7/24", "192.0.2.0/24")]
    [InlineData("192.0.2.7/32", "192.0.2.7/32")]
    [InlineData("192.0.2.7/0", "0.0.0.0/0")]
    [InlineData("2001:db8::7/64", "2001:db8::/64")]
    [InlineData("2001:db8::7/128", "2001:db8::7/128")]
    [InlineData("ffff::1/0", "::/0")]
    public void Host_bits_are_cleared(string text, string expected) => Assert.Equal(expected, IpPrefix.Parse(text).ToString());

    [Theory]
    [InlineData("192.0.2.7")]
    [InlineData("192.0.2.7/33")]
    [InlineData("192.0.2.7/-1")]
    [InlineData("192.0.2.7/+1")]
    [InlineData("192.0.2/24")]
    [InlineData("2001:db8::/129")]
    [InlineData("/24")]
    [InlineData("")]
    public void What_is_no_prefix_is_refused(string text) => Assert.False(IpPrefix.TryParse(text, out _));

    [Fact]
    public void Prefixes_sort_by_family_address_and_length()
    {
        string[] sorted = ["0.0.0.0/0", "192.0.2.0/24", "192.0.2.0/25", "192.0.2.128/25", "::/0", "2001:db8::/32"];
        Assert.Equal(sorted, sorted.Reverse().Select(IpPrefix.Parse).Order().Select(p => p.ToString()));
    }

    [Fact]
    public void A_prefix_contains_its_addresses_and_no_other()
    {
        IpPrefix prefix = IpPrefix.Parse("192.0.2.64/26");
        Assert.True(prefix.Contains(IpAddress.Parse("192.0.2.127")));
        Assert.False(prefix.Contains(IpAddress.Parse("192.0.2.128")));
        Assert.False(prefix.Contains(IpAddress.Parse("2001:db8::")));
        Assert.Throws<ArgumentOutOfRangeException>(() => IpPrefix.Of(IpAddress.Parse("192.0.2.1"), 33));
    }
}
