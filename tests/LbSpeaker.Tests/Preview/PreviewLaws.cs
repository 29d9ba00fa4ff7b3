using System.Diagnostics;
using System.Text.Json.Nodes;
using CsCheck;
using LbSpeaker.Core.Net;

namespace LbSpeaker.Tests.Preview;

/// <summary>What holds of every plan, seen from the command line.</summary>
public sealed class PreviewLaws : IDisposable
{
    private readonly DirectoryInfo directory = Directory.CreateTempSubdirectory("lbspeaker-laws-");

    public void Dispose() => directory.Delete(recursive: true);

    [Fact]
    public void The_order_of_files_and_documents_changes_nothing() => RandomCluster.Any.Sample(cluster =>
    {
        string first = Plan(cluster, seed: 1);
        for (int seed = 2; seed < 5; seed++)
            if (Plan(cluster, seed) is var other && other != first) Assert.Fail(LineDiff.Of(first, other));
    }, threads: 1);

    [Fact]
    public void No_address_belongs_to_two_who_may_not_share() => EachPlan((cluster, plan) =>
    {
        Dictionary<(string, string), JsonObject> services = cluster.Services.ToDictionary(s => RandomCluster.Key(s["metadata"]!.AsObject()));
        foreach (IGrouping<string, JsonObject> holders in Services(plan).SelectMany(s => RandomCluster.Texts(s["addresses"]).Select(a => (Address: a, Service: s))).GroupBy(h => h.Address, h => services[RandomCluster.Key(h.Service)]))
            foreach (JsonObject one in holders)
                foreach (JsonObject other in holders)
                    Assert.True(ReferenceEquals(one, other) || MayShare(one, other), $"{holders.Key} belongs to {one["metadata"]} and {other["metadata"]}");
    });

    [Fact]
    public void Who_has_nothing_is_told_why() => EachPlan((_, plan) =>
    {
        foreach (JsonObject service in Services(plan))
        {
            bool has = service["addresses"]!.AsArray().Count > 0;
            string decision = (string)service["decision"]!;
            Assert.Equal(has, decision is "Keep" or "Assign");
            if (decision is "Refuse" or "Release") Assert.True((string?)service["reason"] is { Length: > 0 } && (string?)service["message"] is { Length: > 0 }, service.ToJsonString());
            if (decision == "NotOurs") Assert.True(service["reason"] is null && (string?)service["message"] == "");
            if (!has) Assert.Equal("[] [] []", $"{service["pools"]!.ToJsonString()} {service["announcements"]!.ToJsonString()} {service["refusals"]!.ToJsonString()}");
        }
    });

    [Fact]
    public void Pools_count_what_their_Services_hold_and_what_is_left() => EachPlan((cluster, plan) =>
    {
        Dictionary<string, JsonObject> specs = cluster.Objects.Where(o => (string?)o["kind"] == "IPAddressPool").ToDictionary(o => (string)o["metadata"]!["name"]!, o => o["spec"]!.AsObject());
        HashSet<string> held = [.. Services(plan).SelectMany(s => RandomCluster.Texts(s["addresses"]))];
        foreach (JsonObject pool in plan["pools"]!.AsArray().Select(p => p!.AsObject()))
            foreach (string family in (string[])["IPv4", "IPv6"])
            {
                IEnumerable<string> assigned = Services(plan).SelectMany(s => HeldFrom(s, (string)pool["name"]!)).Where(a => a.Contains(':') == (family == "IPv6"));
                Assert.Equal(assigned.Distinct().Count(), (long)pool["assigned" + family]!);
                string[] usable = (string?)pool["state"] == "Ready" ? [.. Usable(specs[(string)pool["name"]!], family)] : [];
                Assert.Equal(usable.Length - usable.Count(held.Contains), (long)pool["available" + family]!);
            }
    });

    [Fact]
    public void A_plan_that_was_carried_out_is_kept() => EachPlan((cluster, plan) =>
    {
        cluster.Carry(plan);
        JsonObject next = JsonNode.Parse(Plan(cluster, seed: 7))!.AsObject();
        foreach ((JsonObject before, JsonObject after) in Services(plan).Zip(Services(next)))
        {
            if (before["addresses"]!.AsArray().Count == 0) continue;
            Assert.Equal("Keep", (string?)after["decision"]);
            Assert.Equal(before["addresses"]!.ToJsonString(), after["addresses"]!.ToJsonString());
            Assert.Equal(before["pools"]!.ToJsonString(), after["pools"]!.ToJsonString());
            Assert.Equal(before["announcements"]!.ToJsonString(), after["announcements"]!.ToJsonString());
        }
    });

    [Fact]
    public void An_address_has_one_answerer_and_each_silent_node_one_reason() => EachPlan((_, plan) =>
    {
        foreach (IGrouping<string, JsonNode> answers in Services(plan).SelectMany(s => s["announcements"]!.AsArray()).GroupBy(a => (string)a!["address"]!, a => a!))
            Assert.Single(answers.Select(a => (string)a["node"]!).Distinct());
        foreach (JsonObject service in Services(plan))
        {
            string[] announcing = [.. service["announcements"]!.AsArray().Select(a => (string)a!["node"]!).Distinct()];
            Assert.True(announcing.Length <= 1);
            Assert.Empty(service["announcements"]!.AsArray().Select(a => (string)a!["address"]!).Except(RandomCluster.Texts(service["addresses"])));
            string?[] silent = [.. service["refusals"]!.AsArray().Select(r => (string?)r!["node"])];
            Assert.Equal(silent.Length, silent.Distinct().Count());
            Assert.True(silent.Length > 0 || announcing.Length > 0 || service["addresses"]!.AsArray().Count == 0);
        }
    });

    /// <summary>Texts hash differently in every process; nothing of that may show.</summary>
    [Fact]
    public async Task Two_processes_print_the_same_bytes()
    {
        RandomCluster.Any.Array[1].Sample(clusters => clusters[0].Write(directory.FullName, new Random(1)), iter: 1, threads: 1);
        foreach (string scenario in Directory.GetFiles(Repository.PathOf("tests", "LbSpeaker.Tests", "Preview", "Scenarios", "order-of-services"), "*.yaml"))
            File.Copy(scenario, Path.Combine(directory.FullName, "more.yaml"), overwrite: true);
        string[] prints = [await RunProcessAsync(), await RunProcessAsync(), (await CommandLine.RunAsync("plan", "--from", directory.FullName, "-o", "json")).Output];

        Assert.Equal(prints[0], prints[1]);
        Assert.Equal(prints[0], prints[2]);
        Assert.Contains("holder-lacks-six", prints[0], StringComparison.Ordinal);
    }

    private async Task<string> RunProcessAsync()
    {
        ProcessStartInfo start = new("dotnet") { RedirectStandardOutput = true };
        foreach (string argument in (string[])[Path.Combine(AppContext.BaseDirectory, "lbspeaker.dll"), "plan", "--from", directory.FullName, "-o", "json"]) start.ArgumentList.Add(argument);
        using Process process = Process.Start(start)!;
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return output;
    }

    private void EachPlan(Action<RandomCluster, JsonObject> check) =>
        RandomCluster.Any.Sample(cluster => check(cluster, JsonNode.Parse(Plan(cluster, seed: 1))!.AsObject()), threads: 1, print: c => c.ToString());

    private string Plan(RandomCluster cluster, int seed)
    {
        cluster.Write(directory.FullName, new Random(seed));
        CommandLine run = CommandLine.RunAsync("plan", "--from", directory.FullName, "-o", "json").GetAwaiter().GetResult();
        Assert.True(run.ExitCode is 0 or 1, run.Error);
        return run.Output;
    }

    private static JsonObject[] Services(JsonObject plan) => [.. plan["services"]!.AsArray().Select(s => s!.AsObject())];

    /// <summary>One pool is that of all addresses; two stand in the order of the two addresses.</summary>
    private static IEnumerable<string> HeldFrom(JsonObject service, string pool)
    {
        string[] addresses = RandomCluster.Texts(service["addresses"]), pools = RandomCluster.Texts(service["pools"]);
        return addresses.Where((_, i) => pools[pools.Length == 1 ? 0 : i] == pool);
    }

    /// <summary>Equal keys, no port in common, and equal selectors where traffic is local; counted out anew, not by the planner's rule.</summary>
    private static bool MayShare(JsonObject one, JsonObject other)
    {
        static string? KeyOf(JsonObject s) => (string?)s["metadata"]!["annotations"]?["metallb.io/allow-shared-ip"];
        static string BackendOf(JsonObject s) => (string?)s["spec"]!["externalTrafficPolicy"] == "Local" ? s["spec"]!["selector"]!.ToJsonString() : "";
        static IEnumerable<string> PortsOf(JsonObject s) => s["spec"]!["ports"]!.AsArray().Select(p => p!.ToJsonString());
        return KeyOf(one) is { Length: > 0 } key && key == KeyOf(other) && BackendOf(one) == BackendOf(other) && !PortsOf(one).Intersect(PortsOf(other)).Any();
    }

    /// <summary>Every address of the family that the pool may give, written out.</summary>
    private static IEnumerable<string> Usable(JsonObject spec, string family)
    {
        static IpRange RangeOf(string text) => IpRange.TryParse(text, out IpRange range, out string? error) ? range : throw new FormatException(error);
        IpRange[] excluded = [.. RandomCluster.Texts(spec["exclude"] ?? new JsonArray()).Select(RangeOf)];
        foreach (IpRange range in RandomCluster.Texts(spec["addresses"]).Select(RangeOf).Where(r => r.Family.ToString() == family))
            for (UInt128 value = range.First.Value; value <= range.Last.Value; value++)
            {
                IpAddress address = new(range.Family, value);
                bool isAvoided = (bool)spec["avoidBuggyIPs"]! && family == "IPv4" && (byte)value is 0 or 255;
                if (!isAvoided && !excluded.Any(e => e.Contains(address))) yield return address.ToString();
            }
    }
}
