using System.Text.Json;
using LbSpeaker.Core.Values;
using LbSpeaker.Kubernetes.Resources;
using LbSpeaker.Kubernetes.Translation;

namespace LbSpeaker.Kubernetes.Tests.Translation;

/// <summary>Each Cases/Translation/NAME.json is an object as the API server sends it; NAME.txt is the record that it must come to.</summary>
public sealed class TranslationTests
{
    public static TheoryData<string> Cases()
    {
        TheoryData<string> cases = [];
        foreach (string file in System.IO.Directory.GetFiles(Golden.CasesOf("Translation"), "*.json").Order(StringComparer.Ordinal)) cases.Add(Path.GetFileNameWithoutExtension(file));
        return cases.Count > 0 ? cases : throw new InvalidOperationException("no cases");
    }

    [Theory, MemberData(nameof(Cases))]
    public void An_object_of_the_API_becomes_its_record(string name)
    {
        string file = Path.Combine(Golden.CasesOf("Translation"), name + ".json");
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(file));
        JsonElement json = document.RootElement;
        TranslationContext context = TranslationContext.Live();
        ValueArray<string> faults = [];
        ClusterRecord? record = json.GetProperty("kind").GetString() switch
        {
            "Service" => ServiceTranslation.Translate(json, context),
            "EndpointSlice" => EndpointSliceTranslation.Translate(json, context, out faults),
            "Node" => NodeTranslation.Node(json, context, out faults),
            "Namespace" => NodeTranslation.Namespace(json, context, out faults),
            "IPAddressPool" => ConfigTranslation.Translate(ClusterKind.IPAddressPool, json, context),
            "L2Advertisement" => ConfigTranslation.Translate(ClusterKind.L2Advertisement, json, context),
            "BGPAdvertisement" => ConfigTranslation.Translate(ClusterKind.BGPAdvertisement, json, context),
            "ServiceL2Status" => StatusTranslation.Layer2Status(json, context, out faults),
            "ServiceBGPStatus" => StatusTranslation.BgpStatus(json, context, out faults),
            "IPClaim" => ClaimTranslation.Translate(json, context),
            "NodeState" => StatusTranslation.NodeState(json, context, out faults),
            "BGPPeer" => ConfigTranslation.Translate(ClusterKind.BGPPeer, json, context),
            "ConfigurationState" => StatusTranslation.ConfigurationState(json, context),
            "Lease" => StatusTranslation.SpeakerLease(json, context, out faults),
            string other => throw new InvalidOperationException(other),
            null => throw new InvalidOperationException("no kind"),
        };
        string text = record is null ? "nothing\n" : Golden.Describe(record.GetType().Name, record);
        if (!faults.IsEmpty) text += $"faults: {string.Join(" | ", faults)}\n";
        Golden.Matches(Path.ChangeExtension(file, ".txt"), text);
    }

    [Fact]
    public void Equal_names_of_many_objects_are_one_string_in_memory()
    {
        TranslationContext context = TranslationContext.Live();
        using JsonDocument first = JsonDocument.Parse("""{"metadata":{"name":"a","namespace":"shop"}}""");
        using JsonDocument second = JsonDocument.Parse("""{"metadata":{"name":"b","namespace":"shop"}}""");
        Assert.Same(ServiceTranslation.Translate(first.RootElement, context).Key.Namespace, ServiceTranslation.Translate(second.RootElement, context).Key.Namespace);
    }

    [Fact]
    public void A_change_of_pods_behind_the_same_nodes_leaves_the_slice_equal()
    {
        TranslationContext context = TranslationContext.Live();
        EndpointSliceRecord Slice(string endpoints)
        {
            using JsonDocument document = JsonDocument.Parse($$$"""{"metadata":{"name":"web-1","namespace":"shop","labels":{"kubernetes.io/service-name":"web"}},"endpoints":[{{{endpoints}}}]}""");
            return EndpointSliceTranslation.Translate(document.RootElement, context, out _)!;
        }
        EndpointSliceRecord before = Slice("""{"nodeName":"n2","addresses":["10.0.0.1"]},{"nodeName":"n1","addresses":["10.0.0.2"]}""");
        EndpointSliceRecord after = Slice("""{"nodeName":"n1","addresses":["10.0.0.9"]},{"nodeName":"n1","addresses":["10.0.0.8"]},{"nodeName":"n2","addresses":["10.0.0.7"]}""");
        Assert.Equal(before, after);
    }
}
