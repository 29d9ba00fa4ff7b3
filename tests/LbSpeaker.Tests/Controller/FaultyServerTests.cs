using LbSpeaker.Lab.Api;
using LbSpeaker.Tests.Lab;

namespace LbSpeaker.Tests.Controller;

/// <summary>The API server misbehaves in every way that it can; the controller does its work all the same, once, and no address is ever given twice.</summary>
public sealed class FaultyServerTests : IAsyncLifetime
{
    private LabCluster lab = null!;

    public async Task InitializeAsync()
    {
        lab = await LabCluster.StartAsync();
        await lab.ApplyAsync(Objects.Pool("lan", "192.0.2.10-192.0.2.99"), Objects.Advertisement("all"));
    }

    public async Task DisposeAsync()
    {
        try
        {
            Assert.Empty(await lab.Oracle.ViolationsAsync());
        }
        finally
        {
            await lab.DisposeAsync();
        }
    }

    [Fact]
    public async Task After_minutes_without_an_API_server_nothing_is_written_and_what_is_new_is_served()
    {
        await lab.ApplyAsync(Enumerable.Range(0, 10).Select(i => Objects.Service($"s{i}")));
        LabController one = lab.StartController("one"), two = lab.StartController("two");
        await SettledAsync(10);
        int before = await lab.QuietAsync(TimeSpan.FromSeconds(1));

        lab.Faults.Outage(TimeSpan.FromMinutes(5));
        lab.Clock.Rate = 200;
        await lab.UntilAsync("the lead to be lost", () => !one.Leads && !two.Leads);
        await lab.UntilAsync("the outage to end", () => !lab.Faults.InOutage);
        lab.Clock.Rate = 20;
        await lab.UntilAsync("one to lead again", () => one.Leads || two.Leads);
        await lab.UntilAsync("the cluster to be watched again", () => lab.Faults.OpenWatches >= LabCluster.WatchesOfController);
        await lab.PassAsync(TimeSpan.FromSeconds(5));
        Assert.True(lab.Writes.Count == before, $"written without need: {string.Join("\n", lab.Writes.Skip(before))}");

        await lab.ApplyAsync(Objects.Service("new"));
        await lab.UntilAddressesAsync("new", "192.0.2.20");
        await AssertNobodyMovedAsync(10);
    }

    [Theory]
    [InlineData(WatchDrop.Clean)]
    [InlineData(WatchDrop.MidLine)]
    public async Task Dropped_watches_lose_nothing_and_repeat_nothing(WatchDrop how)
    {
        lab.StartController("one");
        for (int i = 0; i < 20; i++)
        {
            await lab.ApplyAsync(Objects.Service($"s{i}"));
            lab.Faults.DropWatches(how);
        }
        await SettledAsync(20);
        Assert.Equal(20, lab.Writes.Where(IsStatusWrite).Select(s => s.Path).Distinct().Count());
        await AssertNobodyMovedAsync(20);
        Assert.Equal(20, lab.ServiceEvents);
    }

    [Fact]
    public async Task A_watch_that_is_too_old_leads_to_a_new_list_and_to_no_write()
    {
        await lab.ApplyAsync(Enumerable.Range(0, 5).Select(i => Objects.Service($"s{i}")));
        lab.StartController("one");
        await SettledAsync(5);
        int before = await lab.QuietAsync(TimeSpan.FromSeconds(1));

        lab.Faults.FailNext(1, 410, new RequestMatch(Plural: "services", Watch: true));
        lab.Faults.DropWatches(plural: "services");
        await lab.UntilAsync("a new list", () => Lists("services") >= 2);
        await lab.ApplyAsync(Objects.Service("s5"));
        await SettledAsync(6);
        Assert.Equal(["api/v1/namespaces/default/services/s5/status"], lab.Writes.Skip(before).Where(IsStatusWrite).Select(s => s.Path));
    }

    [Fact]
    public async Task A_compaction_while_the_watches_are_away_costs_a_list_and_no_more()
    {
        await lab.ApplyAsync(Objects.Service("s0"));
        LabController one = lab.StartController("one");
        await SettledAsync(1);
        one.Wire.Cut();
        lab.Faults.DropWatches();
        await lab.DeleteServiceAsync("s0");
        // Asked for, since a new list shows what is new before what is gone.
        await lab.ApplyAsync(Objects.Service("s1", "annotations: {metallb.io/loadBalancerIPs: 192.0.2.10}"));
        Assert.Empty(await lab.Oracle.ViolationsAsync());
        lab.Faults.Compact();
        one.Wire.Mend();
        await lab.UntilAddressesAsync("s1", "192.0.2.10");
    }

    [Fact]
    public async Task A_list_in_pages_whose_continue_token_expires_begins_anew()
    {
        await lab.ApplyAsync(Enumerable.Range(0, 5).Select(i => Objects.Service($"s{i}")));
        // More than a page, and none of them ours.
        for (int i = 0; i < 600; i++)
            lab.Force("", "services", $$$"""{"apiVersion":"v1","kind":"Service","metadata":{"name":"x{{{i}}}","namespace":"other","uid":"x{{{i}}}"},"spec":{"type":"ClusterIP"}}""");
        LabController one = lab.StartController("one");
        bool hasFailed = false;
        one.Wire.Decide = sent =>
        {
            if (!hasFailed && sent.Resource == "services" && sent.Query.Contains("continue=", StringComparison.Ordinal))
            {
                hasFailed = true;
                lab.Faults.FailNext(1, 410, new RequestMatch("GET", "services", Watch: false));
            }
            return Fate.Pass;
        };
        await SettledAsync(5);
        Assert.True(hasFailed);
        Assert.True(Lists("services") >= 2);
    }

    [Theory]
    [InlineData(409, 0)]
    [InlineData(429, 3)]
    [InlineData(429, 0)]
    [InlineData(500, 0)]
    [InlineData(503, 2)]
    public async Task A_status_write_that_is_turned_down_is_made_again(int code, int retryAfter)
    {
        lab.Faults.FailNext(7, code, new RequestMatch("PATCH", "services", Subresource: "status"), retryAfter > 0 ? TimeSpan.FromSeconds(retryAfter) : null);
        await lab.ApplyAsync(Enumerable.Range(0, 5).Select(i => Objects.Service($"s{i}")));
        DateTimeOffset began = lab.Clock.GetUtcNow();
        lab.StartController("one");
        await SettledAsync(5);
        Assert.Equal(5, lab.ServiceEvents);
        Assert.Equal(12, lab.Writes.Count(IsStatusWrite));
        if (retryAfter > 0) Assert.True(lab.Clock.GetUtcNow() - began >= TimeSpan.FromSeconds(retryAfter), "asked again sooner than the server wished");
    }

    [Fact]
    public async Task Twenty_objects_that_the_server_fails_on_hold_up_nobody_else()
    {
        for (int i = 0; i < 20; i++) lab.Faults.FailNext(int.MaxValue, 500, new RequestMatch("PATCH", "services", Name: $"bad{i}", Subresource: "status"));
        await lab.ApplyAsync(Enumerable.Range(0, 20).Select(i => Objects.Service($"bad{i}")));
        LabController one = lab.StartController("one");
        await lab.UntilAsync("the bad ones to be tried", () => one.Writes.Where(IsStatusWrite).Select(s => s.Path).Distinct().Count() == 20);
        await lab.ApplyAsync(Objects.Service("good"));
        await lab.UntilAddressesAsync("good", "192.0.2.30");
        Assert.All(Enumerable.Range(0, 20), i => Assert.Equal("", lab.AddressesOf($"bad{i}")));
    }

    [Fact]
    public async Task What_the_server_refuses_is_written_once_it_may_be()
    {
        lab.Faults.FailNext(1, 403, new RequestMatch("PATCH", "services", Subresource: "status"));
        await lab.ApplyAsync(Objects.Service("web"));
        lab.StartController("one");
        lab.Clock.Rate = 50;
        await lab.UntilAddressesAsync("web", "192.0.2.10");
    }

    [Fact]
    public async Task Slow_answers_delay_and_break_nothing()
    {
        lab.Faults.Delay(TimeSpan.FromSeconds(2), new RequestMatch("PATCH", "services", Subresource: "status"));
        lab.Faults.Delay(TimeSpan.FromSeconds(1), new RequestMatch("GET", Watch: false));
        lab.StartController("one");
        for (int i = 0; i < 30; i++) await lab.ApplyAsync(Objects.Service($"s{i}"));
        await SettledAsync(30);
    }

    [Fact]
    public async Task An_answer_that_comes_too_late_was_carried_out_all_the_same_and_nothing_is_given_twice()
    {
        // The client gives up after 30 s; the server does what it was asked for after 40.
        lab.Faults.Delay(TimeSpan.FromSeconds(40), new RequestMatch("PATCH", "services", Subresource: "status"), count: 3);
        await lab.ApplyAsync(Enumerable.Range(0, 5).Select(i => Objects.Service($"s{i}")));
        lab.StartController("one");
        lab.Clock.Rate = 50;
        await SettledAsync(5);
    }

    [Fact]
    public async Task A_list_older_than_what_was_seen_is_not_believed()
    {
        // Old enough to know nothing of what is given below.
        LabController one = lab.StartController("one");
        await lab.UntilAsync("it to lead", () => one.Leads && lab.Faults.OpenWatches >= LabCluster.WatchesOfController);
        lab.Faults.BeginStaleReads();
        await lab.ApplyAsync(Objects.Service("s0"), Objects.Service("s1"));
        await SettledAsync(2);
        int before = await lab.QuietAsync(TimeSpan.FromSeconds(1));

        lab.Faults.FailNext(1, 410, new RequestMatch(Plural: "services", Watch: true));
        lab.Faults.DropWatches(plural: "services");
        await lab.UntilAsync("stale lists", () => Lists("services") >= 4);
        await lab.ApplyAsync(Objects.Service("s2"));
        await lab.PassAsync(TimeSpan.FromSeconds(2));
        Assert.True(lab.Writes.Count == before, $"written on old news: {string.Join("\n", lab.Writes.Skip(before))}");

        lab.Faults.EndStaleReads();
        await lab.UntilAddressesAsync("s2", "192.0.2.12");
        await AssertNobodyMovedAsync(3);
    }

    [Fact]
    public async Task Objects_of_a_wrong_shape_are_told_and_the_others_go_on()
    {
        lab.Force("", "services", """
            {"apiVersion":"v1","kind":"Service","metadata":{"name":"bent","namespace":"default","uid":"u-bent","creationTimestamp":"2026-01-01T00:00:00Z"},
             "spec":{"type":"LoadBalancer","clusterIPs":["10.96.0.77"],"ports":"eighty","selector":[1]}}
            """);
        lab.Force("metallb.io", "ipaddresspools", """
            {"apiVersion":"metallb.io/v1beta1","kind":"IPAddressPool","metadata":{"name":"bent-pool","namespace":"lbspeaker-system","uid":"u-pool","creationTimestamp":"2026-01-01T00:00:00Z"},
             "spec":{"addresses":5}}
            """);
        await lab.ApplyAsync(Objects.Service("web"));
        LabController one = lab.StartController("one");
        await lab.UntilAddressesAsync("web", "192.0.2.10");
        await lab.UntilAsync("an event", () => lab.EventsOf("bent").Count > 0);
        Assert.StartsWith("Warning AllocationFailed: Failed to allocate IP: Malformed: the Service is malformed: spec.selector: expected a map of strings, got a list;", lab.EventsOf("bent")[0], StringComparison.Ordinal);
        await lab.UntilAsync("the pool's condition", () =>
            LabCluster.Condition(lab.Find("metallb.io", "ipaddresspools", "lbspeaker-system", "bent-pool")!, "Valid").StartsWith("False Malformed: spec.addresses: expected a list of strings", StringComparison.Ordinal));
        // The server takes no status for an object like that; it is not asked for it all the time.
        await lab.PassAsync(TimeSpan.FromSeconds(20));
        Assert.Single(one.Writes, s => s.Path.EndsWith("bent/status", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Two_that_exchange_their_addresses_hold_them_never_together()
    {
        await lab.ApplyAsync(
            Objects.Service("a", "annotations: {metallb.io/loadBalancerIPs: 192.0.2.11}"), Objects.Service("b", "annotations: {metallb.io/loadBalancerIPs: 192.0.2.12}"));
        LabController one = lab.StartController("one");
        await lab.UntilAddressesAsync("a", "192.0.2.11");
        await lab.UntilAddressesAsync("b", "192.0.2.12");
        // Both changes stand before the controller sees one of them.
        lab.Faults.Delay(TimeSpan.FromSeconds(2), new RequestMatch(Plural: "services", Watch: true), count: 1);
        lab.Faults.DropWatches(plural: "services");
        await lab.UntilAsync("the watch to be asked for", () => one.Wire.IsBusy);
        await lab.PatchServiceAsync("a", """{"metadata":{"annotations":{"metallb.io/loadBalancerIPs":"192.0.2.12"}}}""");
        await lab.PatchServiceAsync("b", """{"metadata":{"annotations":{"metallb.io/loadBalancerIPs":"192.0.2.11"}}}""");
        await lab.UntilAddressesAsync("a", "192.0.2.12");
        await lab.UntilAddressesAsync("b", "192.0.2.11");
    }

    [Fact]
    public async Task A_freed_address_is_given_on_only_when_its_old_holder_is_seen_without_it()
    {
        await lab.ApplyAsync(Objects.Service("a", "annotations: {metallb.io/loadBalancerIPs: 192.0.2.11}"));
        LabController one = lab.StartController("one");
        await lab.UntilAddressesAsync("a", "192.0.2.11");
        // What takes the address from one fails for long; the other must not have it meanwhile.
        lab.Faults.FailNext(5, 500, new RequestMatch("PATCH", "services", Name: "a", Subresource: "status"));
        await lab.ApplyAsync(Objects.Service("b", "annotations: {metallb.io/loadBalancerIPs: 192.0.2.11}"));
        await lab.PatchServiceAsync("a", """{"metadata":{"annotations":{"metallb.io/loadBalancerIPs":"192.0.2.12"}}}""");
        await lab.UntilAddressesAsync("b", "192.0.2.11");
        Assert.Equal("192.0.2.12", lab.AddressesOf("a"));
        Assert.True(one.Writes.Count(s => s.Path.EndsWith("/a/status", StringComparison.Ordinal)) >= 6);
    }

    private static bool IsStatusWrite(Sent sent) => sent is { Resource: "services", Subresource: "status", Method: "PATCH" };

    private int Lists(string resource) => lab.Journal.Count(s => s.IsRead && !s.IsWatch && s.Resource == resource && !s.Query.Contains("continue=", StringComparison.Ordinal));

    /// <summary>The first so many Services hold an address each, and the controller says so.</summary>
    private async Task SettledAsync(int count)
    {
        for (int i = 0; i < count; i++) await lab.UntilConditionAsync($"s{i}", "Allocated", "True");
        await lab.UntilAsync("all events", () => lab.ServiceEvents >= count);
        Assert.Equal(count, Enumerable.Range(0, count).Select(i => lab.AddressesOf($"s{i}")).Distinct().Count());
    }

    private async Task AssertNobodyMovedAsync(int count)
    {
        for (int i = 0; i < count; i++) Assert.Equal(["", lab.AddressesOf($"s{i}")], await lab.Oracle.HistoryOfAsync($"s{i}"));
    }
}
