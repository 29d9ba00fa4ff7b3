using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace LbSpeaker.Testing.Access;

/// <summary>An HTTPS server on the loopback that refuses every request (403) and says whom it saw: <c>seen CN=alice; Bearer abc</c>.</summary>
public sealed class Gatekeeper : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stop = new();
    private readonly SslServerAuthenticationOptions tls;
    private readonly Task serving;

    /// <param name="above">Intermediates to send along.</param>
    public Gatekeeper(X509Certificate2 certificate, params X509Certificate2[] above)
    {
        tls = new SslServerAuthenticationOptions
        {
            ServerCertificateContext = SslStreamCertificateContext.Create(certificate, [.. above], offline: true),
            ClientCertificateRequired = true,
#pragma warning disable CA5359 // Whoever comes is told who he is, and let in by none.
            RemoteCertificateValidationCallback = (_, _, _, _) => true,
#pragma warning restore CA5359
        };
        listener.Start();
        serving = ServeAsync();
    }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        listener.Stop();
        await serving;
        stop.Dispose();
    }

    private async Task ServeAsync()
    {
        List<Task> connections = [];
        try
        {
            while (true) connections.Add(RefuseAsync(await listener.AcceptTcpClientAsync(stop.Token)));
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(connections);
        }
    }

    private async Task RefuseAsync(TcpClient client)
    {
        using (client)
        await using (SslStream stream = new(client.GetStream()))
            try
            {
                await stream.AuthenticateAsServerAsync(tls, stop.Token);
                using StreamReader reader = new(stream, Encoding.ASCII);
                while (await reader.ReadLineAsync(stop.Token) is not null)
                {
                    string? authorization = null;
                    while (await reader.ReadLineAsync(stop.Token) is { Length: > 0 } header)
                        if (header.StartsWith("Authorization: ", StringComparison.OrdinalIgnoreCase)) authorization = header["Authorization: ".Length..];
                    string who = string.Join("; ", new[] { stream.RemoteCertificate?.Subject, authorization }.Where(s => s is not null));
                    string body = $$"""{"kind":"Status","apiVersion":"v1","code":403,"message":"seen {{(who.Length > 0 ? who : "nobody")}}"}""";
                    await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 403 Forbidden\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}"), stop.Token);
                }
            }
            catch (Exception gone) when (gone is IOException or System.Security.Authentication.AuthenticationException or OperationCanceledException)
            {
                // The client did not like our certificate, or went away: what a test looks at is what the client says.
            }
    }
}
