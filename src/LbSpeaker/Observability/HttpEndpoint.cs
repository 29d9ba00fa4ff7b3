using System.Net;
using System.Net.Sockets;
using System.Text;

namespace LbSpeaker.Observability;

/// <summary>
/// A plain HTTP listener for probes and metrics: GET of a few fixed paths. The framework's small listener serves here because the whole
/// web stack would cost a third of the speaker's memory.
/// </summary>
/// <param name="port">1 to 65535.</param>
/// <param name="allInterfaces">Loopback alone unless asked otherwise.</param>
public sealed class HttpEndpoint(string purpose, int port, bool allInterfaces, IReadOnlyDictionary<string, Func<(int Status, string Body)>> pages)
{
    /// <summary>Serves until cancelled.</summary>
    /// <exception cref="StartException">The port is in use or may not be opened.</exception>
    public async Task RunAsync(CancellationToken ct)
    {
        using HttpListener listener = new();
        listener.Prefixes.Add($"http://{(allInterfaces ? "*" : "127.0.0.1")}:{port}/");
        try
        {
            listener.Start();
        }
        catch (Exception failure) when (failure is HttpListenerException or SocketException)
        {
            throw new StartException($"cannot listen on port {port} for {purpose}: {failure.Message}; end what uses it, or choose another port (0 turns it off)");
        }
        await using CancellationTokenRegistration stop = ct.Register(listener.Abort);
        while (!ct.IsCancellationRequested)
        {
            HttpListenerContext context;
            try
            {
                context = await listener.GetContextAsync().ConfigureAwait(false);
            }
            catch (Exception) when (ct.IsCancellationRequested)
            {
                return;
            }
            Answer(context);
        }
    }

    private void Answer(HttpListenerContext context)
    {
        (int status, string body) = context.Request.HttpMethod != "GET" ? (405, "only GET\n")
            : pages.TryGetValue(context.Request.Url?.AbsolutePath ?? "", out Func<(int, string)>? page) ? page()
            : (404, $"known paths: {string.Join(" ", pages.Keys)}\n");
        byte[] bytes = Encoding.UTF8.GetBytes(body);
        try
        {
            context.Response.StatusCode = status;
            context.Response.ContentType = "text/plain; version=0.0.4; charset=utf-8";
            context.Response.ContentLength64 = bytes.Length;
            context.Response.OutputStream.Write(bytes);
            context.Response.Close();
        }
        catch (Exception gone) when (gone is HttpListenerException or IOException or ObjectDisposedException)
        {
            // The client went away in the middle; its loss alone.
        }
    }
}
