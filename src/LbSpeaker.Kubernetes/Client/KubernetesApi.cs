using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using LbSpeaker.Kubernetes.Resources;

namespace LbSpeaker.Kubernetes.Client;

/// <summary>How a PATCH body is to be understood.</summary>
public enum PatchType { Merge, StrategicMerge, Json }

/// <summary>
/// A thin client: one request, one value. No answer of a server and no failing connection throws; only cancellation does.
/// Credentials and their renewal are the package's; what it cannot do in a native image stands beside this file.
/// </summary>
/// <param name="authenticate">Puts the credentials on a request; null for none.</param>
public sealed class KubernetesApi(
    HttpClient client, Uri baseUri, Func<HttpRequestMessage, CancellationToken, Task>? authenticate, TimeProvider time, KubernetesMetrics metrics) : IDisposable
{
    /// <summary>A request other than a watch that takes longer than this is given up. The API server's own limit is 60 s.</summary>
    private static readonly TimeSpan RequestTimeout = TimeSpan.FromSeconds(30);

    /// <summary>A dead API server behind a silent load balancer is noticed after at most the two together.</summary>
    private static readonly TimeSpan KeepAlivePingDelay = TimeSpan.FromSeconds(10), KeepAlivePingTimeout = TimeSpan.FromSeconds(5);

    public TimeProvider Time => time;

    public Uri Server => baseUri;

    /// <summary>Where what is named without a namespace is looked for, as kubectl does.</summary>
    public string Namespace { get; init; } = ApiNames.DefaultNamespace;

    /// <summary>The file that the credentials are a token of, for the words where the server does not take it; null for others.</summary>
    public string? TokenFile { get; init; }

    /// <param name="kubeconfigPath">Null: $KUBECONFIG, the Pod's service account, or ~/.kube/config.</param>
    /// <param name="context">The context of the kubeconfig that counts; null for its current one.</param>
    /// <exception cref="KubeconfigException">None of them can be used.</exception>
    public static KubernetesApi Connect(string? kubeconfigPath, TimeProvider time, KubernetesMetrics metrics, string? context = null)
    {
        ClusterAccess access = KubeconfigLoader.Load(kubeconfigPath, context);
        SocketsHttpHandler handler = new()
        {
            SslOptions = access.Tls,
            ConnectTimeout = RequestTimeout,
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
            KeepAlivePingDelay = KeepAlivePingDelay,
            KeepAlivePingTimeout = KeepAlivePingTimeout,
            PooledConnectionLifetime = TimeSpan.FromMinutes(30),
        };
        HttpClient client = new(handler) { Timeout = Timeout.InfiniteTimeSpan };
        // The handshake takes its name from here; TargetHost of the TLS options is overwritten with the URL's host.
        client.DefaultRequestHeaders.Host = access.ServerName;
        return new KubernetesApi(client, access.Server, access.Credentials is { } credentials ? credentials.ProcessHttpRequestAsync : null, time, metrics)
        {
            Namespace = access.Namespace ?? ApiNames.DefaultNamespace,
            TokenFile = access.TokenFile,
        };
    }

    public Task<ApiResult> GetAsync(string path, CancellationToken cancellation) => SendAsync(HttpMethod.Get, path, default, null, cancellation);

    public Task<ApiResult> PostAsync(string path, ReadOnlyMemory<byte> body, CancellationToken cancellation) =>
        SendAsync(HttpMethod.Post, path, body, "application/json", cancellation);

    /// <summary>A question that is put as a POST and changes nothing (a review): it does not count as a write.</summary>
    internal Task<ApiResult> AskAsync(string path, ReadOnlyMemory<byte> body, CancellationToken cancellation) => SendOnceAsync(HttpMethod.Post, path, body, "application/json", cancellation);

    public Task<ApiResult> PutAsync(string path, ReadOnlyMemory<byte> body, CancellationToken cancellation) =>
        SendAsync(HttpMethod.Put, path, body, "application/json", cancellation);

    public Task<ApiResult> PatchAsync(string path, PatchType type, ReadOnlyMemory<byte> body, CancellationToken cancellation) =>
        SendAsync(HttpMethod.Patch, path, body, ContentType(type), cancellation);

    /// <param name="resourceVersion">Deleted only while it is at this version, else <see cref="ApiOutcome.Conflict"/>; empty for any.</param>
    public Task<ApiResult> DeleteAsync(string path, string resourceVersion, CancellationToken cancellation)
    {
        if (resourceVersion.Length == 0) return SendAsync(HttpMethod.Delete, path, default, null, cancellation);
        byte[] options = JsonBody.Of(json =>
        {
            json.WriteString("apiVersion", "v1");
            json.WriteString("kind", "DeleteOptions");
            json.WriteStartObject("preconditions");
            json.WriteString("resourceVersion", resourceVersion);
            json.WriteEndObject();
        });
        return SendAsync(HttpMethod.Delete, path, options, "application/json", cancellation);
    }

    /// <summary>Opens a long answer (a list, a watch) for reading as it comes. The caller bounds it in time by the token.</summary>
    /// <returns>The stream, or why there is none.</returns>
    internal async Task<(ApiResult Result, ApiStream? Stream)> OpenAsync(string path, CancellationToken cancellation)
    {
        // The server begins its answer at once, however long that will last.
        using CancellationTokenSource timeout = new(RequestTimeout, time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, timeout.Token);
        try
        {
            using HttpRequestMessage request = await NewRequestAsync(HttpMethod.Get, path, either.Token).ConfigureAwait(false);
            HttpResponseMessage response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token).ConfigureAwait(false);
            if (!response.IsSuccessStatusCode)
                using (response)
                    return (await FailureAsync(response, either.Token).ConfigureAwait(false), null);
            Stream stream = await response.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
            return (Ok((int)response.StatusCode, default), new ApiStream(response, stream));
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            return (TimedOut, null);
        }
        catch (Exception exception) when (IsConnectionFailure(exception))
        {
            return (Failed(exception), null);
        }
    }

    public void Dispose() => client.Dispose();

    private async Task<ApiResult> SendAsync(HttpMethod method, string path, ReadOnlyMemory<byte> body, string? contentType, CancellationToken cancellation)
    {
        bool writes = method != HttpMethod.Get;
        ApiResult result = await SendOnceAsync(method, path, body, contentType, cancellation).ConfigureAwait(false);
        if (writes) metrics.CountWrite(result.Outcome);
        return result;
    }

    private async Task<ApiResult> SendOnceAsync(HttpMethod method, string path, ReadOnlyMemory<byte> body, string? contentType, CancellationToken cancellation)
    {
        using CancellationTokenSource timeout = new(RequestTimeout, time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, timeout.Token);
        try
        {
            using HttpRequestMessage request = await NewRequestAsync(method, path, either.Token).ConfigureAwait(false);
            if (contentType is not null)
            {
                request.Content = new ReadOnlyMemoryContent(body);
                request.Content.Headers.ContentType = new MediaTypeHeaderValue(contentType);
            }
            using HttpResponseMessage response = await client.SendAsync(request, HttpCompletionOption.ResponseContentRead, either.Token).ConfigureAwait(false);
            return response.IsSuccessStatusCode
                ? Ok((int)response.StatusCode, await response.Content.ReadAsByteArrayAsync(either.Token).ConfigureAwait(false))
                : await FailureAsync(response, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            return TimedOut;
        }
        catch (Exception exception) when (IsConnectionFailure(exception))
        {
            return Failed(exception);
        }
    }

    private async Task<HttpRequestMessage> NewRequestAsync(HttpMethod method, string path, CancellationToken cancellation)
    {
        HttpRequestMessage request = new(method, new Uri(baseUri, path)) { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionOrLower };
        request.Headers.Accept.Add(new("application/json"));
        request.Headers.UserAgent.Add(new("lbspeaker", null));
        if (authenticate is not null) await authenticate(request, cancellation).ConfigureAwait(false);
        return request;
    }

    private async Task<ApiResult> FailureAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        byte[] body = await response.Content.ReadAsByteArrayAsync(cancellation).ConfigureAwait(false);
        int code = (int)response.StatusCode;
        ApiOutcome outcome = code switch
        {
            404 => ApiOutcome.NotFound,
            409 => ApiOutcome.Conflict,
            410 => ApiOutcome.Gone,
            429 => ApiOutcome.TooManyRequests,
            401 or >= 500 => ApiOutcome.Unreachable,
            _ => ApiOutcome.Refused,
        };
        TimeSpan? retryAfter = response.Headers.RetryAfter switch
        {
            { Delta: { } delta } => delta,
            { Date: { } date } when date > time.GetUtcNow() => date - time.GetUtcNow(),
            _ => null,
        };
        string words = StatusMessage(body) ?? response.ReasonPhrase ?? "";
        return new(outcome, code, code == 401 && TokenFile is { } file ? $"{words}, with the token that stands in {file}" : words, retryAfter, default);
    }

    /// <summary>The message of a meta/v1 Status; proxies in between answer in HTML, which nobody wants in a log.</summary>
    private static string? StatusMessage(byte[] body)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(body);
            return document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("message", out JsonElement message) && message.ValueKind == JsonValueKind.String
                ? message.GetString()
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>What a broken connection, a failed handshake, a token file or a credential plugin may throw.</summary>
    internal static bool IsConnectionFailure(Exception exception) =>
        exception is HttpRequestException or IOException or System.Net.Sockets.SocketException or System.Security.Authentication.AuthenticationException or InvalidDataException or UnauthorizedAccessException;

    private static ApiResult TimedOut => new(ApiOutcome.Unreachable, 0, $"no answer within {RequestTimeout.TotalSeconds:0} s", null, default);

    private static ApiResult Ok(int status, ReadOnlyMemory<byte> body) => new(ApiOutcome.Ok, status, "", null, body);

    private static ApiResult Failed(Exception exception) => new(ApiOutcome.Unreachable, 0, (exception.InnerException ?? exception).Message, null, default);

    private static string ContentType(PatchType type) => type switch
    {
        PatchType.Merge => "application/merge-patch+json",
        PatchType.StrategicMerge => "application/strategic-merge-patch+json",
        PatchType.Json => "application/json-patch+json",
        _ => throw new ArgumentOutOfRangeException(nameof(type)),
    };
}
