using LbSpeaker.Linux;
using LbSpeaker.Linux.Links;
using LbSpeaker.Testing.Network;

namespace LbSpeaker.Interop.Tests.Linux;

/// <summary>The interfaces of a real kernel.</summary>
public sealed class LinkMonitorTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    [NetworkFact]
    public void A_link_is_as_the_kernel_has_it()
    {
        using TestNetwork network = new();
        (TestNamespace here, TestNamespace there) = (network.Add(), network.Add());
        TestNetwork.Connect(here, "eth0", there, "eth0");
        here.Ip("link set eth0 address 02:00:00:00:00:01");
        LinkState link = here.Link("eth0");
        Assert.Equal("02:00:00:00:00:01", link.Mac.ToString());
        Assert.True(link is { IsUp: true, HasCarrier: true, IsBroadcast: true, NoArp: false, HasMaster: false, IsLoopback: false });
        Eventually.True("a link-local address", Patience, () => here.Link("eth0").LinkLocal is not null);

        LinkState loopback = here.Link("lo");
        Assert.True(loopback is { IsLoopback: true, Mac: null, LinkLocal: null });

        here.Ip("link set eth0 arp off");
        Assert.True(here.Link("eth0").NoArp);
        here.Ip("link add br0 type bridge");
        here.Ip("link set eth0 master br0");
        Assert.True(here.Link("eth0").HasMaster);
        there.Ip("link set eth0 down");
        Assert.True(here.Link("eth0") is { IsUp: true, HasCarrier: false });
    }

    [NetworkFact]
    public void A_change_is_told_and_an_interruption_is_remembered()
    {
        using TestNetwork network = new();
        TestNamespace place = network.Add();
        place.Ip("link add eth0 type veth peer name eth1");
        place.Ip("link set eth1 up");
        place.Ip("link set eth0 up");
        using LinkMonitor monitor = place.Enter(() => new LinkMonitor());
        LinkState Eth0()
        {
            monitor.Drain();
            return monitor.Read().Single(l => l.Name == "eth0");
        }
        using ReadySet ready = new();
        ready.Insert(monitor.EventDescriptor);
        Eventually.True("quiet", Patience, () =>
        {
            long before = Eth0().Interruptions;
            return Eth0().Interruptions == before;
        });
        LinkState first = Eth0();

        place.Ip("link set eth0 down");
        Assert.Equal(1, ready.Wait(new int[1]));
        place.Ip("link set eth0 up");
        LinkState second = Eth0();
        Assert.True(second.Interruptions > first.Interruptions, $"{first.Interruptions} and then {second.Interruptions}");
        Assert.Equal(first with { LinkLocal = null, Interruptions = 0 }, second with { LinkLocal = null, Interruptions = 0 });
    }

    /// <summary>The table is longer than one message of the kernel.</summary>
    [NetworkFact]
    public void A_long_table_is_read_whole()
    {
        using TestNetwork network = new();
        TestNamespace place = network.Add();
        string batch = Path.GetTempFileName();
        File.WriteAllLines(batch, Enumerable.Range(0, 100).Select(i => $"link add a{i} type veth peer name b{i}"));
        place.Ip($"-batch {batch}");
        File.Delete(batch);
        IReadOnlyList<LinkState> links = place.Enter(() =>
        {
            using LinkMonitor monitor = new();
            return monitor.Read();
        });
        Assert.Equal(201, links.Count);
        Assert.Equal(links.OrderBy(l => l.Index), links);
    }
}
