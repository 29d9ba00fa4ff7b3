using System.Net.Http.Headers;
using System.Net.Security;
using System.Text;
using System.Text.Json;

namespace LbSpeaker.Bench.Cluster;

/// <summary>Writes to the embedded API server as any client would, and takes no for no answer: a bench over half a cluster would measure nothing.</summary>
internal sealed class ApiClient(Uri server) : IDisposable
{
    private readonly HttpClient client = new(new SocketsHttpHandler
    {
        // On the loopback nobody is in between, and the embedded server makes its certificate itself.
        SslOptions = new() { RemoteCertificateValidationCallback = (_, _, _, errors) => errors == SslPolicyErrors.None || server.IsLoopback },
    })
    {
        BaseAddress = server,
        Timeout = Timeout.InfiniteTimeSpan,
    };

    public Task PostAsync(string path, string yaml, CancellationToken ct) => SendAsync(HttpMethod.Post, path, yaml, "application/yaml", ct);

    public Task PostJsonAsync(string path, string json, CancellationToken ct) => SendAsync(HttpMethod.Post, path, json, "application/json", ct);

    public Task MergeAsync(string path, string json, CancellationToken ct) => SendAsync(HttpMethod.Patch, path, json, "application/merge-patch+json", ct);

    /// <summary>A strategic merge patch, as a controller writes a Service's status.</summary>
    public Task PatchAsync(string path, string json, CancellationToken ct) => SendAsync(HttpMethod.Patch, path, json, "application/strategic-merge-patch+json", ct);

    public Task DeleteAsync(string path, CancellationToken ct) => SendAsync(HttpMethod.Delete, path, "{}", "application/json", ct);

    /// <summary>The resourceVersion that a list of the collection has now.</summary>
    public async Task<string> VersionOfAsync(string path, CancellationToken ct)
    {
        using JsonDocument document = await GetAsync($"{path}?limit=1", ct).ConfigureAwait(false);
        return document.RootElement.GetProperty("metadata").GetProperty("resourceVersion").GetString()!;
    }

    public async Task<JsonDocument> GetAsync(string path, CancellationToken ct)
    {
        using Stream answer = await client.GetStreamAsync(path, ct).ConfigureAwait(false);
        return await JsonDocument.ParseAsync(answer, cancellationToken: ct).ConfigureAwait(false);
    }

    /// <summary>A watch, line by line.</summary>
    public async Task<StreamReader> WatchAsync(string path, string version, CancellationToken ct)
    {
        HttpResponseMessage response = await client.GetAsync($"{path}?watch=true&resourceVersion={version}", HttpCompletionOption.ResponseHeadersRead, ct).ConfigureAwait(false);
        response.EnsureSuccessStatusCode();
        return new(await response.Content.ReadAsStreamAsync(ct).ConfigureAwait(false), Encoding.UTF8);
    }

    public void Dispose() => client.Dispose();

    /// <exception cref="HttpRequestException">The server refuses; the message has its words.</exception>
    private async Task SendAsync(HttpMethod method, string path, string body, string type, CancellationToken ct)
    {
        using HttpRequestMessage request = new(method, path) { Content = new StringContent(body, Encoding.UTF8, new MediaTypeHeaderValue(type)) };
        using HttpResponseMessage response = await client.SendAsync(request, ct).ConfigureAwait(false);
        if (response.IsSuccessStatusCode) return;
        throw new HttpRequestException($"{method} {path}: {await response.Content.ReadAsStringAsync(ct).ConfigureAwait(false)}", null, response.StatusCode);
    }
}
