using LbSpeaker.Bfd.Engine;
using LbSpeaker.Bfd.Wire;

namespace LbSpeaker.Bfd.Tests.Engine;

/// <summary>Sockets that keep what is sent, and say what the test tells them to.</summary>
internal sealed class FakeWire : ISessionWire
{
    public List<(BfdSessionKey Key, ControlPacket Packet)> Sent { get; } = [];

    public List<byte[]> Echoes { get; } = [];

    public Dictionary<string, int> Interfaces { get; } = new() { ["eth0"] = 2, ["eth1"] = 3 };

    public BfdFault OpenFault { get; set; }

    public BfdFault SendFault { get; set; }

    public List<BfdSessionKey> Opened { get; } = [];

    public List<BfdSessionKey> Closed { get; } = [];

    /// <summary>What a late reader finds in the sockets.</summary>
    public Action<TimeSpan> Unread { get; set; } = _ => { };

    public BfdFault Open(LiveSession session)
    {
        Opened.Add(session.Key);
        session.Path = OpenFault == BfdFault.None ? this : null;
        return OpenFault;
    }

    public void Close(LiveSession session)
    {
        Closed.Add(session.Key);
        session.Path = null;
    }

    public BfdFault Send(LiveSession session, ReadOnlySpan<byte> packet)
    {
        if (SendFault != BfdFault.None) return SendFault;
        Assert.Null(ControlPacket.TryDecode(packet, out ControlPacket sent) is { } and not DiscardReason.ZeroYourDiscriminator ? "malformed" : null);
        Sent.Add((session.Key, sent));
        return BfdFault.None;
    }

    public bool SendEcho(LiveSession session, ReadOnlySpan<byte> packet)
    {
        Echoes.Add(packet.ToArray());
        return true;
    }

    public int InterfaceOf(LiveSession session) => session.Key.Interface is { } name ? Interfaces[name] : 0;

    public bool LoopsEchoes(LiveSession session) => session.Wanted.EchoInterval is not null;

    public void Drain(TimeSpan now) => Unread(now);
}
