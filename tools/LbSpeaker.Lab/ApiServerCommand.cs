using System.CommandLine;
using System.Net;
using System.Net.Sockets;
using LbSpeaker.Lab.Api;
using LbSpeaker.Linux;

namespace LbSpeaker.Lab;

/// <summary>The verb <c>api-server</c>.</summary>
internal static class ApiServerCommand
{
    public static Command Create()
    {
        var listen = new Option<string[]>("--listen") { Description = "ADDRESS:PORT to listen on; may be given more than once. Port 0 takes a free one.", DefaultValueFactory = _ => ["127.0.0.1:0"] };
        var kubeconfig = new Option<FileInfo?>("--kubeconfig") { Description = "File to write a kubeconfig to." };
        var cidrs = new Option<string[]>("--service-cidr") { Description = "Range of cluster addresses; twice for dual stack.", DefaultValueFactory = _ => ["10.96.0.0/16"] };
        var tls = new Option<bool>("--tls") { Description = "Serve HTTPS with a certificate made at the start." };
        var tokens = new Option<string[]>("--token") { Description = "TOKEN=USER that is let in; without any, everyone is." };
        var rbac = new Option<bool>("--rbac") { Description = "Judge the users system:serviceaccount:NAMESPACE:NAME by the roles bound to them; all others stay administrators." };
        var namespaces = new Option<string[]>("--netns") { Description = "Network namespace whose loopback is listened on too, at the port of the first --listen. Repeatable." };
        var bookmark = new Option<double>("--bookmark-seconds") { Description = "Interval of watch bookmarks.", DefaultValueFactory = _ => 60 };
        var command = new Command("api-server", "Runs the embedded Kubernetes API server until it is interrupted.") { listen, kubeconfig, cidrs, tls, tokens, rbac, namespaces, bookmark };
        command.SetAction(async (parsed, ct) =>
        {
            IPEndPoint[] endpoints = [.. parsed.GetValue(listen)!.Select(IPEndPoint.Parse)];
            List<Socket> inNamespaces = [.. (parsed.GetValue(namespaces) ?? []).Select(name => NetworkNamespace.Run(name, () => Listen(endpoints[0].Port)))];
            var options = new ApiServerOptions
            {
                Listen = endpoints,
                ListenHandles = [.. inNamespaces.Select(s => (ulong)s.Handle)],
                ServiceCidrs = [.. parsed.GetValue(cidrs)!.SelectMany(c => c.Split(',')).Select(IPNetwork.Parse)],
                Tls = parsed.GetValue(tls),
                Tokens = (parsed.GetValue(tokens) ?? []).Select(t => t.Split('=', 2)).ToDictionary(t => t[0], t => t.Length > 1 ? t[1] : "admin"),
                Rbac = parsed.GetValue(rbac),
                BookmarkInterval = TimeSpan.FromSeconds(parsed.GetValue(bookmark)),
            };
            await using var server = await ApiServer.StartAsync(options, ct).ConfigureAwait(false);
            if (parsed.GetValue(kubeconfig) is { } file) await File.WriteAllTextAsync(file.FullName, server.Kubeconfig(), ct).ConfigureAwait(false);
            Console.WriteLine($"serving at {server.BaseAddress}");
            await server.RunAsync(ct).ConfigureAwait(false);
            GC.KeepAlive(inNamespaces);
            return 0;
        });
        return command;
    }

    private static Socket Listen(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
        socket.Listen(512);
        return socket;
    }
}
