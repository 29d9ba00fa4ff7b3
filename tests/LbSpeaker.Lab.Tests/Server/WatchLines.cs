using System.Text.Json.Nodes;

namespace LbSpeaker.Lab.Tests.Server;

/// <summary>A watch as its client sees it: one event a line.</summary>
internal sealed class WatchLines(HttpResponseMessage response, StreamReader reader) : IDisposable
{
    public static async Task<WatchLines> OpenAsync(HttpClient client, string path)
    {
        var response = await client.GetAsync(path, HttpCompletionOption.ResponseHeadersRead);
        response.EnsureSuccessStatusCode();
        return new WatchLines(response, new StreamReader(await response.Content.ReadAsStreamAsync()));
    }

    /// <summary>Null when the stream has ended.</summary>
    public async Task<JsonNode?> NextAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        return await reader.ReadLineAsync(patience.Token) is { } line ? JsonNode.Parse(line) : null;
    }

    public async Task<string> NextTextAsync()
    {
        var next = await NextAsync();
        return next is null ? "end" : $"{next["type"]} {next["object"]?["metadata"]?["name"]}".Trim();
    }

    public void Dispose()
    {
        reader.Dispose();
        response.Dispose();
    }
}
