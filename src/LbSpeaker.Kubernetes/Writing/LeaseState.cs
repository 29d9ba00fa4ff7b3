using System.Text.Json;
using LbSpeaker.Kubernetes.Translation;

namespace LbSpeaker.Kubernetes.Writing;

/// <summary>A Lease that several compete for, as it was read.</summary>
/// <param name="RenewTime">As text: it is compared with itself only, never with a clock.</param>
internal sealed record LeaseState(string ResourceVersion, string Holder, int DurationSeconds, string RenewTime, int Transitions)
{
    /// <summary>Null where the text is no Lease.</summary>
    public static LeaseState? Read(ReadOnlyMemory<byte> body) => Parse(body, Of);

    /// <summary>What a line of a watch says of a Lease that is there; null where it says something else.</summary>
    public static LeaseState? ReadEvent(ReadOnlyMemory<byte> line) => Parse(line, root => root.Text("type") is "ADDED" or "MODIFIED" ? Of(root.Object("object")) : null);

    private static LeaseState? Parse(ReadOnlyMemory<byte> text, Func<ShapeReader, LeaseState?> read)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(text);
            return read(ShapeReader.Of(document.RootElement, new(refusesUnknownFields: false)));
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static LeaseState Of(ShapeReader lease)
    {
        ShapeReader spec = lease.Object("spec");
        return new(lease.Object("metadata").Text("resourceVersion") ?? "", spec.Text("holderIdentity") ?? "", spec.Int32("leaseDurationSeconds") ?? 0,
            spec.Text("renewTime") ?? "", spec.Int32("leaseTransitions") ?? 0);
    }
}
