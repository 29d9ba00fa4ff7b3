using System.Text.Json;
using LbSpeaker.Kubernetes.Translation;

namespace LbSpeaker.Kubernetes.Writing;

/// <summary>A Lease that several compete for, as it was read.</summary>
/// <param name="RenewTime">As text: it is compared with itself only, never with a clock.</param>
internal sealed record LeaseState(string ResourceVersion, string Holder, int DurationSeconds, string RenewTime, int Transitions)
{
    /// <summary>Null where the text is no Lease.</summary>
    public static LeaseState? Read(ReadOnlyMemory<byte> body)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(body);
            ShapeReader root = ShapeReader.Of(document.RootElement, new(refusesUnknownFields: false));
            ShapeReader spec = root.Object("spec");
            return new(root.Object("metadata").Text("resourceVersion") ?? "", spec.Text("holderIdentity") ?? "", spec.Int32("leaseDurationSeconds") ?? 0,
                spec.Text("renewTime") ?? "", spec.Int32("leaseTransitions") ?? 0);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
