using LbSpeaker.Bgp.Wire.Attributes;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Bgp.Wire;

/// <summary>
/// Routes that come and go (RFC 4271 section 4.3). <see cref="UpdateTemplate"/> writes the ones that we send; an End-of-RIB is a message of its own here.
/// <code>
/// +-----------------------------------------------------+
/// |   Withdrawn Routes Length (2 octets)                |
/// +-----------------------------------------------------+
/// |   Withdrawn Routes (variable)                       |
/// +-----------------------------------------------------+
/// |   Total Path Attribute Length (2 octets)            |
/// +-----------------------------------------------------+
/// |   Path Attributes (variable)                        |
/// +-----------------------------------------------------+
/// |   Network Layer Reachability Information (variable) |
/// +-----------------------------------------------------+
/// </code>
/// </summary>
/// <param name="Withdrawn">IPv4 unicast.</param>
/// <param name="Attributes">In the order of the wire.</param>
/// <param name="Nlri">IPv4 unicast.</param>
public sealed record UpdateMessage(ValueArray<IpPrefix> Withdrawn, ValueArray<PathAttribute> Attributes, ValueArray<IpPrefix> Nlri) : BgpMessage
{
    internal const int MinBodyLength = 4;

    public override MessageType Type => MessageType.Update;

    public T? Find<T>() where T : PathAttribute => Attributes.OfType<T>().FirstOrDefault();

    /// <summary>The path that AS_PATH and AS4_PATH give together (RFC 6793 section 4.2.3); null without AS_PATH.</summary>
    public AsPath? Path
    {
        get
        {
            if (Find<AsPathAttribute>()?.Path is not { } path) return null;
            // Somebody who does not know AS4_AGGREGATOR has aggregated since: what both AS4 attributes say is stale.
            bool stale = Find<As4AggregatorAttribute>() is not null && Find<AggregatorAttribute>() is { Aggregator.AsNumber: not OpenMessage.AsTrans };
            return AsPath.Merge(path, stale ? null : Find<As4PathAttribute>()?.Path);
        }
    }

    /// <summary>The same routes, all withdrawn, and nothing else: what RFC 7606 section 2 calls treat-as-withdraw.</summary>
    internal UpdateMessage AsWithdrawal()
    {
        List<PathAttribute> withdrawals = [.. Attributes.OfType<MpUnreachAttribute>()];
        if (Find<MpReachAttribute>() is { } reach) withdrawals.Add(new MpUnreachAttribute(reach.Family, reach.Prefixes));
        return new(Withdrawn.IsEmpty ? Nlri : [.. Withdrawn, .. Nlri], [.. withdrawals], []);
    }

    private protected override void WriteBody(ref WireWriter writer, CodecOptions options)
    {
        if (Withdrawn.IsEmpty && Attributes.IsEmpty && Nlri.IsEmpty) throw new ArgumentException("an UPDATE without content is an End-of-RIB");
        if (Attributes.DistinctBy(a => a.Type).Count() != Attributes.Count) throw new ArgumentException($"an attribute stands twice: {this}");

        int withdrawn = writer.OpenLength(2);
        NlriField.Write(ref writer, Withdrawn);
        writer.CloseLength(withdrawn, 2);
        int attributes = writer.OpenLength(2);
        foreach (PathAttribute attribute in Attributes) attribute.Write(ref writer, options);
        writer.CloseLength(attributes, 2);
        NlriField.Write(ref writer, Nlri);
    }

    public override string ToString()
    {
        List<string> parts = ["UPDATE"];
        if (!Withdrawn.IsEmpty) parts.Add($"withdrawn {Withdrawn}");
        if (!Attributes.IsEmpty) parts.Add($"attributes [{string.Join("; ", Attributes)}]");
        if (!Nlri.IsEmpty) parts.Add($"nlri {Nlri}");
        return string.Join(' ', parts);
    }
}
