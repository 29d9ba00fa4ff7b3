using System.Globalization;
using System.Text.Json.Nodes;
using LbSpeaker.Tests.Lab;

namespace LbSpeaker.Tests.Controller;

/// <summary>The lists in the statuses of pools and advertisements, where there is more than they show and all of it comes at once.</summary>
public sealed class ListedTests
{
    private const int Services = 130;

    [Fact]
    public async Task The_first_hundred_are_shown_and_a_burst_is_few_writes()
    {
        await using LabCluster lab = await LabCluster.StartAsync();
        lab.Clock.Rate = 20;
        await lab.ApplyAsync(Objects.Pool("lan", "192.0.2.0/24"), Objects.Advertisement("all"), Objects.Node("n1"));
        lab.StartController("controller");
        await lab.UntilAsync("the first statuses", () => Status(lab, "ipaddresspools", "lan")["heldTotal"] is not null && Status(lab, "l2advertisements", "all")["addressesTotal"] is not null);
        DateTimeOffset began = lab.Clock.GetUtcNow();
        int before = lab.Writes.Count;
        for (int i = 0; i < Services; i++) await lab.ApplyAsync(Objects.Service($"s{i:d3}"));
        await lab.UntilAsync("the last statuses", () => (int?)Status(lab, "ipaddresspools", "lan")["heldTotal"] == Services && (int?)Status(lab, "l2advertisements", "all")["addressesTotal"] == Services);

        // At once, and then each five seconds.
        int most = 2 + (int)((lab.Clock.GetUtcNow() - began) / TimeSpan.FromSeconds(5));
        foreach (string resource in (ReadOnlySpan<string>)["ipaddresspools", "l2advertisements"])
            Assert.InRange(lab.Writes.Skip(before).Count(w => w.Resource == resource), 1, most);
        foreach (JsonNode list in (JsonNode[])[Status(lab, "ipaddresspools", "lan")["held"]!, Status(lab, "l2advertisements", "all")["addresses"]!])
            Assert.Equal(Enumerable.Range(0, 100).Select(i => string.Create(CultureInfo.InvariantCulture, $"192.0.2.{i}")), list.AsArray().Select(a => a!["address"]!.GetValue<string>()));
        await lab.UntilAsync("the counters to agree", () => (int?)Status(lab, "ipaddresspools", "lan")["assignedIPv4"] == Services);
    }

    private static JsonObject Status(LabCluster lab, string plural, string name) => lab.Find("metallb.io", plural, "lbspeaker-system", name)?["status"] as JsonObject ?? [];
}
