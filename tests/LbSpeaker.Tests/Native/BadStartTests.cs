using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using LbSpeaker.Testing.Access;

namespace LbSpeaker.Tests.Native;

/// <summary>A start that cannot succeed: one line on standard error that names the cure, exit code 2, no stack trace.</summary>
public sealed class BadStartTests : IAsyncLifetime, IDisposable
{
    private readonly AccessFolder folder = new();
    private readonly TcpListener busy = new(IPAddress.Loopback, 0), nobody = new(IPAddress.Loopback, 0);
    private readonly Gatekeeper server;
    private readonly (string Name, string Value)[] names;

    public BadStartTests()
    {
        server = new(folder.Server);
        busy.Start();
        nobody.Start();
        int closed = PortOf(nobody);
        nobody.Stop();
        names = [("$folder", folder.Path), ("$busy", $"{PortOf(busy)}"), ("$nobody", $"{closed}"), ("$server", $"{server.Port}")];

        Directory.CreateDirectory(Path.Combine(folder.Path, "empty"));
        Directory.CreateDirectory(Path.Combine(folder.Path, "broken"));
        folder.Write("broken/a.yaml", "apiVersion: v1\nkind: {Service\n");
        folder.Write("not-yaml", "not: [a kubeconfig\n");
        folder.Write("no-context", "current-context: nowhere\n");
        using X509Certificate2 other = CertificateMaker.Root("other-ca");
        folder.Write("other.crt", other.ExportCertificatePem());
        File.Move(folder.Kubeconfig("{}", closed), Path.Combine(folder.Path, "nobody"));
        File.Move(folder.Kubeconfig("{}", server.Port, ", certificate-authority: other.crt"), Path.Combine(folder.Path, "wrong-authority"));
        File.Move(folder.Kubeconfig("{}", server.Port, server: "https://localhost"), Path.Combine(folder.Path, "wrong-name"));
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => server.DisposeAsync().AsTask();

    public void Dispose()
    {
        nobody.Dispose();
        busy.Dispose();
        folder.Dispose();
    }

    /// <summary>Arguments and the line that is expected.</summary>
    public static IEnumerable<object[]> Cases()
    {
        string[] lines = [.. File.ReadAllLines(Repository.PathOf("tests", "LbSpeaker.Tests", "Native", "Cases", "bad-start.txt")).Where(l => l.Length > 0 && l[0] != '#')];
        Assert.True(lines.Length > 20 && lines.Length % 2 == 0, "bad-start.txt holds pairs of lines");
        return lines.Chunk(2).Select(pair => (object[])[pair[0][1..].Trim(), pair[1]]);
    }

    [NativeTheory]
    [MemberData(nameof(Cases))]
    public async Task It_says_the_cure_in_one_line(string arguments, string line) =>
        AssertLine(line, await LbSpeakerProcess.RunAsync(Filled(arguments).Split(' ', StringSplitOptions.RemoveEmptyEntries)));

    /// <summary>A file that is no library lies over libpcap, in a mount namespace of the process's own.</summary>
    [NativeFact("libpcap.so.0.8", "unshare")]
    public async Task Without_libpcap() => AssertLine("libpcap is missing: …", await LbSpeakerProcess.RunAsync(
        ["unshare", "--mount", "sh", "-c", "mount --bind /dev/null \"$1\" && shift && exec \"$@\"", "sh", NativeSkip.Found("libpcap.so.0.8")!], [], Speaker));

    [NativeFact("libpcap.so.0.8", "setpriv")]
    public async Task Without_the_capability_to_open_raw_sockets() => AssertLine("the capability NET_RAW is missing: …",
        await LbSpeakerProcess.RunAsync(["setpriv", "--bounding-set=-net_raw", "--inh-caps=-net_raw"], [], Speaker));

    private string[] Speaker => Filled("speaker --node-name node1 --kubeconfig $folder/nobody --port 0 --health-probe-port 0").Split(' ');

    private static int PortOf(TcpListener listener) => ((IPEndPoint)listener.LocalEndpoint).Port;

    private string Filled(string text) => names.Aggregate(text, (filled, name) => filled.Replace(name.Name, name.Value, StringComparison.Ordinal));

    private void AssertLine(string expected, Ending ending)
    {
        string[] around = $"lbspeaker: {Filled(expected)}\n".Split('…', 2);
        Assert.StartsWith(around[0], ending.Error, StringComparison.Ordinal);
        Assert.EndsWith(around[^1], ending.Error, StringComparison.Ordinal);
        Assert.Equal(1, ending.Error.Count(c => c == '\n'));
        Assert.Equal(2, ending.ExitCode);
        Assert.DoesNotContain("   at ", ending.Output, StringComparison.Ordinal);
    }
}
