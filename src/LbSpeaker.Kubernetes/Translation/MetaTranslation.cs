using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Config;

namespace LbSpeaker.Kubernetes.Translation;

/// <summary>metadata, which every object has.</summary>
internal static class MetaTranslation
{
    public static ObjectKey Key(ShapeReader meta, TranslationContext context) => new(
        context.Strings.Intern(meta.Text("namespace") is { Length: > 0 } given ? given : context.DefaultNamespace),
        meta.Text("name") ?? "");

    public static Age Age(ShapeReader meta, TranslationContext context) =>
        meta.Time("creationTimestamp") is { } created ? new(created, 0) : new(null, context.Ordinal);

    /// <summary>The uid of the Pod among the ownerReferences; empty where there is none.</summary>
    public static string OwnerPodUid(ShapeReader meta) =>
        meta.Objects("ownerReferences").FirstOrDefault(o => o.Text("kind") == "Pod")?.Text("uid") ?? "";

    public static DeclarationMeta Declaration(string kind, ShapeReader root, TranslationContext context)
    {
        root.RefuseUnknown("apiVersion", "kind", "metadata", "spec", "status");
        ShapeReader meta = root.Object("metadata");
        return new(kind, Key(meta, context))
        {
            Uid = meta.Text("uid") ?? "",
            Age = Age(meta, context),
            Labels = meta.Labels("labels", context.Strings),
            Generation = meta.Int64("generation") ?? 0,
        };
    }
}
