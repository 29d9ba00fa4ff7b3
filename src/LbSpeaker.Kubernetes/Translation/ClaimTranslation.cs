using System.Text.Json;
using LbSpeaker.Core.Allocation;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Reports;
using LbSpeaker.Core.Values;
using LbSpeaker.Kubernetes.Resources;

namespace LbSpeaker.Kubernetes.Translation;

/// <summary>lbspeaker.io/v1alpha1 IPClaim.</summary>
internal static class ClaimTranslation
{
    public static ClaimRecord Translate(JsonElement json, TranslationContext context)
    {
        ShapeFaults faults = context.NewFaults();
        ShapeReader root = ShapeReader.Of(json, faults);
        root.RefuseUnknown("apiVersion", "kind", "metadata", "spec", "status");
        ShapeReader meta = root.Object("metadata"), spec = root.Object("spec");
        spec.RefuseUnknown("pools", "addresses", "families", "ttl");
        TimeSpan? ttl = spec.Duration("ttl");
        if (ttl < TimeSpan.Zero)
        {
            spec.Fault("ttl", "a duration that is not negative");
            ttl = null;
        }
        ClaimView view = new(MetaTranslation.Key(meta, context))
        {
            Uid = meta.Text("uid") ?? "",
            Age = MetaTranslation.Age(meta, context),
            Labels = meta.Labels("labels", context.Strings),
            Generation = meta.Int64("generation") ?? 0,
            Pools = spec.Texts("pools"),
            Addresses = spec.Texts("addresses"),
            Families = Families(spec),
            TimeToLive = ttl,
            IsBeingDeleted = meta.Time("deletionTimestamp") is not null,
        };

        // Nobody but the controller writes the status, and what it cannot read there it writes anew: no fault of the object.
        ShapeReader status = ShapeReader.Of(json, new(refusesUnknownFields: false)).Object("status");
        ClaimStatusRecord stands = new(
            status.Texts("usedBy"), status.Time("since"), status.Time("unusedSince"), status.Time("expiresAt"), ConditionTranslation.Read(status, context));
        ClaimPhase phase =
            stands.Conditions.Any(c => c is { Type: ConditionTypes.Held, Reason: nameof(AllocationReason.ClaimExpired) }) ? ClaimPhase.Expired
            : !stands.UsedBy.IsEmpty || stands.UnusedSince is not null ? ClaimPhase.Kept
            : ClaimPhase.Unused;
        view = view with { Held = status.Texts("addresses"), HeldFrom = status.Texts("pools"), Phase = phase, ShapeFaults = faults.ToValues() };
        return new(view, meta.Text("resourceVersion") ?? "", stands);
    }

    private static ValueArray<IpFamily> Families(ShapeReader spec)
    {
        SortedSet<IpFamily> families = [];
        foreach (string family in spec.Texts("families"))
            switch (family)
            {
                case "IPv4": families.Add(IpFamily.IPv4); break;
                case "IPv6": families.Add(IpFamily.IPv6); break;
                default: spec.Fault("families", "a list of IPv4 and IPv6"); break;
            }
        return families.ToValueArray();
    }
}
