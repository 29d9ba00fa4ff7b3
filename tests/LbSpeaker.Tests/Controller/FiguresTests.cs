using System.Diagnostics.Metrics;
using LbSpeaker.Tests.Lab;

namespace LbSpeaker.Tests.Controller;

/// <summary>What the controller's metrics tell of Services: how long they waited, and what they lack.</summary>
public sealed class FiguresTests : IAsyncLifetime, IDisposable
{
    private LabCluster lab = null!;
    private LabController controller = null!;
    private readonly MeterListener listener = new();
    private readonly SortedDictionary<string, int> counts = new(StringComparer.Ordinal);
    private readonly List<double> waits = [];

    public async Task InitializeAsync()
    {
        lab = await LabCluster.StartAsync();
        controller = lab.StartController("controller");
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Meter == controller.Metrics.Meter && instrument.Name is "lbspeaker_controller_services_not_allocated" or "lbspeaker_controller_services_not_announced" or "lbspeaker_controller_allocation_seconds")
                self.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => counts[$"{instrument.Name["lbspeaker_controller_services_".Length..]} {tags[0].Value}"] = value);
        listener.SetMeasurementEventCallback<double>((_, value, _, _) =>
        {
            lock (waits) waits.Add(value);
        });
        listener.Start();
    }

    public async Task DisposeAsync() => await lab.DisposeAsync();

    public void Dispose() => listener.Dispose();

    private string Lacking
    {
        get
        {
            counts.Clear();
            listener.RecordObservableInstruments();
            return string.Join("; ", counts.Select(c => $"{c.Key} {c.Value}"));
        }
    }

    [Fact]
    public async Task A_Service_counts_for_what_it_lacks_until_it_has_it_or_is_gone()
    {
        await lab.ApplyAsync(Objects.Service("a"), Objects.Service("b"));
        await lab.UntilAsync("both to lack an address", () => Lacking == "not_allocated NoPools 2");
        await lab.ApplyAsync(Objects.Pool("lan", "192.0.2.10-192.0.2.10"));
        await lab.UntilAsync("one to have it", () => Lacking == "not_allocated NoAvailableIPs 1; not_announced NoMatchingAdvertisement 1");
        await lab.DeleteServiceAsync("b");
        await lab.UntilAsync("the other to be forgotten", () => Lacking == "not_announced NoMatchingAdvertisement 1");
        await controller.StopAsync();
        Assert.Equal("", Lacking);
    }

    [Fact]
    public async Task A_wait_lasts_from_when_a_Service_is_first_seen_until_its_address_is()
    {
        await lab.ApplyAsync(Objects.Service("a"), Objects.Service("other", spec: "loadBalancerClass: example.com/other"));
        await lab.UntilConditionAsync("a", "Allocated", "False");
        await lab.PassAsync(TimeSpan.FromSeconds(20));
        Assert.Empty(waits);
        await lab.ApplyAsync(Objects.Pool("lan", "192.0.2.10-192.0.2.19"));
        await lab.UntilAddressesAsync("a", "192.0.2.10");
        await lab.ApplyAsync(Objects.Service("b"));
        await lab.UntilAddressesAsync("b", "192.0.2.11");
        await lab.UntilAsync("both to be counted", () =>
        {
            lock (waits) return waits.Count == 2;
        });
        Assert.InRange(waits[0], 20, 60);
        Assert.InRange(waits[1], 0, 20);

        // What somebody else gave is no wait that has ended.
        await lab.PatchServiceAsync("other", """{"status": {"loadBalancer": {"ingress": [{"ip": "198.51.100.7"}]}}}""", status: true);
        await lab.QuietAsync(TimeSpan.FromSeconds(1));
        Assert.Equal(2, waits.Count);
    }
}
