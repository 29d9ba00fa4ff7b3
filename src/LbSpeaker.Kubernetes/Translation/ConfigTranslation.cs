using System.Text.Json;
using System.Text.Json.Nodes;
using LbSpeaker.Core.Config;
using LbSpeaker.Core.Values;
using LbSpeaker.Kubernetes.Resources;

namespace LbSpeaker.Kubernetes.Translation;

/// <summary>What the configuration kinds have in common: metadata, a spec, and a status that keeps the last valid spec.</summary>
internal static class ConfigTranslation
{
    /// <summary>Reads one kind's spec into a declaration with the given metadata.</summary>
    internal delegate T SpecReader<out T>(DeclarationMeta meta, ShapeReader spec, TranslationContext context) where T : ConfigDeclaration;

    /// <summary>One row for each kind.</summary>
    public static ConfigRecord Translate(ClusterKind kind, JsonElement json, TranslationContext context) => kind switch
    {
        ClusterKind.IPAddressPool => Translate<IPAddressPoolDeclaration>(kind, PoolTranslation.ReadSpec, (d, valid) => d with { LastValid = valid }, json, context),
        ClusterKind.L2Advertisement => Translate<L2AdvertisementDeclaration>(kind, L2AdvertisementTranslation.ReadSpec, (d, valid) => d with { LastValid = valid }, json, context),
        ClusterKind.BGPAdvertisement => Translate<BgpAdvertisementDeclaration>(kind, BgpAdvertisementTranslation.ReadSpec, (d, valid) => d with { LastValid = valid }, json, context),
        ClusterKind.BGPPeer => Translate<BgpPeerDeclaration>(kind, BgpPeerTranslation.ReadSpec, (d, valid) => d with { LastValid = valid }, json, context),
        ClusterKind.BFDProfile => Translate<BfdProfileDeclaration>(kind, BfdProfileTranslation.ReadSpec, (d, valid) => d with { LastValid = valid }, json, context),
        ClusterKind.Community => Translate<CommunityDeclaration>(kind, CommunityTranslation.ReadSpec, (d, valid) => d with { LastValid = valid }, json, context),
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    private static ConfigRecord Translate<T>(
        ClusterKind kind, SpecReader<T> readSpec, Func<T, T, T> withLastValid, JsonElement json, TranslationContext context) where T : ConfigDeclaration
    {
        ShapeFaults faults = context.NewFaults();
        ShapeReader root = ShapeReader.Of(json, faults);
        DeclarationMeta meta = MetaTranslation.Declaration(kind.ToString(), root, context);
        T declaration = readSpec(meta, root.Object("spec"), context);
        declaration = (T)declaration with { Meta = meta with { ShapeFaults = faults.ToValues() } };

        // Nobody but the controller writes the status, and what it cannot read there it writes anew: no fault of the object.
        ShapeReader status = ShapeReader.Of(json, new(refusesUnknownFields: false)).Object("status");
        string? lastValidSpec = status.Text("lastValid");
        if (lastValidSpec is not null && LastValid(lastValidSpec, meta, readSpec, context) is { } lastValid)
            declaration = withLastValid(declaration, lastValid);
        return new(kind, declaration, root.Object("metadata").Text("resourceVersion") ?? "", SpecText(json),
            new(lastValidSpec, ConditionTranslation.Read(status, context), PoolTranslation.Counters(status))
            {
                Claims = kind == ClusterKind.IPAddressPool ? PoolTranslation.Claims(status) : [],
                Holders = kind == ClusterKind.IPAddressPool ? PoolTranslation.Holders(status) : null,
                Selection = kind is ClusterKind.L2Advertisement or ClusterKind.BGPAdvertisement ? SelectionTranslation.Read(status, kind, context) : null,
                Sessions = kind == ClusterKind.BGPPeer ? BgpPeerTranslation.Sessions(status, context) : null,
            });
    }

    private static T? LastValid<T>(string text, DeclarationMeta meta, SpecReader<T> readSpec, TranslationContext context) where T : ConfigDeclaration
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(text);
            if (document.RootElement.ValueKind != JsonValueKind.Object) return null;
            ShapeFaults faults = new(refusesUnknownFields: false);
            T declaration = readSpec(meta, ShapeReader.Of(document.RootElement, faults), context);
            return faults.ToValues().IsEmpty ? declaration : null;
        }
        catch (JsonException)
        {
            // Cut off or written by another hand: as good as none.
            return null;
        }
    }

    /// <summary>The spec as it is kept for later, without a password: one copy of a secret is enough.</summary>
    private static string SpecText(JsonElement json)
    {
        if (json.ValueKind != JsonValueKind.Object || !json.TryGetProperty("spec", out JsonElement spec)) return "{}";
        if (spec.ValueKind != JsonValueKind.Object || !spec.TryGetProperty("password", out _)) return JsonSerializer.Serialize(spec, JsonText.Default.JsonElement);
        JsonObject rest = JsonObject.Create(spec)!;
        rest.Remove("password");
        return rest.ToJsonString();
    }
}
