using LbSpeaker.Core.Net;
using LbSpeaker.Core.Values;
using LbSpeaker.Heartbeat.Judging;
using LbSpeaker.Heartbeat.Wire;

namespace LbSpeaker.Heartbeat.Tests.Wire;

/// <summary>What is authentic and yet not to be acted on.</summary>
public sealed class GateTests
{
    private static readonly IpAddress Own = IpAddress.Parse("192.0.2.1"), Peer = IpAddress.Parse("192.0.2.2"), Stranger = IpAddress.Parse("192.0.2.9");
    private static readonly HeartbeatKey Old = new(1, new SecretOctets("the old secret of the cluster"u8)), New = new(2, new SecretOctets("the new secret of the cluster"u8));
    private static readonly HeartbeatMessage Message = new HeartbeatMessage.Ask(1, "node-c");
    private readonly Gate gate = new();

    public GateTests() => gate.Follow(Roster.Of(new("node-a", Own, [new("node-b", Peer)], [Old, New], false), HeartbeatSettings.Default));

    [Fact]
    public void A_member_is_heard_with_every_key_that_is_accepted()
    {
        Assert.Null(Accept(1, 1));
        Assert.Null(Accept(1, 2, key: New));
        Assert.Equal(DiscardReason.KeyId, Accept(1, 3, key: New with { Id = 3 }));
        Assert.Equal(DiscardReason.Mismatch, Accept(1, 3, key: Old with { Secret = New.Secret }));
        Assert.Equal(Old.Id, gate.SigningKey!.Id);
    }

    [Fact]
    public void What_is_for_another_or_from_a_stranger_is_dropped()
    {
        Assert.Equal(DiscardReason.Misdirected, Accept(1, 1, to: "node-c"));
        Assert.Equal(DiscardReason.UnknownSender, Accept(1, 1, from: "node-c"));
        Assert.Equal(DiscardReason.UnknownSender, Accept(1, 1, from: "node-a"));
        Assert.Empty(gate.Faults(TimeSpan.Zero));
    }

    [Fact]
    public void The_name_of_a_member_from_another_address_is_a_fault_for_a_while()
    {
        Assert.Equal(DiscardReason.WrongAddress, Accept(1, 1, source: Stranger));
        Assert.Contains("192.0.2.9 claims to be it", Assert.Single(gate.Faults(TimeSpan.FromSeconds(9))), StringComparison.Ordinal);
        Assert.Empty(gate.Faults(TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public void Nothing_is_taken_twice_or_after_a_later_one()
    {
        Assert.Null(Accept(1, 5));
        Assert.Equal(DiscardReason.Replayed, Accept(1, 5));
        Assert.Equal(DiscardReason.Replayed, Accept(1, 4));
        Assert.Null(Accept(1, 6));
    }

    [Fact]
    public void An_earlier_life_is_not_heard_and_where_it_speaks_on_two_claim_one_name()
    {
        Assert.Null(Accept(1, 5));
        Assert.Null(Accept(2, 1));
        // A replay of what the earlier life said is no sign that it lives.
        Assert.Equal(DiscardReason.Incarnation, Accept(1, 5));
        Assert.Empty(gate.Faults(TimeSpan.Zero));
        Assert.Equal(DiscardReason.Incarnation, Accept(1, 6));
        Assert.Contains("two speakers at 192.0.2.2 claim to be node node-b", Assert.Single(gate.Faults(TimeSpan.Zero)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_member_whose_clock_went_back_is_heard_again_once_its_session_is_up()
    {
        Assert.Null(Accept(2, 1));
        Assert.Equal(DiscardReason.Incarnation, Accept(1, 1));
        gate.Forget("node-b");
        Assert.Null(Accept(1, 2));
    }

    private DiscardReason? Accept(ulong incarnation, ulong sequence, string from = "node-b", string to = "node-a", IpAddress? source = null, HeartbeatKey? key = null)
    {
        byte[] buffer = new byte[Datagram.MaxLength];
        int length = Datagram.Encode(buffer, new(from, to, incarnation, sequence), Message, KeyDerivation.ForDatagrams(key ?? Old));
        DiscardReason? reason = gate.Accept(buffer.AsSpan(0, length), source ?? Peer, TimeSpan.Zero, out string sender, out HeartbeatMessage? message);
        Assert.Equal(reason is null ? Message : null, message);
        if (reason is null) Assert.Equal(from, sender);
        return reason;
    }
}
