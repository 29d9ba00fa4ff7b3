using System.CommandLine;
using System.Net;
using System.Runtime.InteropServices;
using LbSpeaker.Hosting;
using LbSpeaker.Http;
using LbSpeaker.Kubernetes;
using LbSpeaker.Kubernetes.Client;
using LbSpeaker.Kubernetes.Directory;
using LbSpeaker.Ui;

namespace LbSpeaker.Commands;

/// <summary><c>ui</c>: a page about a cluster, or about a directory, for the one who starts it.</summary>
internal sealed class UiCommand
{
    private const string Lesson = """
        Examples:
          lbspeaker ui                            the cluster of your kubeconfig, live
          lbspeaker ui --from samples/layer2-basic
                                                  what manifests would come to; save a file, and the page follows

        The page shows pools and how full they are, addresses and the nodes that own them, BGP sessions, what happened last, and every Service that has no address or is announced
        by nobody, with the reason that its conditions and lbspeaker explain give. It changes nothing, and everything that it needs comes from this program.

        It listens on loopback. At another address (--listen) it asks nobody who he is: whoever reaches it sees all of it.

        Exit code: 0 when you end it (Ctrl-C), 2 for wrong usage, an address that is in use or no way to the cluster.
        """;

    private readonly Option<string?> from = CommonOptions.From();
    private readonly Option<string> ownNamespace = CommonOptions.Namespace();
    private readonly Option<string[]> configNamespaces = CommonOptions.ConfigNamespaces();
    private readonly Option<string?> kubeconfig = CommonOptions.Kubeconfig();
    private readonly Option<string?> loadBalancerClass = CommonOptions.LoadBalancerClass();
    private readonly Option<bool> ignoreExcludeLabel = CommonOptions.IgnoreExcludeLabel();
    private readonly Option<string?> listen = UiOptions.Listen("--listen", $"Where to serve the page. Default: 127.0.0.1:{UiOptions.Port}; port 0 takes a free one.");

    public Command Build()
    {
        TaughtCommand command = new("ui", "Show pools, addresses, nodes, sessions and troubles on one page in your browser, live.", Lesson) { from, ownNamespace, configNamespaces, kubeconfig, loadBalancerClass, ignoreExcludeLabel, listen };
        command.SetAction(RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken ct)
    {
        string own = parsed.GetValue(ownNamespace)!;
        IReadOnlyList<string> namespaces = CommonOptions.Effective(parsed.GetValue(configNamespaces), own);
        using KubernetesMetrics metrics = new();
        if (parsed.GetValue(from) is { } directory)
        {
            DirectoryReader reader = new(own, [.. namespaces]);
            // What cannot be read at the start is a mistake; later it is a file that is being written.
            reader.Read(directory);
            await ServeAsync(parsed, new DirectoryUi(directory, reader, parsed.GetValue(loadBalancerClass), parsed.GetValue(ignoreExcludeLabel)), [], ct).ConfigureAwait(false);
            return 0;
        }
        using KubernetesApi api = KubernetesApi.Connect(parsed.GetValue(kubeconfig), TimeProvider.System, metrics);
        if (await api.GetAsync("version", ct).ConfigureAwait(false) is { IsOk: false } refused)
            throw new StartException($"the API server {api.Server} cannot be asked: {refused}; check the kubeconfig (--kubeconfig, KUBECONFIG)");
        ClusterUi cluster = new(api, own, [.. namespaces], parsed.GetValue(loadBalancerClass), parsed.GetValue(ignoreExcludeLabel), metrics);
        await ServeAsync(parsed, cluster, [cluster.RunAsync], ct).ConfigureAwait(false);
        return 0;
    }

    private async Task ServeAsync(ParseResult parsed, IUiSource source, Func<CancellationToken, Task>[] works, CancellationToken ct)
    {
        IPEndPoint at = parsed.GetValue(listen) is { } address ? UiOptions.Parse(address)! : new(IPAddress.Loopback, UiOptions.Port);
        using UiBoard board = new(source, TimeProvider.System);
        using HttpServer server = UiServer.Open(at, "--listen", board, TimeProvider.System);
        TextWriter output = parsed.InvocationConfiguration.Output;
        await output.WriteLineAsync($"{source.Name}: {server.Url}").ConfigureAwait(false);
        await output.FlushAsync(ct).ConfigureAwait(false);
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop), terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        await TaskGroup.RunAsync([server.RunAsync, .. works], stop.Token).ConfigureAwait(false);

        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = true;
            stop.Cancel();
        }
    }
}
