using LbSpeaker.Core.Net;

namespace LbSpeaker.Core.Tests.Net;

public sealed class IpAddressTests
{
    [Theory]
    [InlineData("192.0.2.1", "192.0.2.1")]
    [InlineData("0.0.0.0", "0.0.0.0")]
    [InlineData("255.255.255.255", "255.255.255.255")]
    [InlineData("2001:DB8:0:0:0:0:0:1", "2001:db8::1")]
    [InlineData("::", "::")]
    [InlineData("2001:db8::192.0.2.1", "2001:db8::c000:201")]
    [InlineData("::192.0.2.1", "::c000:201")]
    [InlineData("2001:db8::5efe:192.0.2.1", "2001:db8::5efe:c000:201")]
    [InlineData("::ffff:0:192.0.2.1", "::ffff:0:c000:201")]
    [InlineData("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1")]
    [InlineData("2001:0:0:1:0:0:0:1", "2001:0:0:1::1")]
    [InlineData("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1")]
    [InlineData("1:0:0:0:0:0:0:0", "1::")]
    [InlineData("0:0:0:0:0:0:0:1", "::1")]
    [InlineData("::ffff:192.0.2.1", "192.0.2.1")]
    [InlineData("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")]
    public void An_address_reads_and_prints_canonically(string text, string canonical)
    {
        Assert.True(IpAddress.TryParse(text, out IpAddress address));
        Assert.Equal(canonical, address.ToString());
        Span<byte> octets = stackalloc byte[16];
        Assert.Equal(address, IpAddress.FromBytes(octets[..address.WriteBytes(octets)]));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" 192.0.2.1")]
    [InlineData("192.0.2")]
    [InlineData("192.0.2.1.1")]
    [InlineData("192.0.2.256")]
    [InlineData("192.0.2.01")]
    [InlineData("0xc0.0.2.1")]
    [InlineData("192.0.2.+1")]
    [InlineData("3221225985")]
    [InlineData("2001:db8::1%eth0")]
    [InlineData("[2001:db8::1]")]
    [InlineData("2001:db8::1/64")]
    [InlineData("2001:db8:::1")]
    [InlineData("2001:db8::1::2")]
    [InlineData("lb.example.com")]
    public void What_other_resolvers_let_pass_is_refused(string text) => Assert.False(IpAddress.TryParse(text, out _));

    [Fact]
    public void Every_v4_address_sorts_before_every_v6_address()
    {
        IpAddress[] sorted = [.. new[] { "2001:db8::1", "255.255.255.255", "::", "192.0.2.10", "192.0.2.9" }.Select(IpAddress.Parse).Order()];
        Assert.Equal(["192.0.2.9", "192.0.2.10", "255.255.255.255", "::", "2001:db8::1"], sorted.Select(a => a.ToString()));
    }
}
