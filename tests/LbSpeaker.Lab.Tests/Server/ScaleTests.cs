using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using LbSpeaker.Lab.Api;
using Xunit.Abstractions;

namespace LbSpeaker.Lab.Tests.Server;

/// <summary>The server is no bottleneck of a bench: bounds are an order of magnitude above what was measured.</summary>
public class ScaleTests(ITestOutputHelper output)
{
    [Fact]
    public async Task A_thousand_services_are_created_given_a_status_watched_and_listed_in_seconds()
    {
        var clock = Stopwatch.StartNew();
        await using var server = await ApiServer.StartAsync(new ApiServerOptions(), CancellationToken.None);
        output.WriteLine($"started after {clock.ElapsedMilliseconds} ms");
        using var client = new HttpClient { BaseAddress = server.BaseAddress };
        using var watch = await WatchLines.OpenAsync(client, "/api/v1/services?watch=1&resourceVersion=" + server.ResourceVersion);
        const int count = 1000;
        clock.Restart();
        await Parallel.ForAsync(0, count, new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (i, ct) =>
            await SendAsync(client, HttpMethod.Post, "/api/v1/namespaces/default/services", "application/json",
                $"{{\"apiVersion\":\"v1\",\"kind\":\"Service\",\"metadata\":{{\"name\":\"s{i}\"}},\"spec\":{{\"type\":\"LoadBalancer\",\"ports\":[{{\"port\":80}}]}}}}", ct));
        var created = clock.Elapsed;
        clock.Restart();
        await Parallel.ForAsync(0, count, new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (i, ct) =>
            await SendAsync(client, HttpMethod.Patch, $"/api/v1/namespaces/default/services/s{i}/status", "application/merge-patch+json",
                "{\"status\":{\"loadBalancer\":{\"ingress\":[{\"ip\":\"192.0.2.1\"}]}}}", ct));
        var written = clock.Elapsed;
        for (var i = 0; i < 2 * count; i++) Assert.NotNull(await watch.NextAsync());
        clock.Restart();
        var list = JsonNode.Parse(await client.GetStringAsync("/api/v1/services"))!;
        output.WriteLine($"{count} created in {created.TotalMilliseconds:F0} ms, given a status in {written.TotalMilliseconds:F0} ms, listed in {clock.ElapsedMilliseconds} ms");
        Assert.Equal(count + 1, list["items"]!.AsArray().Count);
        Assert.True(created + written < TimeSpan.FromSeconds(30), $"{created} and {written}");
    }

    private static async Task SendAsync(HttpClient client, HttpMethod method, string path, string type, string body, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(method, path) { Content = new StringContent(body, Encoding.UTF8, type) };
        using var response = await client.SendAsync(request, ct);
        response.EnsureSuccessStatusCode();
    }
}
