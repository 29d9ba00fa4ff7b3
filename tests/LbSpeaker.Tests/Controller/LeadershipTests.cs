using LbSpeaker.Testing.Observability;
using LbSpeaker.Tests.Lab;

namespace LbSpeaker.Tests.Controller;

/// <summary>Two controllers and one lead.</summary>
public sealed class LeadershipTests : IAsyncLifetime
{
    private LabCluster lab = null!;

    public async Task InitializeAsync()
    {
        lab = await LabCluster.StartAsync();
        await lab.ApplyAsync(Objects.Pool("lan", "192.0.2.0-192.0.2.255"), Objects.Advertisement("all"));
    }

    public async Task DisposeAsync() => await lab.DisposeAsync();

    [Fact]
    public async Task One_leads_and_both_are_ready()
    {
        LabController one = lab.StartController("one"), two = lab.StartController("two");
        Assert.NotNull(new[] { one, two }.Select(c => c.Work.NotReady).FirstOrDefault(r => r is not null) ?? "ready by now");
        await lab.UntilAsync("both to be ready", () => one.Work.NotReady is null && two.Work.NotReady is null);
        await lab.UntilAsync("one to lead", () => one.Leads || two.Leads);
        await lab.ApplyAsync(Objects.Service("web"));
        await lab.UntilAddressesAsync("web", "192.0.2.0");
        Assert.True(one.Leads != two.Leads);
        Assert.Single(lab.Writes.Select(s => s.Client).Distinct());
    }

    [Fact]
    public async Task The_leader_alone_tells_of_pools_and_of_those_that_are_there()
    {
        await lab.ApplyAsync(Objects.Pool("small", "198.51.100.1-198.51.100.4, \"2001:db8::1-2001:db8::2\""), Objects.Service("web", "annotations: {metallb.io/address-pool: small}"));
        LabController one = lab.StartController("one"), two = lab.StartController("two");
        await lab.UntilAddressesAsync("web", "198.51.100.1");
        (LabController leader, LabController other) = one.Leads ? (one, two) : (two, one);
        await lab.UntilAsync("the gauges of both pools", () => Gauges(leader).Count == 12);
        Assert.Equal(
            [6L, 1L, 4L, 1L, 2L, 0L],
            ((string[])["addresses", "addresses_in_use", "ipv4_addresses", "ipv4_addresses_in_use", "ipv6_addresses", "ipv6_addresses_in_use"]).Select(
                name => Gauges(leader)[$"metallb_allocator_{name}_total{{pool=small}}"]));
        Assert.Empty(Gauges(other));

        await lab.DeleteAsync("apis/metallb.io/v1beta1/namespaces/lbspeaker-system/ipaddresspools/small");
        await lab.UntilAsync("the pool's gauges to go with it", () => Gauges(leader).Count == 6);

        static Dictionary<string, long> Gauges(LabController of) => RecordedMetrics.Read(of.Metrics.Meter);
    }

    [Fact]
    public async Task A_controller_that_never_reached_the_Lease_is_not_ready()
    {
        LabController one = lab.StartController("one");
        one.Wire.Cut();
        Assert.Equal("the Lease of the controllers has not been read yet", one.Work.NotReady);
        await lab.PassAsync(TimeSpan.FromSeconds(1));
        Assert.NotNull(one.Work.NotReady);
    }

    [Fact]
    public async Task A_leader_that_stops_gives_the_lead_back_at_once()
    {
        LabController one = lab.StartController("one");
        await lab.UntilAsync("it to lead", () => one.Leads);
        LabController two = lab.StartController("two");
        await lab.UntilAsync("the other to wait", () => lab.Journal.Any(s => s.Client == "two" && s.IsLease));
        DateTimeOffset began = lab.Clock.GetUtcNow();
        await one.StopAsync();
        await lab.UntilAsync("the other to lead", () => two.Leads);
        Assert.True(lab.Clock.GetUtcNow() - began < LabCluster.Election.Lease, "it waited for the Lease to run out");
    }

    [Fact]
    public async Task A_leader_that_is_cut_off_has_stopped_before_the_other_starts_and_comes_back_as_a_stand_in()
    {
        LabController one = lab.StartController("one");
        await lab.UntilAsync("it to lead", () => one.Leads);
        LabController two = lab.StartController("two");
        Task creating = Task.Run(async () =>
        {
            for (int i = 0; i < 60; i++) await lab.ApplyAsync(Objects.Service($"s{i}"));
        });
        await lab.UntilAsync("some to be served", () => one.Writes.Count() > 20);
        bool twoLed = false;
        // Read in this order, on the clock's own task: no time passes in between.
        lab.Clock.Ticked += () => twoLed |= two.Leads && one.Leads;
        one.Wire.Cut();
        await lab.UntilAsync("the other to lead", () => two.Leads);
        Assert.False(twoLed, "two led at once");
        await creating;
        for (int i = 0; i < 60; i++) await lab.UntilConditionAsync($"s{i}", "Allocated", "True");

        one.Wire.Mend();
        int before = one.Writes.Count();
        await lab.UntilAsync("it to be heard of again", () => lab.Journal.Count(s => s.Client == "one" && s.IsLease && s.IsRead) > 2);
        await lab.PassAsync(TimeSpan.FromSeconds(10));
        Assert.Equal(before, one.Writes.Count());
        Assert.True(two.Leads && !one.Leads);
        Assert.Empty(await lab.Oracle.ViolationsAsync());
        for (int i = 0; i < 60; i++) Assert.Equal(["", lab.AddressesOf($"s{i}")], await lab.Oracle.HistoryOfAsync($"s{i}"));
    }

    [Fact]
    public async Task Leads_that_are_lost_again_and_again_never_give_an_address_twice()
    {
        LabController[] controllers = [lab.StartController("one"), lab.StartController("two"), lab.StartController("three")];
        Random random = new(1);
        for (int round = 0; round < 8; round++)
        {
            for (int i = 0; i < 10; i++) await lab.ApplyAsync(Objects.Service($"r{round}-{i}"));
            if (round > 1)
                for (int i = 0; i < 5; i++) await lab.DeleteServiceAsync($"r{round - 2}-{i}");
            await lab.UntilAsync("somebody to lead", () => controllers.Any(c => c.Leads));
            LabController leader = controllers.First(c => c.Leads);
            if (random.Next(2) == 0)
            {
                leader.Wire.Cut();
                await lab.UntilAsync("another to lead", () => controllers.Any(c => c.Leads && c != leader));
                leader.Wire.Mend();
            }
            else
                await lab.PatchAsync("apis/coordination.k8s.io/v1/namespaces/lbspeaker-system/leases/lbspeaker-controller", """{"spec":{"holderIdentity":"somebody else","leaseDurationSeconds":2}}""");
        }
        for (int i = 0; i < 10; i++) await lab.UntilConditionAsync($"r7-{i}", "Allocated", "True");
        Assert.Empty(await lab.Oracle.ViolationsAsync());
    }

    [Fact]
    public async Task A_thousand_Services_are_adopted_without_a_single_write()
    {
        await lab.ApplyAsync(Objects.Pool("large", "198.51.100.0/22"));
        for (int i = 0; i < 1000; i++)
            lab.Force("", "services", $$$"""
                {"apiVersion":"v1","kind":"Service","metadata":{"name":"s{{{i}}}","namespace":"default","uid":"u{{{i}}}","creationTimestamp":"2026-01-01T00:00:00Z"},
                 "spec":{"type":"LoadBalancer","clusterIP":"10.97.{{{i / 250}}}.{{{i % 250 + 1}}}","clusterIPs":["10.97.{{{i / 250}}}.{{{i % 250 + 1}}}"],"ipFamilies":["IPv4"],"ipFamilyPolicy":"SingleStack","ports":[{"port":80,"protocol":"TCP"}]}}
                """);
        LabController one = lab.StartController("one");
        await lab.UntilAsync("all to be served", () => lab.All("", "services").Count(s => ServiceOracle.Addresses(s).Count == 1) == 1000);
        await lab.UntilAsync("all events to be written", () => lab.ServiceEvents == 1000);
        int before = await lab.QuietAsync(TimeSpan.FromSeconds(1));
        await one.KillAsync();

        LabController two = lab.StartController("two");
        await lab.UntilAsync("it to lead and to watch", () => two.Leads && lab.Journal.Count(s => s.Client == "two" && s.IsWatch) >= LabCluster.WatchesOfController);
        await lab.PassAsync(TimeSpan.FromSeconds(10));
        Assert.True(lab.Writes.Count == before, $"written: {string.Join("\n", lab.Writes.Skip(before).Take(5))}");
        await lab.ApplyAsync(Objects.Service("new"));
        await lab.UntilConditionAsync("new", "Allocated", "True");
        Assert.Empty(await lab.Oracle.ViolationsAsync());
    }
}
