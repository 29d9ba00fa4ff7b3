using System.Net;
using LbSpeaker.Commands;
using LbSpeaker.Http;
using LbSpeaker.Kubernetes.Client;
using LbSpeaker.Observability;
using LbSpeaker.Trace;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace LbSpeaker.Hosting;

/// <summary>What both daemons stand on: logging to standard output as JSON lines, SIGTERM and SIGINT, probes and metrics.</summary>
internal static class DaemonHost
{
    /// <summary>Runs the work until a signal comes, or until it fails; the failure is thrown.</summary>
    /// <param name="api">Asked about those who want to read the metrics.</param>
    /// <param name="trace">Served beside the metrics, under the same guard; null for none.</param>
    public static async Task RunAsync(DaemonSettings settings, KubernetesApi api, Func<ILoggerFactory, IDaemonWork> newWork, CancellationToken ct, TracePage? trace = null)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Logging.SetMinimumLevel(LevelOf(settings.LogLevel));
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning);
        builder.Logging.AddFilter("System", LogLevel.Warning);
        builder.Logging.AddJsonConsole(console =>
        {
            console.UseUtcTimestamp = true;
            console.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ";
        });
        using IHost host = builder.Build();
        await host.StartAsync(ct).ConfigureAwait(false);
        CancellationToken stopping = host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
        using PrometheusExporter exporter = new();
        using ProcessMetrics process = new();
        using MetricsGuard guard = new(new AccessReviews(api).ReviewAsync, api.Time);
        ILoggerFactory logs = host.Services.GetRequiredService<ILoggerFactory>();
        IDaemonWork work = newWork(logs);
        using HttpServer? probes = settings.HealthPort > 0 ? Probes(settings, work, api.Time) : null, metrics = settings.MetricsPort > 0 ? Metrics(settings, exporter, guard, api.Time, logs, trace) : null;
        await TaskGroup.RunAsync([work.RunAsync, .. ((HttpServer?[])[probes, metrics]).OfType<HttpServer>().Select(s => (Func<CancellationToken, Task>)s.RunAsync)], stopping).ConfigureAwait(false);
        await host.StopAsync(CancellationToken.None).ConfigureAwait(false);
    }

    private static HttpServer Probes(DaemonSettings settings, IDaemonWork work, TimeProvider time) => Open("probes (--health-probe-port)", settings.HealthPort, settings.ListensOnAllInterfaces && !settings.ProbesStayOnLoopback, new(
        new Dictionary<string, HttpPage>
        {
            ["/healthz"] = (_, _) => new(new HttpAnswer(200, "ok\n")),
            ["/readyz"] = (_, _) => new(work.NotReady is { } why ? new HttpAnswer(503, $"not ready: {why}\n") : new HttpAnswer(200, "ok\n")),
        }), time);

    /// <summary>Open to whoever may, or on the loopback to whoever is there.</summary>
    internal static HttpServer Metrics(DaemonSettings settings, PrometheusExporter exporter, MetricsGuard guard, TimeProvider time, ILoggerFactory logs, TracePage? trace = null)
    {
        (bool isSecure, string? folder, bool allowsTls12) = settings.Metrics;
        ServerCertificate? certificate = isSecure ? new(folder, allowsTls12, time, logs.CreateLogger<ServerCertificate>()) : null;
        Dictionary<string, HttpPage> pages = new()
        {
            ["/metrics"] = async (request, ct) => (isSecure ? await guard.RefuseAsync(request, ct).ConfigureAwait(false) : null) ?? new HttpAnswer(200, exporter.Render()) { Type = PrometheusExporter.ContentType },
        };
        // Figures may be open to the network; packets never are.
        if (trace is not null && isSecure) pages[TracePage.Path] = async (request, ct) => await guard.RefuseAsync(request, ct).ConfigureAwait(false) ?? trace.Answer(request);
        return Open("metrics (--port)", settings.MetricsPort, isSecure || settings.ListensOnAllInterfaces, new(pages) { Certificate = certificate }, time);
    }

    private static HttpServer Open(string purpose, int port, bool allInterfaces, HttpSite site, TimeProvider time) =>
        HttpServer.Open(new(allInterfaces ? IPAddress.IPv6Any : IPAddress.Loopback, port), $"port {port} for {purpose}", "port (0 turns it off)", site, time);

    private static LogLevel LevelOf(string word) => word switch
    {
        "debug" => LogLevel.Debug,
        "warn" => LogLevel.Warning,
        "error" => LogLevel.Error,
        _ => LogLevel.Information,
    };
}
