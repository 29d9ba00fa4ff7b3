using LbSpeaker.Bfd.Wire;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Reports;

namespace LbSpeaker.Bfd;

/// <summary>What a control packet that was kept for <c>trace</c> says. For people.</summary>
/// <param name="Addresses">Of the peer and of this node.</param>
public sealed record ControlText(string Words, IReadOnlyList<IpAddress> Addresses)
{
    /// <param name="octets">Of a <see cref="PacketEnvelope"/>; any others are without addresses.</param>
    public static ControlText Of(ReadOnlySpan<byte> octets)
    {
        if (!PacketEnvelope.TryRead(octets, out PacketEnvelope envelope)) return new("a packet cut short", []);
        // Where a rule is broken the packet is there all the same, but for one that is too short to be read.
        DiscardReason? broken = ControlPacket.TryDecode(envelope.Payload, out ControlPacket packet);
        string says = packet.MyDiscriminator == 0 && broken is not null
            ? "malformed"
            : $"{packet.State}, {packet.Diagnostic}{(packet.Poll ? ", Poll" : "")}{(packet.Final ? ", Final" : "")}, discriminators {packet.MyDiscriminator} {packet.YourDiscriminator}, "
                + $"{packet.DetectMultiplier} times, tx {packet.DesiredMinTx}, rx {packet.RequiredMinRx}{Authentication(packet)}";
        string hops = envelope.Port == BfdPorts.Multihop ? $" over several hops (TTL {envelope.Hops})" : "";
        return new($"BFD from {envelope.Source} to {envelope.Destination}{hops}: {says}", [envelope.Source, envelope.Destination]);
    }

    private static string Authentication(in ControlPacket packet) =>
        packet.Authentication.Type == BfdAuthenticationType.None ? "" : $", {packet.Authentication.Type} key {packet.Authentication.KeyId}";
}
