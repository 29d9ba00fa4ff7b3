using System.Diagnostics;
using System.Formats.Tar;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using LbSpeaker.Image;
using LbSpeaker.Lab.Api;

namespace LbSpeaker.Tests.Image;

/// <summary>The archive that tools/image.sh made: what is in it, and that the binary runs with nothing else around it.</summary>
public sealed partial class ImageTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("lbspeaker-image-").FullName;

    /// <summary>The root folder of the image: below the other one, which nobody else can enter.</summary>
    private string Root => Directory.CreateDirectory(Path.Combine(folder, "root")).FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private static OciLayout Layout() => new(File.ReadAllBytes(ImageFactAttribute.Archive!));

    [ImageFact]
    public void It_runs_the_binary_as_nobody_in_particular()
    {
        OciLayout layout = Layout();
        Assert.Equal("65532:65532", layout.Config["config"]!["User"]!.GetValue<string>());
        Assert.Equal("""["/usr/bin/lbspeaker"]""", layout.Config["config"]!["Entrypoint"]!.ToJsonString());
        TarEntry[] content = [.. layout.Content()];
        Assert.All(content, e => Assert.Equal((0, 0), (e.Uid, e.Gid)));
        // Nothing that could be written to, nothing with the powers of somebody else, and no shell.
        Assert.All(content, e => Assert.Equal((UnixFileMode)0, e.Mode & (UnixFileMode.OtherWrite | UnixFileMode.GroupWrite | UnixFileMode.SetUser | UnixFileMode.SetGroup)));
        Assert.Equal(["usr/bin/lbspeaker"], content.Where(e => e.EntryType == TarEntryType.RegularFile && e.Name.Contains("bin/", StringComparison.Ordinal)).Select(e => e.Name));
    }

    [ImageFact]
    public async Task The_binary_starts_finds_libpcap_and_speaks_TLS()
    {
        Layout().Extract(Root);
        foreach (string made in (string[])["proc", "dev"]) Directory.CreateDirectory(Path.Combine(Root, made));
        string version = File.ReadAllText(Repository.PathOf("Directory.Build.props")).Split("<Version>")[1].Split('<')[0];
        (int code, string said, _) = await RunAsync("version");
        Assert.Equal((0, $"lbspeaker {version}\n"), (code, said));

        await using ApiServer server = await ApiServer.StartAsync(new() { Tls = true, Tokens = new Dictionary<string, string> { ["sesame"] = "admin" } }, CancellationToken.None);
        await File.WriteAllTextAsync(Path.Combine(Root, "kubeconfig"), server.Kubeconfig());
        Assert.Contains("the API server does not know ", (await RunAsync("plan", "--kubeconfig", "/kubeconfig")).Error, StringComparison.Ordinal);
        // It has no NET_RAW here, and says so; without libpcap it would say that.
        Assert.Contains("NET_RAW", (await RunAsync("speaker", "--node-name=n1", "--kubeconfig=/kubeconfig", "--port=0", "--health-probe-port=0")).Error, StringComparison.Ordinal);
    }

    [ImageFact]
    public void The_bill_names_all_that_is_in_it_and_licences_lie_beside()
    {
        TarEntry[] content = [.. Layout().Content()];
        TarEntry bill = Assert.Single(content, e => e.Name == "usr/share/doc/lbspeaker/sbom.spdx.json");
        using StreamReader reader = new(bill.DataStream!);
        string text = reader.ReadToEnd();
        Assert.Equal(File.ReadAllText(ImageFactAttribute.Archive + ".spdx.json"), text);
        JsonNode[] packages = [.. JsonNode.Parse(text)!["packages"]!.AsArray().Select(p => p!)];
        string[] names = [.. packages.Select(p => p["name"]!.GetValue<string>())];
        Assert.Equal(names.Distinct(), names);

        // The build's own closure, and every package that has a licence in the image.
        string assets = Repository.PathOf("src", "LbSpeaker", "obj", "project.assets.json"), store = Environment.GetEnvironmentVariable("NUGET_PACKAGES") ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        Assert.All(NugetPackage.Closure(assets, store).Where(p => !p.Id.Contains("Microsoft.DotNet.ILCompiler", StringComparison.Ordinal) && !p.Id.Contains("NativeAOT", StringComparison.Ordinal)), p => Assert.Contains(p.Id, names));
        Assert.Contains(names, n => n.Contains("ILCompiler", StringComparison.Ordinal));
        string[] documented = [.. content.Select(e => Copyright().Match(e.Name)).Where(m => m.Success).Select(m => m.Groups[1].Value)];
        Assert.Equal(documented.Order(StringComparer.Ordinal), packages.Where(p => p["SPDXID"]!.GetValue<string>().StartsWith("SPDXRef-deb-", StringComparison.Ordinal)).Select(p => p["name"]!.GetValue<string>()).Order(StringComparer.Ordinal));
        Assert.Contains("libpcap0.8", documented);
        Assert.Contains("libssl3", documented);
        Assert.Contains(content, e => e.Name == "usr/share/doc/lbspeaker/LICENSE");
    }

    /// <summary>The table of manifests/README.md, in MB; a tenth more or less is no news.</summary>
    [ImageFact]
    public void Its_size_is_the_one_that_the_README_tells()
    {
        OciLayout layout = Layout();
        double[] packed = [.. layout.Manifest["layers"]!.AsArray().Select(l => l!["size"]!.GetValue<long>() / 1e6)], unpacked = [.. layout.Layers.Select(l => l.Length / 1e6)];
        MatchCollection rows = Row().Matches(File.ReadAllText(Repository.PathOf("manifests", "README.md")));
        Assert.Equal(packed.Length, rows.Count);
        for (int i = 0; i < rows.Count; i++)
        {
            Assert.InRange(double.Parse(rows[i].Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture), packed[i] * 0.9, packed[i] * 1.1);
            Assert.InRange(double.Parse(rows[i].Groups[2].Value, System.Globalization.CultureInfo.InvariantCulture), unpacked[i] * 0.9, unpacked[i] * 1.1);
        }
    }

    private async Task<(int Code, string Output, string Error)> RunAsync(params string[] arguments)
    {
        // A runtime mounts /proc and /dev; here they go with the mount namespace.
        string[] script = ["-c", "mount -t proc proc \"$1/proc\" && mount --rbind /dev \"$1/dev\" && exec chroot --userspec=65532:65532 \"$@\"", "sh", Root, ImageContent.Entrypoint];
        ProcessStartInfo start = new("unshare", ["--mount", "sh", .. script, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment.Clear();
        start.Environment["PATH"] = "/usr/sbin:/usr/bin:/sbin:/bin";
        using Process process = Process.Start(start)!;
        using CancellationTokenSource patience = new(TimeSpan.FromSeconds(60));
        Task<string> output = process.StandardOutput.ReadToEndAsync(patience.Token), error = process.StandardError.ReadToEndAsync(patience.Token);
        await process.WaitForExitAsync(patience.Token);
        return (process.ExitCode, await output, await error);
    }

    [GeneratedRegex(@"^usr/share/doc/([^/]+)/copyright$")]
    private static partial Regex Copyright();

    [GeneratedRegex(@"^\| layer \d[^|]*\|[^|]*\| ([\d.]+) \| ([\d.]+) \|$", RegexOptions.Multiline)]
    private static partial Regex Row();
}
