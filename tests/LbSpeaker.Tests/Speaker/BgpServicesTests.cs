using LbSpeaker.Core.Announcement;
using LbSpeaker.Core.Announcement.Bgp;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Net;
using LbSpeaker.Speaker;

namespace LbSpeaker.Tests.Speaker;

/// <summary>Which Services a node announces by BGP, and of which there is something to say.</summary>
public sealed class BgpServicesTests
{
    private static readonly ObjectKey web = new("default", "web"), layer2 = new("default", "layer2");
    private static readonly ServiceAnnouncements announced = ServiceAnnouncements.None with
    {
        Bgp = [new(IpAddress.Parse("192.0.2.10"), IpPrefix.Parse("192.0.2.10/32"), "router", ["n1"], BgpRouteAttributes.Plain, IsWeighted: false)],
    };

    private readonly BgpServices services = new("n1");

    /// <summary>What is not named in a full look counts as gone, and its ServiceBGPStatus with it.</summary>
    [Fact]
    public void What_is_announced_is_named_whenever_it_is_looked_at()
    {
        for (int look = 0; look < 3; look++)
        {
            services.Set(web, announced);
            Assert.Equal(["router"], services.Take()[web]!.Peers);
        }
    }

    [Fact]
    public void What_is_announced_no_more_is_told_once_and_what_never_was_is_not_told()
    {
        services.Set(web, announced);
        services.Take();
        for (int look = 0; look < 2; look++)
        {
            services.Set(web, null);
            services.Set(layer2, ServiceAnnouncements.None);
            Assert.Equal(look == 0 ? [web] : [], services.Take().Select(r => r.Value is null ? r.Key : default));
        }
    }
}
