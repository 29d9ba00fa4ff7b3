using System.Collections.Concurrent;
using System.IO.Pipelines;
using System.Net;
using System.Text;
using System.Threading.Channels;
using LbSpeaker.Kubernetes.Client;

namespace LbSpeaker.Kubernetes.Tests.Fakes;

/// <summary>A request as it came in.</summary>
internal sealed record SeenRequest(string Method, string Path, IReadOnlyDictionary<string, string> Query, string ContentType, string Body)
{
    public bool IsWatch => Query.ContainsKey("watch");
}

/// <summary>An API server that a test answers for, request by request.</summary>
internal sealed class ScriptedServer : HttpMessageHandler
{
    private readonly Channel<(SeenRequest Request, TaskCompletionSource<HttpResponseMessage> Answer)> waiting =
        Channel.CreateUnbounded<(SeenRequest, TaskCompletionSource<HttpResponseMessage>)>();

    /// <summary>Answers without being asked for by the test; null where the test answers each itself.</summary>
    public Func<SeenRequest, HttpResponseMessage?>? Always { get; set; }

    public ConcurrentQueue<SeenRequest> Seen { get; } = [];

    /// <summary>A request that waits for its answer.</summary>
    public bool IsAsked => waiting.Reader.TryPeek(out _);

    public KubernetesApi NewApi(TimeProvider time) => new(new HttpClient(this, disposeHandler: false) { Timeout = Timeout.InfiniteTimeSpan },
        new Uri("http://api.example/"), null, time, new KubernetesMetrics());

    /// <summary>Waits for the next request and answers it.</summary>
    public async Task<SeenRequest> AnswerAsync(Func<SeenRequest, HttpResponseMessage> answer)
    {
        (SeenRequest request, TaskCompletionSource<HttpResponseMessage> source) = await waiting.Reader.ReadAsync().AsTask().WaitAsync(Patience.Limit);
        source.SetResult(answer(request));
        return request;
    }

    public Task<SeenRequest> AnswerAsync(HttpResponseMessage answer) => AnswerAsync(_ => answer);

    /// <summary>The next request finds no server.</summary>
    public async Task<SeenRequest> FailAsync()
    {
        (SeenRequest request, TaskCompletionSource<HttpResponseMessage> source) = await waiting.Reader.ReadAsync().AsTask().WaitAsync(Patience.Limit);
        source.SetException(new HttpRequestException("connection refused"));
        return request;
    }

    public static HttpResponseMessage Json(string body, HttpStatusCode status = HttpStatusCode.OK) =>
        new(status) { Content = new StringContent(body, Encoding.UTF8, "application/json") };

    public static HttpResponseMessage Status(int code, string message, TimeSpan? retryAfter = null)
    {
        HttpResponseMessage response = Json($$"""{"kind":"Status","apiVersion":"v1","status":"Failure","message":"{{message}}","code":{{code}}}""", (HttpStatusCode)code);
        if (retryAfter is { } pause) response.Headers.RetryAfter = new(pause);
        return response;
    }

    public static HttpResponseMessage List(string version, string next, params string[] items) =>
        Json($$$"""{"kind":"List","metadata":{"resourceVersion":"{{{version}}}","continue":"{{{next}}}"},"items":[{{{string.Join(",", items)}}}]}""");

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        string body = request.Content is null ? "" : await request.Content.ReadAsStringAsync(cancellationToken);
        Dictionary<string, string> query = request.RequestUri!.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries)
            .Select(pair => pair.Split('=', 2)).ToDictionary(pair => pair[0], pair => Uri.UnescapeDataString(pair[1]));
        SeenRequest seen = new(request.Method.Method, request.RequestUri.AbsolutePath.TrimStart('/'), query, request.Content?.Headers.ContentType?.MediaType ?? "", body);
        Seen.Enqueue(seen);
        if (Always?.Invoke(seen) is { } at_once) return at_once;
        TaskCompletionSource<HttpResponseMessage> answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await waiting.Writer.WriteAsync((seen, answer), cancellationToken);
        return await answer.Task.WaitAsync(cancellationToken);
    }
}

/// <summary>A watch that the test feeds.</summary>
internal sealed class ScriptedWatch
{
    private readonly Pipe pipe = new();

    public HttpResponseMessage Response() => new(HttpStatusCode.OK) { Content = new StreamContent(pipe.Reader.AsStream()) };

    public async Task SendAsync(string text) => await pipe.Writer.WriteAsync(Encoding.UTF8.GetBytes(text));

    public Task EventAsync(string type, string json) => SendAsync($$"""{"type":"{{type}}","object":{{json}}}""" + "\n");

    /// <summary>The server ends the watch.</summary>
    public async Task CloseAsync() => await pipe.Writer.CompleteAsync();

    /// <summary>The connection breaks.</summary>
    public async Task BreakAsync() => await pipe.Writer.CompleteAsync(new IOException("connection reset by peer"));
}
