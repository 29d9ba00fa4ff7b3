using System.Globalization;
using System.Text.Json.Nodes;
using LbSpeaker.Tests.Lab;

namespace LbSpeaker.Tests.Controller;

/// <summary>IPClaims in the real loop of the controller, over deletions, time and other controllers.</summary>
public sealed class ClaimTests : IAsyncLifetime
{
    private const string OfKept = "annotations: {lbspeaker.io/claim: kept}";
    private LabCluster lab = null!;

    public async Task InitializeAsync()
    {
        lab = await LabCluster.StartAsync();
        lab.Clock.Rate = 20;
        await lab.ApplyAsync(Objects.Pool("lan", "192.0.2.0-192.0.2.7"), Objects.Advertisement("all"));
    }

    public async Task DisposeAsync()
    {
        Assert.Empty(await lab.Oracle.ViolationsAsync());
        await lab.DisposeAsync();
    }

    [Fact]
    public async Task The_address_stays_over_deletion_and_a_new_controller_until_its_time_is_over()
    {
        LabController one = lab.StartController("one");
        await lab.ApplyAsync(Claim("{ttl: 60s}"), Objects.Service("web", OfKept));
        await lab.UntilAddressesAsync("web", "192.0.2.0");
        await UntilClaimAsync("192.0.2.0 Held used by web");

        await lab.DeleteServiceAsync("web");
        await UntilClaimAsync("192.0.2.0 Held expires");
        await lab.ApplyAsync(Objects.Service("other"));
        await lab.UntilAddressesAsync("other", "192.0.2.1");

        await one.KillAsync();
        LabController two = lab.StartController("two");
        await lab.ApplyAsync(Objects.Service("third"), Objects.Service("web", OfKept));
        await lab.UntilAddressesAsync("third", "192.0.2.2");
        await lab.UntilAddressesAsync("web", "192.0.2.0");
        await UntilClaimAsync("192.0.2.0 Held used by web");

        await lab.DeleteServiceAsync("web");
        await UntilClaimAsync("192.0.2.0 Held expires");
        DateTimeOffset expires = Time("expiresAt");
        Assert.Equal(TimeSpan.FromSeconds(60), expires - Time("unusedSince"));

        await two.KillAsync();
        lab.StartController("three");
        await UntilClaimAsync("nothing ClaimExpired expires");
        Assert.Equal(expires, Time("expiresAt"));
        Assert.True(lab.Clock.GetUtcNow() >= expires);
        await lab.ApplyAsync(Objects.Service("late"));
        await lab.UntilAddressesAsync("late", "192.0.2.0");

        // Named again, it holds again.
        await lab.ApplyAsync(Objects.Service("web", OfKept));
        await lab.UntilAddressesAsync("web", "192.0.2.3");
        await UntilClaimAsync("192.0.2.3 Held used by web");
        Assert.Contains("Normal IPAllocated: Holds IP 192.0.2.0 from lan", lab.EventsOf("kept"));
        Assert.Contains("Normal ClearAssignment: Given up 192.0.2.0: ClaimExpired", lab.EventsOf("kept"));
    }

    [Fact]
    public async Task A_live_address_is_pinned_and_stays_with_its_Service_when_the_claim_goes()
    {
        lab.StartController("one");
        await lab.ApplyAsync(Objects.Service("first"), Objects.Service("web"));
        await lab.UntilAsync("addresses", () => lab.AddressesOf("first").Length > 0 && lab.AddressesOf("web").Length > 0);
        string address = lab.AddressesOf("web");
        await lab.ApplyAsync(Claim("{}"), Objects.Service("web", OfKept));
        await UntilClaimAsync($"{address} Held used by web");
        await lab.UntilAsync("the pool to say so", () =>
            (lab.Find("metallb.io", "ipaddresspools", "lbspeaker-system", "lan")!["status"]!["claims"] as JsonArray)?.ToJsonString() == $$"""[{"address":"{{address}}","namespace":"default","name":"kept"}]""");

        await lab.DeleteAsync("apis/lbspeaker.io/v1alpha1/namespaces/default/ipclaims/kept");
        await lab.UntilConditionAsync("web", "Allocated", "True UnknownClaim");
        await lab.UntilAsync("the pool to forget it", () =>
            (lab.Find("metallb.io", "ipaddresspools", "lbspeaker-system", "lan")!["status"]!["claims"] as JsonArray) is { Count: 0 });
        Assert.Equal(["", address], await lab.Oracle.HistoryOfAsync("web"));
    }

    [Fact]
    public async Task A_claim_waits_for_a_foreign_Service_and_then_for_its_status()
    {
        lab.StartController("one");
        await lab.ApplyAsync(Objects.Service("foreign"));
        await lab.UntilAddressesAsync("foreign", "192.0.2.0");
        await lab.ApplyAsync(Claim("{addresses: [192.0.2.0]}"), Objects.Service("web", OfKept));
        await UntilClaimAsync("nothing AddressInUse used by web");
        await lab.UntilConditionAsync("web", "Allocated", "False ClaimPending");

        // It asks for another address: its status is emptied of the first before that is written to the claim.
        bool isTwice = false;
        lab.Clock.Ticked += () => isTwice |= lab.AddressesOf("foreign") == "192.0.2.0" && Said().StartsWith("192.0.2.0", StringComparison.Ordinal);
        await lab.ApplyAsync(Objects.Service("foreign", "annotations: {metallb.io/loadBalancerIPs: 192.0.2.5}"));
        await lab.UntilAddressesAsync("foreign", "192.0.2.5");
        await lab.UntilAddressesAsync("web", "192.0.2.0");
        await UntilClaimAsync("192.0.2.0 Held used by web");
        Assert.False(isTwice);

        // What is changed by hand is put right.
        await lab.PatchAsync("apis/lbspeaker.io/v1alpha1/namespaces/default/ipclaims/kept/status", """{"status":{"addresses":["192.0.2.7"]}}""");
        await UntilClaimAsync("192.0.2.0 Held used by web");
        Assert.Equal("192.0.2.0", lab.AddressesOf("web"));
    }

    [Fact]
    public async Task Over_the_quota_a_namespace_is_told_how_much_it_has()
    {
        await lab.ApplyAsync(Objects.Pool("lan", "192.0.2.0-192.0.2.7", "quota: {perNamespace: 2}"));
        lab.StartController("one");
        await lab.ApplyAsync(Claim("{}"), Objects.Service("web"));
        await lab.UntilAsync("addresses", () => lab.AddressesOf("web").Length > 0 && Said().Contains("Held", StringComparison.Ordinal));
        await lab.ApplyAsync(Objects.Service("more"));
        await lab.UntilConditionAsync("more", "Allocated", "False QuotaExceeded: no available IPv4 address: lan: quota 2/2 of the namespace default");
        await lab.UntilAsync("the event", () => lab.EventsOf("more").Any(e => e.StartsWith("Warning AllocationFailed: Failed to allocate IP: QuotaExceeded", StringComparison.Ordinal)));

        await lab.ApplyAsync(Objects.Pool("lan", "192.0.2.0-192.0.2.7", "quota: {perNamespace: 2, namespaces: [{name: default, max: 3}]}"));
        await lab.UntilConditionAsync("more", "Allocated", "True");
        await lab.ApplyAsync(Objects.Pool("lan", "192.0.2.0-192.0.2.7", "quota: {perNamespace: 0}"));
        await lab.QuietAsync(TimeSpan.FromSeconds(2));
        Assert.NotEqual("", lab.AddressesOf("more"));
    }

    private static string Claim(string spec) => $$"""
        apiVersion: lbspeaker.io/v1alpha1
        kind: IPClaim
        metadata: {name: kept, namespace: default}
        spec: {{spec}}
        """;

    private JsonNode? Status => lab.Find("lbspeaker.io", "ipclaims", "default", "kept")?["status"];

    private DateTimeOffset Time(string field) => DateTimeOffset.Parse(Status![field]!.GetValue<string>(), CultureInfo.InvariantCulture);

    /// <summary>What the claim's status says, in a line.</summary>
    private string Said()
    {
        if (Status is not { } status) return "";
        string addresses = string.Join(" ", (status["addresses"] as JsonArray ?? []).Select(a => a!.GetValue<string>()));
        string users = string.Join(",", (status["usedBy"] as JsonArray ?? []).Select(u => u!.GetValue<string>()));
        string reason = (status["conditions"] as JsonArray)?.Single()!["reason"]!.GetValue<string>() ?? "";
        return $"{(addresses.Length > 0 ? addresses : "nothing")} {reason}{(users.Length > 0 ? $" used by {users}" : "")}{(status["expiresAt"] is null ? "" : " expires")}";
    }

    private Task UntilClaimAsync(string says) => lab.UntilAsync(() => Said() == says, () => $"the claim says \"{Said()}\", expected \"{says}\"");
}
