using LbSpeaker.Core.Net;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Bgp.Wire.Attributes;

/// <summary>The clusters that a reflected route has come through (RFC 4456 section 8): 4 octets each.</summary>
public sealed record ClusterListAttribute : PathAttribute
{
    internal ClusterListAttribute(ValueArray<IpAddress> clusters) : base(AttributeType.ClusterList) => Clusters = clusters;

    public ValueArray<IpAddress> Clusters { get; }

    internal static AttributeFault? Read(WireReader value, CodecOptions options, out PathAttribute attribute)
    {
        attribute = null!;
        if (value.IsEmpty || value.Remaining % 4 != 0) return AttributeFault.WrongLength;
        IpAddress[] clusters = new IpAddress[value.Remaining / 4];
        for (int i = 0; value.TryReadAddress(IpFamily.IPv4, out IpAddress cluster); i++) clusters[i] = cluster;
        attribute = new ClusterListAttribute([.. clusters]);
        return null;
    }

    private protected override void WriteValue(ref WireWriter writer, CodecOptions options)
    {
        foreach (IpAddress cluster in Clusters) writer.WriteAddress(cluster);
    }

    public override string ToString() => $"CLUSTER_LIST {string.Join(' ', Clusters)}";
}
