using System.Net;

namespace LbSpeaker.Tests.Lab;

/// <summary>A request as one process sent it.</summary>
/// <param name="Client">The process.</param>
internal sealed record Sent(string Client, string Method, string Path, string Query, string Body)
{
    private string[] Segments => Path.Split('/');

    public bool IsWatch => Query.Contains("watch=true", StringComparison.Ordinal);

    public bool IsRead => Method == "GET";

    /// <summary>The plural name, such as services.</summary>
    public string Resource => NamespaceAt is { } at && Segments.Length > at + 2 ? Segments[at + 2] : Segments[Segments[0] == "api" ? 2 : 3];

    public string? Namespace => NamespaceAt is { } at && Segments.Length > at + 2 ? Segments[at + 1] : null;

    public string? Subresource => NamespaceAt is { } at && Segments.Length > at + 4 ? Segments[at + 4] : null;

    public string Group => Segments[0] == "api" ? "" : Segments[1];

    /// <summary>What says that a process lives, and says it all the time.</summary>
    public bool IsLease => Resource == "leases";

    private int? NamespaceAt => Array.IndexOf(Segments, "namespaces") is >= 0 and var at ? at : null;

    public override string ToString() => $"{Client}: {Method} {Path}{(IsWatch ? " (watch)" : "")}{(Body.Length > 0 ? " " + Body : "")}";
}

/// <summary>What a test makes of a request before it goes out.</summary>
internal enum Fate
{
    Pass,
    /// <summary>The process dies before it is sent.</summary>
    DieBefore,
    /// <summary>The server carries it out, and the process dies before it hears of that.</summary>
    DieAfter,
}

/// <summary>
/// The connection of one process to the API server: writes down what is sent, and cuts that process off, whatever the others do. A process that is
/// cut off gets neither answers nor errors, as behind a firewall that drops; what was under way breaks when it is connected again.
/// </summary>
internal sealed class Wire(string client, Action<Sent> journal, Action<Sent, HttpStatusCode>? answered = null) : DelegatingHandler(new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(5) })
{
    private readonly Lock gate = new();
    private TaskCompletionSource cut = new(TaskCreationOptions.RunContinuationsAsynchronously), mended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int underWay;
    private bool isDead;

    /// <summary>A request without an answer so far, while the process is connected.</summary>
    public bool IsBusy => Volatile.Read(ref underWay) > 0 && !IsCut;

    public bool IsCut => cut.Task.IsCompleted;

    /// <summary>Asked about each request; null lets all pass.</summary>
    public Func<Sent, Fate>? Decide { get; set; }

    /// <summary>From now on nothing goes out or comes in.</summary>
    public void Cut() => cut.TrySetResult();

    /// <summary>Connected again; what was under way is lost.</summary>
    public void Mend()
    {
        lock (gate)
        {
            if (isDead || !IsCut) return;
            cut = new(TaskCreationOptions.RunContinuationsAsynchronously);
            mended.SetResult();
            mended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    /// <summary>As <see cref="Cut"/>, for good.</summary>
    public void Die()
    {
        lock (gate) isDead = true;
        Cut();
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        string body = request.Content is null ? "" : await request.Content.ReadAsStringAsync(cancellationToken);
        Sent sent = new(client, request.Method.Method, request.RequestUri!.AbsolutePath.TrimStart('/'), request.RequestUri.Query, body);
        if (IsCut) await BreaksAsync(mended.Task, cancellationToken);
        Fate fate;
        lock (gate) fate = IsCut ? Fate.DieBefore : Decide?.Invoke(sent) ?? Fate.Pass;
        if (fate == Fate.DieBefore)
        {
            Die();
            await BreaksAsync(mended.Task, cancellationToken);
        }
        journal(sent);
        Task ends = cut.Task, begins = mended.Task;
        Interlocked.Increment(ref underWay);
        try
        {
            Task<HttpResponseMessage> answering = base.SendAsync(request, fate == Fate.DieAfter ? CancellationToken.None : cancellationToken);
            if (fate == Fate.DieAfter)
            {
                (await answering).Dispose();
                Die();
            }
            await Task.WhenAny(answering, ends);
            if (ends.IsCompleted) await BreaksAsync(begins, cancellationToken);
            HttpResponseMessage answer = await answering;
            answered?.Invoke(sent, answer.StatusCode);
            if (sent.IsWatch && answer.IsSuccessStatusCode)
                answer.Content = new StreamContent(new CutStream(await answer.Content.ReadAsStreamAsync(cancellationToken), ends, begins));
            return answer;
        }
        finally
        {
            Interlocked.Decrement(ref underWay);
        }
    }

    /// <summary>Silence until the connection is mended; then the failure that was not seen before.</summary>
    private static async Task BreaksAsync(Task mended, CancellationToken ct)
    {
        await mended.WaitAsync(ct);
        throw new HttpRequestException("connection reset by peer");
    }

    /// <summary>A stream that falls silent when the process is cut off.</summary>
    private sealed class CutStream(Stream inner, Task cut, Task mended) : Stream
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Task<int> reading = inner.ReadAsync(buffer, cancellationToken).AsTask();
            await Task.WhenAny(reading, cut);
            if (cut.IsCompleted) await BreaksAsync(mended, cancellationToken);
            return await reading;
        }

        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }
        public override void Flush() { }
        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing) inner.Dispose();
            base.Dispose(disposing);
        }
    }
}
