using System.CommandLine;
using System.Net;

namespace LbSpeaker.Commands;

/// <summary>What both daemons are told.</summary>
/// <param name="ListensOnAllInterfaces">Metrics and probes on every interface, else on loopback.</param>
/// <param name="ProbesStayOnLoopback">The probes on loopback even so.</param>
internal sealed record DaemonSettings(
    string? Kubeconfig,
    string Namespace,
    IReadOnlyList<string> ConfigNamespaces,
    string? LoadBalancerClass,
    bool IgnoreExcludeLabel,
    string LogLevel,
    int MetricsPort,
    MetricsProtection Metrics,
    int HealthPort,
    bool ListensOnAllInterfaces,
    string? PodName,
    bool ProbesStayOnLoopback = false)
{
    /// <summary>Where the page is served; null for nowhere.</summary>
    public IPEndPoint? UiAddress { get; init; }
}

/// <summary>Who may read the metrics, and what they are told over.</summary>
/// <param name="IsSecure">HTTPS, and the API server is asked about everybody who asks; else plain HTTP for whoever reaches it.</param>
/// <param name="CertificateFolder">Null for a certificate of our own making.</param>
internal sealed record MetricsProtection(bool IsSecure, string? CertificateFolder, bool AllowsTls12);

internal sealed class DaemonOptions
{
    private readonly Option<string> ownNamespace = CommonOptions.Namespace();
    private readonly Option<string[]> configNamespaces = CommonOptions.ConfigNamespaces();
    private readonly Option<string?> kubeconfig = CommonOptions.Kubeconfig();
    private readonly Option<string?> loadBalancerClass = CommonOptions.LoadBalancerClass();
    private readonly Option<bool> ignoreExcludeLabel = CommonOptions.IgnoreExcludeLabel();

    private readonly Option<string> logLevel = new("--log-level")
    {
        Description = "debug, info, warn or error.",
        DefaultValueFactory = _ => "info",
    };

    private readonly Option<int> metricsPort = Port("--port", "Port of /metrics (Prometheus text); 0 turns it off.", 9120);

    private readonly Option<bool> secureMetrics = new("--metrics-secure")
    {
        Description = "Serve metrics by HTTPS on every interface, to those whose bearer token the API server lets get /metrics (a ClusterRole with nonResourceURLs). Set to false: plain HTTP.",
        DefaultValueFactory = _ => true,
    };

    private readonly Option<string?> certificateFolder = new("--metrics-cert-dir")
    {
        Description = "A folder with tls.crt and tls.key for metrics, read again when they change. Default: a certificate made at start.",
        HelpName = "DIR",
    };

    private readonly Option<string> tlsMinVersion = new("--tls-min-version")
    {
        Description = "VersionTLS12 or VersionTLS13: the oldest TLS that metrics are served with.",
        DefaultValueFactory = _ => "VersionTLS13",
    };

    private readonly Option<int> healthPort = Port("--health-probe-port", "Port of /healthz and /readyz; 0 turns it off.", 17472);

    private readonly Option<bool> listensOnAllInterfaces = new("--listen-all")
    {
        Description = "Serve probes, and metrics without HTTPS, on every interface instead of loopback alone (the kubelet probes a pod at its own address). The probes of a speaker, which is on its node's network, stay on loopback.",
    };

    private readonly Option<string?> podName = new("--pod-name")
    {
        Description = "The pod this runs in; its status objects go with it. Environment: LBSPEAKER_POD_NAME.",
        DefaultValueFactory = _ => CommonOptions.FromEnvironment("LBSPEAKER_POD_NAME"),
    };

    public void AddTo(Command command)
    {
        tlsMinVersion.AcceptOnlyFromAmong("VersionTLS12", "VersionTLS13");
        logLevel.AcceptOnlyFromAmong("debug", "info", "warn", "error");
        foreach (Option option in (Option[])
            [ownNamespace, configNamespaces, kubeconfig, loadBalancerClass, ignoreExcludeLabel, logLevel, metricsPort, secureMetrics, certificateFolder, tlsMinVersion, healthPort, listensOnAllInterfaces, podName])
            command.Add(option);
    }

    public DaemonSettings Read(ParseResult parsed)
    {
        string own = parsed.GetValue(ownNamespace)!;
        return new(
            parsed.GetValue(kubeconfig), own, CommonOptions.Effective(parsed.GetValue(configNamespaces), own), parsed.GetValue(loadBalancerClass),
            parsed.GetValue(ignoreExcludeLabel), parsed.GetValue(logLevel)!, parsed.GetValue(metricsPort),
            new(parsed.GetValue(secureMetrics), parsed.GetValue(certificateFolder), parsed.GetValue(tlsMinVersion) == "VersionTLS12"), parsed.GetValue(healthPort),
            parsed.GetValue(listensOnAllInterfaces), parsed.GetValue(podName));
    }

    private static Option<int> Port(string name, string description, int port)
    {
        Option<int> option = new(name) { Description = description, DefaultValueFactory = _ => port };
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && (!int.TryParse(result.Tokens[0].Value, out int given) || given is < 0 or > 65535))
                result.AddError($"{name} takes a port, 0 to 65535, not '{result.Tokens[0].Value}'");
        });
        return option;
    }
}
