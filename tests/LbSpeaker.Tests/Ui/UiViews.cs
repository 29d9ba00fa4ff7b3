using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Config;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Values;
using LbSpeaker.Kubernetes.Directory;
using LbSpeaker.Ui;

namespace LbSpeaker.Tests.Ui;

/// <summary>Views to look at.</summary>
internal static class UiViews
{
    private static readonly JsonSerializerOptions Form = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Folders with manifests made for the page.</summary>
    public static string Case(string name) => Repository.PathOf("tests", "LbSpeaker.Tests", "Ui", "Cases", name);

    public static IUiSource Directory(string directory) => new DirectoryUi(directory, new("lbspeaker-system", ["lbspeaker-system", "metallb-system"]), null, false);

    /// <summary>The view as it goes to the page, laid out for people.</summary>
    public static string Render(string name, IUiSource source) => LaidOut(JsonSerializer.Serialize(UiViewBuilder.Of(name, source.Look()).View, UiJson.Default.UiView));

    public static string LaidOut(string json) => JsonNode.Parse(json)!.ToJsonString(Form) + "\n";

    /// <summary>Facts of so many Services on so many nodes; every tenth has no endpoint, and the pool is a hundred addresses short.</summary>
    public static UiFacts Many(int services, int nodes)
    {
        ClusterSnapshotBuilder builder = new();
        builder.Set(new IPAddressPoolDeclaration(new DeclarationMeta("IPAddressPool", new("lbspeaker-system", "big"))) { Addresses = [$"10.0.0.1-{IpAddress.Parse("10.0.0.1") with { Value = IpAddress.Parse("10.0.0.1").Value + (UInt128)(services - 101) }}"] });
        builder.Set(new L2AdvertisementDeclaration(new DeclarationMeta("L2Advertisement", new("lbspeaker-system", "all"))));
        for (int i = 0; i < nodes; i++) builder.Set(new NodeView($"node-{i:000}"));
        for (int i = 0; i < services; i++)
        {
            ObjectKey key = new($"team-{i % 50:00}", $"service-{i:00000}");
            builder.Set(new ServiceView(key) { Uid = $"{i}", Age = new(null, i), IsLoadBalancer = true, ClusterIPs = ["10.96.0.1"], Ports = [new("TCP", 80)] });
            if (i % 10 != 0) builder.Set(new EndpointSliceView(new(key.Namespace, $"{key.Name}-1"), key.Name, [new EndpointView($"node-{i % nodes:000}", true, true)]));
        }
        return DirectoryUi.FactsOf(new(builder.Publish(), [], []) { Reports = ClusterReports.None }, null, false);
    }
}

/// <summary>A source that shows what a test puts there.</summary>
internal sealed class GivenSource(UiLook first) : IUiSource
{
    private int looks;

    public string Name => "given";

    public UiLook Now { get; set; } = first;

    public int Looks => Volatile.Read(ref looks);

    public UiLook Look()
    {
        Interlocked.Increment(ref looks);
        return Now;
    }
}
