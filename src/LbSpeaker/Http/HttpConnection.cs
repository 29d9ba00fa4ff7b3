using System.Net.Security;
using System.Net.Sockets;

namespace LbSpeaker.Http;

/// <summary>One connection, and the time that it has.</summary>
internal sealed class HttpConnection : IDisposable
{
    private readonly Socket peer;
    private readonly CancellationTokenSource patience, limit;
    private volatile bool isBeingAnswered;

    public HttpConnection(Socket peer, TimeSpan toAsk, TimeProvider time, CancellationToken ct)
    {
        this.peer = peer;
        patience = new(toAsk, time);
        limit = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, ct);
    }

    /// <summary>Ends when it has been served; a failure of ours goes another way.</summary>
    public Task Serving { get; set; } = Task.CompletedTask;

    public CancellationToken Limit => limit.Token;

    /// <summary>It has asked, and has not been given all of its answer yet.</summary>
    public bool IsBeingAnswered
    {
        get => isBeingAnswered;
        set => isBeingAnswered = value;
    }

    /// <summary>It takes one of the places of those that listen for long.</summary>
    public bool IsStream { get; set; }

    /// <summary>It has closed, or says more than it asked.</summary>
    public bool HasMoved => peer.Poll(0, SelectMode.SelectRead);

    /// <summary>From now on it has this time, or all of it.</summary>
    public void Give(TimeSpan time) => patience.CancelAfter(time);

    /// <param name="certificate">Null for plain HTTP.</param>
    /// <exception cref="HandshakeException">What came was no TLS.</exception>
    public async Task<Stream> OpenAsync(ServerCertificate? certificate)
    {
        peer.NoDelay = true;
        NetworkStream plain = new(peer, ownsSocket: false);
        if (certificate is null) return plain;
        SslStream tls = new(plain);
        try
        {
            await tls.AuthenticateAsServerAsync(certificate.Options, Limit).ConfigureAwait(false);
            return tls;
        }
        catch (Exception failed) when (failed is not OperationCanceledException)
        {
            // What a library makes of a stranger's octets must not end the process, whatever it is.
            await tls.DisposeAsync().ConfigureAwait(false);
            throw new HandshakeException(failed);
        }
    }

    /// <summary>A socket that is closed while something of the peer's is unread takes the answer back: what is still under way is read away.</summary>
    public async Task PartAsync(Stream stream)
    {
        if (stream is SslStream tls) await tls.ShutdownAsync().WaitAsync(Limit).ConfigureAwait(false);
        peer.Shutdown(SocketShutdown.Send);
        byte[] rest = new byte[4096];
        for (int read = 0, more; read < HttpRequestHead.Limit; read += more)
            if ((more = await peer.ReceiveAsync(rest, Limit).ConfigureAwait(false)) == 0) return;
    }

    /// <summary>What it waits for fails with that.</summary>
    public void Abort() => peer.Dispose();

    public void Dispose()
    {
        peer.Dispose();
        limit.Dispose();
        patience.Dispose();
    }
}

internal sealed class HandshakeException(Exception cause) : Exception("no TLS", cause);
