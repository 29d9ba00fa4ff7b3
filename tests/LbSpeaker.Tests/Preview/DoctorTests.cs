using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using LbSpeaker.Core.Values;
using LbSpeaker.Doctor;
using LbSpeaker.Kubernetes.Client;
using LbSpeaker.Kubernetes.Directory;
using LbSpeaker.Preview;

namespace LbSpeaker.Tests.Preview;

/// <summary>Each folder of Clinic is a cluster as a dump, with flags in <c>args</c>; <c>doctor.txt</c> is the exit code and what <c>lbspeaker doctor</c> says of it.</summary>
public sealed class DoctorTests
{
    private static readonly ClusterSurvey Sound = new(new("iptables", false), [], [], [.. ClusterSurvey.DefinitionNames.Select(n => new DefinitionFacts(n, false, true))]);
    private static readonly NodeFacts SoundNode = new([("eth0", 2), ("eth1", 0)], [], [new("packet sockets", "ARP and NDP", true)]);

    private static string Root => Repository.PathOf("tests", "LbSpeaker.Tests", "Preview", "Clinic");

    public static TheoryData<string> Folders()
    {
        TheoryData<string> names = [.. Directory.GetDirectories(Root).Select(d => Path.GetFileName(d)!).Order(StringComparer.Ordinal)];
        return names.Count > 0 ? names : throw new InvalidOperationException($"no folder in {Root}");
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public async Task A_cluster_is_found_to_be_as_expected(string name)
    {
        string folder = Path.Combine(Root, name), args = Path.Combine(folder, "args"), expected = await File.ReadAllTextAsync(Path.Combine(folder, "doctor.txt"));
        string[] line = ["doctor", "--from", folder, .. File.Exists(args) ? File.ReadAllLines(args) : []];
        CommandLine run = await CommandLine.RunAsync(line), json = await CommandLine.RunAsync([.. line, "-o", "json"]);
        string actual = $"exit code {run.ExitCode}\n{run.Output}{run.Error}";
        Assert.True(expected == actual, $"{name} (- expected, + actual):\n{LineDiff.Of(expected, actual)}");
        Assert.Equal((run.ExitCode, ""), (json.ExitCode, json.Error));
        Assert.All(JsonNode.Parse(json.Output)!["findings"]!.AsArray(), f => Assert.Contains((string)f!["says"]!, run.Output, StringComparison.Ordinal));
    }

    /// <summary>Each fact alone, in surroundings that are sound.</summary>
    [Fact]
    public void A_finding_comes_from_its_fact_alone()
    {
        Assert.Empty(Find());
        Assert.Equal([FindingName.KubernetesTooOld], Find(version: "v1.24.9"));
        Assert.Empty(Find(version: "v1.25.0+k3s1"));
        Assert.Equal([FindingName.NotExamined], Find(version: "new"));
        Assert.Equal([FindingName.RightMissing], Find(rights: [(new Right("list", "", "nodes", ""), false)]));
        Assert.Equal([FindingName.NotExamined], Find(rights: [(new Right("list", "", "nodes", ""), null)]));
        Assert.Equal([FindingName.StrictArpOff], Find(Sound with { KubeProxy = new("ipvs", false) }));
        Assert.Empty(Find(Sound with { KubeProxy = new("ipvs", true) }));
        Assert.Equal([FindingName.NotExamined], Find(Sound with { KubeProxy = null }));
        Assert.Equal([FindingName.MetalLBRuns], Find(Sound with { MetalLb = ["daemonset/speaker"] }));
        Assert.Equal([FindingName.WebhookJudges], Find(Sound with { Webhooks = ["w"] }));
        Assert.Equal([FindingName.DefinitionMissing], Find(Sound with { Definitions = Sound.Definitions.Skip(1).ToValueArray() }));
        Assert.Equal([FindingName.DefinitionOld], Find(Sound with { Definitions = Sound.Definitions.Select((d, at) => d with { HasOurFields = at > 0 }).ToValueArray() }));
        Assert.Equal([FindingName.ConversionByWebhook], Find(Sound with { Definitions = Sound.Definitions.Select((d, at) => d with { ConvertsByWebhook = at == 0 }).ToValueArray() }));
        Assert.Equal([FindingName.ReversePathFilterStrict], Find(node: SoundNode with { ReversePathFilter = [("eth0", 1), ("eth1", 0)] }));
        Assert.Empty(Find(node: SoundNode with { ReversePathFilter = [("eth0", 1)] }));
        Assert.Equal([FindingName.PortTaken], Find(node: SoundNode with { Ports = [new("udp", 7947, "heartbeats", "speaker")] }));
        Assert.Equal([FindingName.KernelFeatureMissing], Find(node: SoundNode with { Features = [new("VRFs", "BGP session in a VRF", false)] }));
        Assert.Equal([FindingName.NotExamined], Find(node: SoundNode with { Features = [new("VRFs", "BGP session in a VRF", null)] }));
    }

    [Fact]
    public void This_machine_can_be_looked_at()
    {
        NodeFacts node = ThisNode.Look();
        Assert.Equal(["packet sockets", "socket filters", "TCP MD5 signatures (RFC 2385)", "network namespaces", "VRFs"], node.Features.Select(f => f.Name));
        Assert.True(node.Features.Single(f => f.Name == "socket filters").IsThere);
        Assert.DoesNotContain(node.ReversePathFilter, i => i.Interface == "lo" || i.Value is < 0 or > 2);
    }

    /// <summary>A program that listens is told by its name: here this test's own.</summary>
    [Fact]
    public async Task Who_has_a_port_is_named()
    {
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        // Below those that the kernel gives out: another test's server may have the same number by TCP.
        int port = 20_000;
        for (; !TryBind(port); port++) Assert.True(port < 20_100);
        TakenPort taken = Assert.Single(ThisNode.Taken(("udp", port, "a test"), ("tcp", port, "another protocol")));
        Assert.Equal(("udp", port, (await File.ReadAllTextAsync("/proc/self/comm")).Trim()), (taken.Protocol, taken.Port, taken.Program));

        bool TryBind(int at)
        {
            try
            {
                socket.Bind(new IPEndPoint(IPAddress.Loopback, at));
                return true;
            }
            catch (SocketException)
            {
                return false;
            }
        }
    }

    private static FindingName[] Find(ClusterSurvey? survey = null, string? version = "v1.31.0", ValueArray<(Right, bool?)> rights = default, NodeFacts? node = null)
    {
        PreviewInput input = PreviewInput.FromDirectory(Path.Combine(Root, "well"), "lbspeaker-system", ["lbspeaker-system"]);
        ClusterPreview preview = ClusterPreview.Of(input.Snapshot, null, false);
        return [.. Checks.Of(new(preview, ClusterStatus.Of(input, preview, null), survey ?? Sound, IsLive: true, version, rights, node ?? SoundNode)).Select(f => f.Name)];
    }
}
