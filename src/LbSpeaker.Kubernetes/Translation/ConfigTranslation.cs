using System.Text.Json;
using LbSpeaker.Core.Config;
using LbSpeaker.Core.Values;
using LbSpeaker.Kubernetes.Resources;

namespace LbSpeaker.Kubernetes.Translation;

/// <summary>What the configuration kinds have in common: metadata, a spec, and a status that keeps the last valid spec.</summary>
internal static class ConfigTranslation
{
    /// <summary>Reads one kind's spec into a declaration with the given metadata.</summary>
    internal delegate T SpecReader<out T>(DeclarationMeta meta, ShapeReader spec, TranslationContext context) where T : ConfigDeclaration;

    public static ConfigRecord Pool(JsonElement json, TranslationContext context) =>
        Translate<IPAddressPoolDeclaration>("IPAddressPool", ClusterKind.IPAddressPool, PoolTranslation.ReadSpec, (d, valid) => d with { LastValid = valid }, json, context);

    public static ConfigRecord L2Advertisement(JsonElement json, TranslationContext context) =>
        Translate<L2AdvertisementDeclaration>("L2Advertisement", ClusterKind.L2Advertisement, L2AdvertisementTranslation.ReadSpec, (d, valid) => d with { LastValid = valid }, json, context);

    private static ConfigRecord Translate<T>(
        string kindName, ClusterKind kind, SpecReader<T> readSpec, Func<T, T, T> withLastValid, JsonElement json, TranslationContext context) where T : ConfigDeclaration
    {
        ShapeFaults faults = context.NewFaults();
        ShapeReader root = ShapeReader.Of(json, faults);
        DeclarationMeta meta = MetaTranslation.Declaration(kindName, root, context);
        T declaration = readSpec(meta, root.Object("spec"), context);
        declaration = (T)declaration with { Meta = meta with { ShapeFaults = faults.ToValues() } };

        // Nobody but the controller writes the status, and what it cannot read there it writes anew: no fault of the object.
        ShapeReader status = ShapeReader.Of(json, new(refusesUnknownFields: false)).Object("status");
        string? lastValidSpec = status.Text("lastValid");
        if (lastValidSpec is not null && LastValid(lastValidSpec, meta, readSpec, context) is { } lastValid)
            declaration = withLastValid(declaration, lastValid);
        return new(kind, declaration, root.Object("metadata").Text("resourceVersion") ?? "", SpecText(json),
            new(lastValidSpec, ConditionTranslation.Read(status, context), PoolTranslation.Counters(status)));
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

    private static string SpecText(JsonElement json) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty("spec", out JsonElement spec) ? JsonSerializer.Serialize(spec, JsonText.Default.JsonElement) : "{}";
}
