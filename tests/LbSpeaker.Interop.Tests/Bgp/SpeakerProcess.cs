using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using LbSpeaker.Core.Net;
using LbSpeaker.Lab.Api;
using LbSpeaker.Testing;
using LbSpeaker.Testing.Network;

namespace LbSpeaker.Interop.Tests.Bgp;

/// <summary>
/// Our side as it is deployed: <c>lbspeaker speaker</c>, a process that can be killed and stopped, on the lab's node. It has a cluster of its own, an embedded API server that
/// outlives it, with one router as BGPPeer and Services that have their addresses.
/// </summary>
internal sealed class SpeakerProcess : IDisposable
{
    private const string System = "lbspeaker-system", Token = "people";

    /// <summary>From its own folder: beside the tests it lacks what they have from another framework.</summary>
    private static readonly string Program = Repository.PathOf(["src", "LbSpeaker", "bin", .. AppContext.BaseDirectory.Split('/', StringSplitOptions.RemoveEmptyEntries)[^2..], "lbspeaker"]);

    private readonly Lab lab;
    private readonly string kubeconfig;
    private readonly ApiServer server;
    private readonly Socket listener;
    private readonly HttpClient people;
    private Process? process;

    /// <param name="peer">The BGPPeer's fields besides AS numbers and address, as YAML in braces has them.</param>
    /// <param name="addresses">Each that of a Service.</param>
    public SpeakerProcess(Lab lab, string peer, params ReadOnlySpan<string> addresses)
    {
        this.lab = lab;
        kubeconfig = Path.Combine(lab.Folder, "kubeconfig");
        listener = lab.Node.Enter(() =>
        {
            Socket made = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            made.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            made.Listen();
            return made;
        });
        server = ApiServer.StartAsync(new()
        {
            Listen = [new(IPAddress.Loopback, 0)],
            ListenHandles = [(ulong)listener.Handle],
            ServiceCidrs = [IPNetwork.Parse("198.51.100.0/24"), IPNetwork.Parse("2001:db8:9::/112")],
            Tokens = new Dictionary<string, string> { [Token] = "somebody" },
        }, CancellationToken.None).GetAwaiter().GetResult();
        people = new() { BaseAddress = server.BaseAddress, DefaultRequestHeaders = { Authorization = new("Bearer", Token) } };
        File.WriteAllText(kubeconfig, server.Kubeconfig(new($"http://{listener.LocalEndPoint}")));
        foreach (string file in Directory.GetFiles(Repository.PathOf("manifests", "crds"), "*.io_*.yaml").Order(StringComparer.Ordinal))
        {
            string[] name = Path.GetFileNameWithoutExtension(file).Split('_');
            Send(HttpMethod.Patch, $"apis/apiextensions.k8s.io/v1/customresourcedefinitions/{name[1]}.{name[0]}?fieldManager=people", File.ReadAllText(file), "apply-patch+yaml");
        }
        Apply("v1", "Namespace", null, System, "");
        Apply("v1", "Node", null, "node1", "");
        Apply("metallb.io/v1beta1", "IPAddressPool", System, "pool", "spec: {addresses: [203.0.113.0/24, 2001:db8:1::/64]}");
        Apply("metallb.io/v1beta1", "BGPAdvertisement", System, "all", "");
        // Three seconds: a daemon on a busy machine is to call nothing dead that is not.
        Apply("metallb.io/v1beta1", "BFDProfile", System, "calm", "spec: {transmitInterval: 200, receiveInterval: 200, detectMultiplier: 15}");
        Apply("metallb.io/v1beta2", "BGPPeer", System, "tor", $"spec: {{myASN: 65000, peerASN: 65001, peerAddress: {Lab.RouterIPv4}, {peer}}}");
        foreach (string address in addresses)
        {
            string name = NameOf(address);
            IpFamily family = IpAddress.Parse(address).Family;
            Apply("v1", "Service", "default", name, $"spec: {{type: LoadBalancer, ipFamilies: [{family}], ports: [{{port: 80}}]}}");
            Send(HttpMethod.Patch, $"api/v1/namespaces/default/services/{name}/status", $$$$"""{"status": {"loadBalancer": {"ingress": [{"ip": "{{{{address}}}}"}]}}}""", "merge-patch+json");
            Apply("discovery.k8s.io/v1", "EndpointSlice", "default", name,
                $"addressType: {family}\nports: [{{port: 80, protocol: TCP}}]\nendpoints: [{{addresses: [\"{(family == IpFamily.IPv4 ? Lab.NodeIPv4 : Lab.NodeIPv6)}\"], nodeName: node1, conditions: {{ready: true}}}}]", $"labels: {{kubernetes.io/service-name: {name}}}");
        }
        Start();
    }

    public void Start()
    {
        string log = Path.Combine(lab.Folder, "speaker.log");
        string[] command = [Program, "speaker", "--node-name", "node1", "--kubeconfig", kubeconfig, "--namespace", System, "--port", "7472", "--health-probe-port", "0"];
        process = Process.Start(new ProcessStartInfo("ip", ["netns", "exec", lab.Node.Name, "sh", "-c", $"exec \"$0\" \"$@\" >>{log} 2>&1", .. command]))!;
    }

    /// <param name="signal"><c>-KILL</c>: its kernel closes the connections, and nobody says a word. <c>-TERM</c>: as a rollout does it.</param>
    public void End(string signal)
    {
        Signal(signal);
        process!.WaitForExit();
        process.Dispose();
        process = null;
    }

    /// <summary>The whole process stands still (SIGSTOP), as on a machine that is suspended.</summary>
    public void Suspend() => Signal("-STOP");

    public void Resume() => Signal("-CONT");

    public void Delete(string address) => Send(HttpMethod.Delete, $"api/v1/namespaces/default/services/{NameOf(address)}", "", "json");

    /// <summary>One of its metrics, summed over its labels; null while it does not answer.</summary>
    public double? Metric(string name)
    {
        (int code, string text) = lab.Node.Try("curl", "-s", "-k", "-H", $"Authorization: Bearer {Token}", "--max-time", "1", "https://127.0.0.1:7472/metrics");
        string[] lines = [.. text.Split('\n').Where(l => l.StartsWith(name, StringComparison.Ordinal) && l[name.Length] is '{' or ' ')];
        return code != 0 || lines.Length == 0 ? null : lines.Sum(l => double.Parse(l.Split(' ')[^1], CultureInfo.InvariantCulture));
    }

    /// <summary>What the verb <c>trace</c> says to people or, by its flags, to programs.</summary>
    public string Trace(string address, params ReadOnlySpan<string> flags)
    {
        string token = Path.Combine(lab.Folder, "token");
        File.WriteAllText(token, Token);
        (int code, string output) = lab.Node.Try(Program, ["trace", address, "--speaker", "127.0.0.1:7472", "--token-file", token, .. flags]);
        return code == 0 ? output : throw new InvalidOperationException(output);
    }

    public void Dispose()
    {
        if (process is { HasExited: false }) End("-KILL");
        process?.Dispose();
        people.Dispose();
        server.DisposeAsync().AsTask().GetAwaiter().GetResult();
        listener.Dispose();
    }

    private static string NameOf(string address) => $"s{address.Replace('.', '-').Replace(':', '-')}";

    private void Signal(string signal) => Command.Run("kill", signal, process!.Id.ToString(CultureInfo.InvariantCulture));

    private void Apply(string version, string kind, string? place, string name, string rest, string labels = "")
    {
        string path = $"{(version == "v1" ? "api" : "apis")}/{version}/{(place is null ? "" : $"namespaces/{place}/")}{kind.ToLowerInvariant()}s/{name}?fieldManager=people";
        string metadata = string.Join(", ", new[] { $"name: {name}", place is null ? "" : $"namespace: {place}", labels }.Where(p => p.Length > 0));
        Send(HttpMethod.Patch, path, $"apiVersion: {version}\nkind: {kind}\nmetadata: {{{metadata}}}\n{rest}\n", "apply-patch+yaml");
    }

    private void Send(HttpMethod method, string path, string body, string type)
    {
        using HttpRequestMessage request = new(method, path) { Content = new StringContent(body, Encoding.UTF8, $"application/{type}") };
        using HttpResponseMessage response = people.Send(request);
        if (!response.IsSuccessStatusCode) throw new InvalidOperationException($"{response.StatusCode}: {response.Content.ReadAsStringAsync().GetAwaiter().GetResult()}\n{path}\n{body}");
    }
}
