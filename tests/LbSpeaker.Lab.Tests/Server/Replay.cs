using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using LbSpeaker.Lab.Api;
using Microsoft.Extensions.Time.Testing;

namespace LbSpeaker.Lab.Tests.Server;

/// <summary>Sends recorded requests to a server of ours and says how its answers differ.</summary>
internal sealed class Replay(ApiServer server, FakeTimeProvider time) : IDisposable
{
    private const string AdminToken = "admin-token";
    private readonly HttpClient _client = new() { BaseAddress = server.BaseAddress };
    private readonly Likeness _likeness = new();

    public static ApiServerOptions Options(FakeTimeProvider time) => new()
    {
        ServiceCidrs = [System.Net.IPNetwork.Parse("10.96.0.0/16"), System.Net.IPNetwork.Parse("fd00:10:96::/112")],
        Tokens = new Dictionary<string, string> { [AdminToken] = "harness-admin", ["TOKEN"] = "system:serviceaccount:demo:nobody" },
        Time = time,
    };

    public void NewFile() => _likeness.NewFile();

    /// <summary>Sends a step of a setup, or an exchange whose answer is of no interest beyond the values in it.</summary>
    public async Task StepAsync(Exchange exchange)
    {
        if (exchange.IsWatch) return;
        var (_, body) = await SendAsync(exchange);
        if (exchange.Mark is { } mark) _likeness.Mark(mark, server.ResourceVersion.ToString(System.Globalization.CultureInfo.InvariantCulture));
        if (exchange.Response?["body"] is { } recorded) _likeness.Compare(recorded, body);
    }

    public async Task<string?> CompareAsync(Exchange exchange)
    {
        if (exchange.IsWatch) return await WatchAsync(exchange);
        var (response, body) = await SendAsync(exchange);
        var status = exchange.Response!["status"]!.GetValue<int>();
        if ((int)response.StatusCode != status) return $"status: recorded {status}, ours {(int)response.StatusCode}: {body?.ToJsonString()}";
        if (response.Content.Headers.ContentType?.MediaType == "application/yaml" && exchange.Response["body"] is JsonValue yaml)
            return _likeness.Compare(LbSpeaker.Lab.Api.Http.Yaml.Parse(yaml.GetValue<string>()), LbSpeaker.Lab.Api.Http.Yaml.Parse(body!.GetValue<string>()));
        return Headers(exchange, response) ?? _likeness.Compare(exchange.Response["body"], body);
    }

    public void Dispose() => _client.Dispose();

    private static string? Headers(Exchange exchange, HttpResponseMessage response)
    {
        foreach (var (name, value) in exchange.Response!["headers"] as JsonObject ?? [])
        {
            var ours = response.Headers.TryGetValues(name, out var values) || response.Content.Headers.TryGetValues(name, out values) ? string.Join(",", values) : null;
            // Parameters and their spacing are the same thing written differently.
            if (ours?.Replace(" ", "", StringComparison.Ordinal) != value!.GetValue<string>().Replace(" ", "", StringComparison.Ordinal))
                return $"header {name}: recorded {value}, ours {ours}";
        }
        return null;
    }

    private async Task<(HttpResponseMessage, JsonNode?)> SendAsync(Exchange exchange)
    {
        using var request = await RequestAsync(exchange);
        var response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        // A watch that was refused when recorded may be open here: its status says enough.
        var open = exchange.Path.Contains("watch=1", StringComparison.Ordinal) && response.IsSuccessStatusCode;
        var text = open ? "" : await response.Content.ReadAsStringAsync();
        return (response, Parsed(text));
    }

    private async Task<HttpRequestMessage> RequestAsync(Exchange exchange)
    {
        await LearnUidsAsync(exchange);
        var request = new HttpRequestMessage(new HttpMethod(exchange.Method), _likeness.Path(exchange.Path));
        request.Headers.TryAddWithoutValidation("Accept", exchange.Accept ?? "application/json");
        var token = exchange.Auth switch { null => AdminToken, "no credentials" => null, "a wrong bearer token" => "wrong", _ => "TOKEN" };
        if (token is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        if (exchange.Body is { } body)
        {
            var text = body is JsonValue raw && raw.TryGetValue(out string? sent) ? sent! : _likeness.Body(body)!.ToJsonString();
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(text));
            if (exchange.ContentType is { } type) request.Content.Headers.TryAddWithoutValidation("Content-Type", type);
        }
        return request;
    }

    /// <summary>A recorded body may hold the uid of an object that this file has not shown yet: it is looked up by its name.</summary>
    private async Task LearnUidsAsync(Exchange exchange)
    {
        if (exchange.Body is not JsonObject body) return;
        if (Text(body["metadata"]?["uid"]) is { } uid && Text(body["metadata"]?["name"]) is { } name) await LearnAsync(exchange, uid, name);
        foreach (var owner in body["metadata"]?["ownerReferences"] as JsonArray ?? [])
            if (Text(owner?["uid"]) is { Length: > 0 } ownerUid && Text(owner?["name"]) is { } ownerName) await LearnAsync(exchange, ownerUid, ownerName);
    }

    private async Task LearnAsync(Exchange exchange, string uid, string name)
    {
        if (_likeness.Knows(uid) || !uid.StartsWith("00000000-0000", StringComparison.Ordinal)) return;
        var path = exchange.Path.Split('?')[0].Replace("/status", "", StringComparison.Ordinal);
        var item = path.EndsWith("/" + name, StringComparison.Ordinal) ? path : path + "/" + name;
        using var request = new HttpRequestMessage(HttpMethod.Get, item);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", AdminToken);
        using var response = await _client.SendAsync(request);
        if (response.IsSuccessStatusCode && Text(Parsed(await response.Content.ReadAsStringAsync())?["metadata"]?["uid"]) is { } ours) _likeness.Learn(uid, ours);
    }

    private async Task<string?> WatchAsync(Exchange exchange)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        using var request = await RequestAsync(exchange);
        using var response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, deadline.Token);
        var status = exchange.Response!["status"]!.GetValue<int>();
        if ((int)response.StatusCode != status) return $"status: recorded {status}, ours {(int)response.StatusCode}: {await response.Content.ReadAsStringAsync(deadline.Token)}";
        if (Headers(exchange, response) is { } header) return header;
        if (status != 200 && exchange.Events is JsonArray { Count: 0 }) return null;
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(deadline.Token));
        var recorded = (JsonArray)exchange.Events!;
        foreach (var expected in recorded)
        {
            string? line;
            try
            {
                line = await reader.ReadLineAsync(deadline.Token);
            }
            catch (OperationCanceledException)
            {
                return $"the event did not come: {expected?.ToJsonString()[..80]}";
            }
            if (line is null) return $"the watch ended before {expected?.ToJsonString()[..80]}";
            if (_likeness.Compare(expected, Parsed(line)) is { } difference) return difference;
        }
        if (!exchange.Path.Contains("timeoutSeconds", StringComparison.Ordinal)) return null;
        time.Advance(TimeSpan.FromSeconds(3));
        var rest = await reader.ReadToEndAsync(deadline.Token);
        return rest.Trim().Length == 0 ? null : $"more than was recorded: {rest}";
    }

    private static JsonNode? Parsed(string text)
    {
        try
        {
            return text.Length == 0 ? JsonValue.Create("") : JsonNode.Parse(text) is JsonNode node and (JsonObject or JsonArray) ? node : JsonValue.Create(text);
        }
        catch (System.Text.Json.JsonException)
        {
            return JsonValue.Create(text);
        }
    }

    private static string? Text(JsonNode? node) => node is JsonValue v && v.TryGetValue(out string? s) ? s : null;
}
