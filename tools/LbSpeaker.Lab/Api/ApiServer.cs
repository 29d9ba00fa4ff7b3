using System.Net;
using System.Text.Json.Nodes;
using LbSpeaker.Lab.Api.Http;
using LbSpeaker.Lab.Api.Writing;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace LbSpeaker.Lab.Api;

/// <summary>
/// A Kubernetes API server in this process: good enough for kubectl and for LbSpeaker's own clients, with faults on request. It keeps
/// its state in memory and runs no controllers but deletion's.
/// </summary>
public sealed class ApiServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ServerParts _parts;
    private readonly ServerCertificate? _certificate;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _collecting;

    private ApiServer(WebApplication app, ServerParts parts, Faults faults, ServerCertificate? certificate, Uri baseAddress)
    {
        (_app, _parts, _certificate, Faults, BaseAddress) = (app, parts, certificate, faults, baseAddress);
        _collecting = parts.Collector.RunAsync(_stop.Token);
    }

    /// <summary>The first address that is listened on.</summary>
    public Uri BaseAddress { get; }

    /// <summary>What goes wrong on purpose.</summary>
    public Faults Faults { get; }

    /// <summary>The newest resourceVersion.</summary>
    public long ResourceVersion => _parts.Store.Revision;

    /// <summary>For tests that look at the state itself, past all faults.</summary>
    internal ServerParts Parts => _parts;

    /// <summary>Starts the server; it answers when the task is done.</summary>
    public static async Task<ApiServer> StartAsync(ApiServerOptions options, CancellationToken ct)
    {
        var parts = new ServerParts(options);
        var connections = new Connections();
        var faults = new Faults(parts.Store, connections, options.Time);
        Bootstrap.Fill(parts);
        var certificate = options.Tls ? ServerCertificate.Create(options.Listen.Select(e => e.Address)) : null;

        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxConcurrentConnections = null;
            kestrel.Limits.MinResponseDataRate = null;
            void Configure(ListenOptions listen)
            {
                listen.Use(next => connection => connections.RunAsync(connection, next, () => faults.InOutage));
                // HTTP/2 needs TLS to be negotiated; without it a client could not tell.
                listen.Protocols = certificate is null ? HttpProtocols.Http1 : HttpProtocols.Http1AndHttp2;
                if (certificate is not null) listen.UseHttps(certificate.Certificate);
            }
            foreach (var endpoint in options.Listen) kestrel.Listen(endpoint, Configure);
            foreach (var handle in options.ListenHandles) kestrel.ListenHandle(handle, Configure);
            if (options.Listen.Count + options.ListenHandles.Count == 0) kestrel.Listen(IPAddress.Loopback, 0, Configure);
        });
        var app = builder.Build();
        var dispatcher = new Dispatcher(parts, faults);
        app.Run(dispatcher.HandleAsync);
        await app.StartAsync(ct).ConfigureAwait(false);
        var addresses = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses;
        return new ApiServer(app, parts, faults, certificate, ReachableAddress(addresses, certificate is not null));
    }

    /// <summary>A kubeconfig that leads here, with the server's certificate and the first token where there are such.</summary>
    /// <param name="server">Another address under which the server is reached, for example from another network namespace.</param>
    public string Kubeconfig(Uri? server = null)
    {
        var cluster = new JsonObject { ["server"] = (server ?? BaseAddress).GetLeftPart(UriPartial.Authority) };
        if (_certificate is not null) cluster["certificate-authority-data"] = Convert.ToBase64String(System.Text.Encoding.ASCII.GetBytes(_certificate.Pem));
        // Some clients refuse a user without credentials, so one stands here even where everyone is let in.
        var user = new JsonObject { ["token"] = _parts.Options.Tokens.Keys.Order(StringComparer.Ordinal).FirstOrDefault() ?? "anyone" };
        return Yaml.Write(new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Config",
            ["clusters"] = new JsonArray(new JsonObject { ["name"] = "lab", ["cluster"] = cluster }),
            ["contexts"] = new JsonArray(new JsonObject { ["name"] = "lab", ["context"] = new JsonObject { ["cluster"] = "lab", ["user"] = "lab", ["namespace"] = "default" } }),
            ["users"] = new JsonArray(new JsonObject { ["name"] = "lab", ["user"] = user }),
            ["current-context"] = "lab",
        });
    }

    /// <summary>Ends when the server does; an unexpected failure of its own controller comes out here.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        try
        {
            await _collecting.WaitAsync(ct).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested || _stop.IsCancellationRequested)
        {
            // The end that was asked for.
        }
    }

    public async ValueTask DisposeAsync()
    {
        Faults.DropWatches();
        await _stop.CancelAsync().ConfigureAwait(false);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        try
        {
            await _app.StopAsync(patience.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // Open connections that did not end in time are closed by the disposal below.
        }
        await _app.DisposeAsync().ConfigureAwait(false);
        await RunAsync(CancellationToken.None).ConfigureAwait(false);
        _certificate?.Dispose();
        _stop.Dispose();
    }

    private static Uri ReachableAddress(ICollection<string> addresses, bool tls)
    {
        var first = addresses.FirstOrDefault() ?? throw new InvalidOperationException("the server listens nowhere");
        if (!Uri.TryCreate(first.Replace("[::]", "[::1]", StringComparison.Ordinal).Replace("0.0.0.0", "127.0.0.1", StringComparison.Ordinal), UriKind.Absolute, out var uri)
            || uri.Host.Length == 0)
            return new Uri(tls ? "https://localhost" : "http://localhost");
        return uri;
    }
}
