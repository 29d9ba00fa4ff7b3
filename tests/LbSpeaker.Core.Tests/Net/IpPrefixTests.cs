using LbSpeaker.Core.Net;

namespace LbSpeaker.Core.Tests.Net;

public sealed class IpPrefixTests
{
    [Theory]
    [InlineData("192.0.2.0/24", "192.0.2.0/24")]
    [InlineData("192.0.2.7/24", "192.0.2.0/24")]
    [InlineData("192.0.2.7/32", "192.0.2.7/32")]
    [InlineData("255.255.255.255/1", "128.0.0.0/1")]
    [InlineData("192.0.2.7/0", "0.0.0.0/0")]
    [InlineData("2001:db8::1/64", "2001:db8::/64")]
    [InlineData("2001:db8::1/128", "2001:db8::1/128")]
    [InlineData("ffff::/1", "8000::/1")]
    [InlineData("2001:db8::/0", "::/0")]
    public void A_prefix_reads_with_host_bits_cleared(string text, string canonical)
    {
        Assert.True(IpPrefix.TryParse(text, out IpPrefix prefix));
        Assert.Equal(canonical, prefix.ToString());
        Assert.Equal(IpPrefix.Parse(canonical), prefix);
        Assert.Equal(prefix.Address, prefix.Range.First);
        Assert.True(prefix.Contains(prefix.Range.First) && prefix.Contains(prefix.Range.Last));
    }

    [Theory]
    [InlineData("")]
    [InlineData("192.0.2.0")]
    [InlineData("192.0.2.0/")]
    [InlineData("192.0.2.0/33")]
    [InlineData("192.0.2.0/-1")]
    [InlineData("192.0.2.0/+8")]
    [InlineData("192.0.2.0/08")]
    [InlineData("192.0.2.0 /24")]
    [InlineData("192.0.2.0/24/24")]
    [InlineData("2001:db8::/129")]
    [InlineData("lb.example.com/24")]
    public void What_is_no_prefix_is_refused(string text) => Assert.False(IpPrefix.TryParse(text, out _));

    [Fact]
    public void A_length_beyond_the_family_throws()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new IpPrefix(IpAddress.Parse("192.0.2.0"), 33));
        Assert.Throws<ArgumentOutOfRangeException>(() => new IpPrefix(IpAddress.Parse("2001:db8::"), -1));
    }

    [Fact]
    public void Prefixes_sort_by_family_then_address_then_the_wider_first()
    {
        IpPrefix[] sorted = [.. new[] { "2001:db8::/32", "10.1.0.0/16", "10.0.0.0/16", "::/0", "10.0.0.0/8", "192.0.2.0/24" }.Select(IpPrefix.Parse).Order()];
        Assert.Equal(["10.0.0.0/8", "10.0.0.0/16", "10.1.0.0/16", "192.0.2.0/24", "::/0", "2001:db8::/32"], sorted.Select(p => p.ToString()));
    }

    [Theory]
    [InlineData("192.0.2.0/24", "192.0.2.255", true)]
    [InlineData("192.0.2.0/24", "192.0.3.0", false)]
    [InlineData("0.0.0.0/0", "203.0.113.1", true)]
    [InlineData("0.0.0.0/0", "2001:db8::1", false)]
    [InlineData("::/0", "2001:db8::1", true)]
    public void A_prefix_contains_addresses_of_its_own_family_only(string prefix, string address, bool contains) =>
        Assert.Equal(contains, IpPrefix.Parse(prefix).Contains(IpAddress.Parse(address)));

    [Fact]
    public void The_host_prefix_has_one_address()
    {
        Assert.Equal(IpPrefix.Parse("192.0.2.7/32"), IpPrefix.Host(IpAddress.Parse("192.0.2.7")));
        Assert.Equal(UInt128.One, IpPrefix.Host(IpAddress.Parse("2001:db8::7")).Range.Count);
    }
}
