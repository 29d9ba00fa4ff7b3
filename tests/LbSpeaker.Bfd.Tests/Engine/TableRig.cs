using LbSpeaker.Bfd.Engine;
using LbSpeaker.Bfd.Wire;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Reports;
using Microsoft.Extensions.Time.Testing;

namespace LbSpeaker.Bfd.Tests.Engine;

/// <summary>A session table on a virtual clock, with the test as all its peers.</summary>
internal sealed class TableRig
{
    private uint discriminator = 100;

    public TableRig(TraceBuffer? trace = null) => Table = new SessionTable(
        Wire, new FakeTimeProvider(), () => 0.5, () => discriminator++, Discards.Add, s => Told.Add((s.Key, s.Variables.SessionState, s.Variables.Reason)), trace is null ? null : new(trace, new FakeTimeProvider()));

    public FakeWire Wire { get; } = new();

    public SessionTable Table { get; }

    public TimeSpan Now { get; private set; } = TimeSpan.FromSeconds(1000);

    public List<DiscardReason> Discards { get; } = [];

    public List<(BfdSessionKey Key, BfdState State, DownReason Reason)> Told { get; } = [];

    public LiveSession this[BfdSessionKey key] => Table.Sessions.Single(s => s.Key == key);

    public static BfdSessionKey Key(string peer, BfdHops hops = BfdHops.Single, string? local = null, string? @interface = null, string? vrf = null) =>
        new(IpAddress.Parse(peer), hops, local is null ? null : IpAddress.Parse(local), @interface, vrf);

    public void Want(params BfdSessionKey[] keys) => Want(new BfdSettings(), keys);

    public void Want(BfdSettings settings, params BfdSessionKey[] keys) => Table.Apply(keys.ToDictionary(k => k, _ => settings), Now);

    public void Advance(int milliseconds)
    {
        TimeSpan end = Now + TimeSpan.FromMilliseconds(milliseconds);
        while (Table.NextDue <= end)
        {
            if (Table.NextDue > Now) Now = Table.NextDue;
            Table.Advance(Now);
        }
        Now = end;
    }

    /// <summary>The process stands still, and then looks what is due.</summary>
    public void Stall(int milliseconds)
    {
        Now += TimeSpan.FromMilliseconds(milliseconds);
        Table.Advance(Now);
    }

    public void Receive(string from, ControlPacket packet, BfdHops hops = BfdHops.Single, string to = "192.0.2.1", int @interface = 2, int ttl = 255, string? vrf = null, BfdAuthentication? authentication = null)
    {
        byte[] buffer = new byte[ControlPacket.MaxLength];
        int length = packet.Encode(buffer);
        if (authentication is not null) length = PacketAuthenticator.Sign(buffer, authentication, packet.Authentication.Sequence);
        Table.Receive(buffer.AsSpan(0, length), new(hops, vrf, IpAddress.Parse(from), IpAddress.Parse(to), @interface, ttl), Now);
    }

    public static ControlPacket Packet(BfdState state, uint your = 0, uint my = 7) => new()
    {
        State = state, DetectMultiplier = 3, MyDiscriminator = my, YourDiscriminator = your,
        DesiredMinTx = BfdInterval.FromMilliseconds(300), RequiredMinRx = BfdInterval.FromMilliseconds(300),
    };

    /// <summary>The peer of this session brings it Up.</summary>
    public void BringUp(BfdSessionKey key, string to = "192.0.2.1", int @interface = 2)
    {
        uint own = this[key].Variables.LocalDiscr;
        Receive(key.Peer.ToString(), Packet(BfdState.Down), key.Hops, to, @interface, vrf: key.Vrf);
        Receive(key.Peer.ToString(), Packet(BfdState.Up, own), key.Hops, to, @interface, vrf: key.Vrf);
        Assert.Equal(BfdState.Up, this[key].Variables.SessionState);
    }
}
