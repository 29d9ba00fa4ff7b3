using LbSpeaker.Commands;
using LbSpeaker.Observability;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace LbSpeaker.Hosting;

/// <summary>What both daemons stand on: logging to standard output as JSON lines, SIGTERM and SIGINT, probes and metrics.</summary>
internal static class DaemonHost
{
    /// <summary>Runs the work until a signal comes, or until it fails; the failure is thrown.</summary>
    public static async Task RunAsync(DaemonSettings settings, Func<ILoggerFactory, IDaemonWork> newWork, CancellationToken ct)
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
        IDaemonWork work = newWork(host.Services.GetRequiredService<ILoggerFactory>());
        List<Func<CancellationToken, Task>> all = [work.RunAsync];
        if (settings.HealthPort > 0) all.Add(Probes(settings, work).RunAsync);
        if (settings.MetricsPort > 0) all.Add(Metrics(settings, exporter).RunAsync);
        await TaskGroup.RunAsync(all, stopping).ConfigureAwait(false);
        await host.StopAsync(CancellationToken.None).ConfigureAwait(false);
    }

    private static HttpEndpoint Probes(DaemonSettings settings, IDaemonWork work) => new("probes (--health-probe-port)", settings.HealthPort, settings.ListensOnAllInterfaces && !settings.ProbesStayOnLoopback,
        new Dictionary<string, Func<(int, string)>>
        {
            ["/healthz"] = () => (200, "ok\n"),
            ["/readyz"] = () => work.NotReady is { } why ? (503, $"not ready: {why}\n") : (200, "ok\n"),
        });

    private static HttpEndpoint Metrics(DaemonSettings settings, PrometheusExporter exporter) => new("metrics (--port)", settings.MetricsPort, settings.ListensOnAllInterfaces,
        new Dictionary<string, Func<(int, string)>> { ["/metrics"] = () => (200, exporter.Render()) });

    private static LogLevel LevelOf(string word) => word switch
    {
        "debug" => LogLevel.Debug,
        "warn" => LogLevel.Warning,
        "error" => LogLevel.Error,
        _ => LogLevel.Information,
    };
}
