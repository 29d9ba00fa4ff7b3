using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Values;
using LbSpeaker.Kubernetes.Writing;

namespace LbSpeaker.Kubernetes.Tests.Writing;

public sealed class AddressHandoverTests
{
    private static readonly ObjectKey Web = new("shop", "web");
    private static readonly IpAddress First = Address("192.0.2.1"), Second = Address("192.0.2.2");
    private readonly AddressHandover handover = new();

    private static IpAddress Address(string text) => IpAddress.TryParse(text, out IpAddress address) ? address : throw new FormatException(text);

    /// <summary>A Service and an IPClaim may have one name and are two.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_one_gives_up_the_other_gets_when_it_is_seen_to_be_gone(bool isFromClaim)
    {
        HolderName from = new(isFromClaim, Web), to = new(!isFromClaim, Web);
        handover.Observe(from, [First]);
        handover.SetDesired(from, []);
        Assert.True(handover.MustWait(to, [First]));
        Assert.Empty(handover.TakeAwake(claims: !isFromClaim));

        handover.Observe(from, []);
        Assert.Empty(handover.TakeAwake(claims: isFromClaim));
        Assert.Equal([Web], handover.TakeAwake(claims: !isFromClaim));
        Assert.Empty(handover.TakeAwake(claims: !isFromClaim));
        Assert.False(handover.MustWait(to, [First]));
    }

    [Fact]
    public void What_is_kept_is_shared_and_what_is_none_of_ours_is_not_waited_for()
    {
        HolderName claim = HolderName.OfClaim(Web), service = HolderName.OfService(Web), other = HolderName.OfService(new("shop", "other"));
        handover.Observe(service, [First]);
        handover.SetDesired(service, [First]);
        Assert.False(handover.MustWait(claim, [First, Second]));

        handover.SetDesired(service, [Second]);
        Assert.True(handover.MustWait(claim, [First]));
        Assert.True(handover.MustWait(other, [First]));
        handover.SetDesired(service, null);
        Assert.Equal([Web], handover.TakeAwake(claims: true));
        Assert.Equal([other.Key], handover.TakeAwake(claims: false));
        Assert.False(handover.MustWait(claim, [First]));
    }
}
