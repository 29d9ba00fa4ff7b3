using System.Buffers.Binary;
using LbSpeaker.Core.Net;

namespace LbSpeaker.Layer2.Frames;

/// <summary>
/// An Ethernet II frame: destination(6) source(6) type(2) payload. A tag of VLAN 0 is passed over: it gives the frame a priority and leaves it where it is
/// (IEEE 802.1Q, priority-tagged frames; some adapters send nothing else).
/// </summary>
internal readonly ref struct EthernetFrame
{
    private EthernetFrame(ReadOnlySpan<byte> octets)
    {
        Destination = MacAddress.FromBytes(octets);
        Source = MacAddress.FromBytes(octets[6..]);
        int type = IsPriorityTagged(octets) ? 12 + Ethernet.TagLength : 12;
        Type = BinaryPrimitives.ReadUInt16BigEndian(octets[type..]);
        Payload = octets[(type + 2)..];
    }

    public MacAddress Destination { get; }

    public MacAddress Source { get; }

    public ushort Type { get; }

    public ReadOnlySpan<byte> Payload { get; }

    /// <summary>False where it is shorter than a header.</summary>
    public static bool TryRead(ReadOnlySpan<byte> octets, out EthernetFrame frame)
    {
        frame = octets.Length < Ethernet.HeaderLength ? default : new(octets);
        return octets.Length >= Ethernet.HeaderLength;
    }

    private static bool IsPriorityTagged(ReadOnlySpan<byte> octets) =>
        octets.Length >= Ethernet.HeaderLength + Ethernet.TagLength
        && BinaryPrimitives.ReadUInt16BigEndian(octets[12..]) == Ethernet.Vlan
        && (BinaryPrimitives.ReadUInt16BigEndian(octets[14..]) & Ethernet.VlanMask) == 0;
}
