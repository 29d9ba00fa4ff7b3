using LbSpeaker.Bgp.Session;
using LbSpeaker.Bgp.Wire;
using LbSpeaker.Bgp.Wire.Capabilities;
using LbSpeaker.Core.Announcement.Bgp;
using LbSpeaker.Core.Net;

namespace LbSpeaker.Bgp.Tests.Session;

/// <summary>Steps a machine and shows what comes of it as text.</summary>
internal sealed class MachineDriver(SessionSettings settings)
{
    public static readonly IpAddress OurId = IpAddress.Parse("192.0.2.1"), LowerId = IpAddress.Parse("192.0.2.0"), HigherId = IpAddress.Parse("192.0.2.2");

    public static BgpPeerSettings Peer { get; } = new("tor") { LocalAs = 65000, PeerAs = new(PeerAsKind.Number, 65001), Address = IpAddress.Parse("192.0.2.2") };

    public static SessionSettings Settings { get; } = new("node1", Peer);

    public static SessionSettings Passive { get; } = Settings with { Peer = Peer with { Passive = true } };

    public SessionState State { get; private set; } = SessionState.Initial(settings);

    /// <summary>The effects of the last step.</summary>
    public IReadOnlyList<SessionEffect> Effects { get; private set; } = [];

    public string Text => string.Join("; ", Effects.Select(Describe));

    public MachineDriver Step(SessionEvent happened)
    {
        (State, Core.Values.ValueArray<SessionEffect> effects) = SessionMachine.Step(State, happened, settings);
        Effects = [.. effects];
        return this;
    }

    public MachineDriver Start() => Step(new SessionEvent.Start());

    public MachineDriver Expire(SessionTimer timer, bool hasUnread = false) => Step(new SessionEvent.TimerExpired(timer, State.Timers[timer], hasUnread));

    public MachineDriver Dialed(int connection = 1) => Step(new SessionEvent.ConnectionOpened(connection, true, OurId, false));

    public MachineDriver Accepted() => Step(new SessionEvent.ConnectionOpened(State.NextConnection, false, OurId, false));

    public MachineDriver Failed(int connection, SessionEndReason reason = SessionEndReason.ConnectionLost) => Step(new SessionEvent.ConnectionFailed(connection, new(reason, "gone")));

    public MachineDriver Receive(int connection, BgpMessage message) => Step(new SessionEvent.Received(connection, message));

    public MachineDriver Invalid(int connection, NotificationError error) => Step(new SessionEvent.ReceivedInvalid(connection, new(error)));

    public MachineDriver To(BgpState state, OpenMessage? open = null)
    {
        Start();
        if (state == BgpState.Connect || (state == BgpState.Active && settings.Peer.Passive)) return this;
        if (settings.Peer.Passive) Accepted(); else Dialed();
        if (state == BgpState.Active) return Failed(1);
        if (state == BgpState.OpenSent) return this;
        Receive(1, open ?? Open());
        return state == BgpState.OpenConfirm ? this : Receive(1, KeepaliveMessage.Instance);
    }

    /// <summary>The OPEN of a router with every capability.</summary>
    public static OpenMessage Open(uint asNumber = 65001, ushort hold = 90, IpAddress? id = null, bool restarts = false) => new(
        asNumber, hold, id ?? HigherId, new MultiprotocolCapability(AddressFamily.IPv4Unicast), new MultiprotocolCapability(AddressFamily.IPv6Unicast), FlagCapability.RouteRefresh,
        new GracefulRestartCapability(false, true, 120, restarts ? [new(AddressFamily.IPv4Unicast, true)] : []));

    public static string Describe(SessionEffect effect) => effect switch
    {
        SessionEffect.Connect e => $"connect {e.Connection}",
        SessionEffect.Send e => $"send {e.Connection} {Short(e.Message)}",
        SessionEffect.Close { LastWords: null } e => $"close {e.Connection}",
        SessionEffect.Close e => $"close {e.Connection} with {e.LastWords}",
        SessionEffect.StartTimer e => $"start {e.Timer} {e.Delay.TotalSeconds:0.#}s{(e.IsJittered ? "~" : "")}",
        SessionEffect.StopTimer e => $"stop {e.Timer}",
        SessionEffect.SessionUp e => $"up {e.Connection}",
        SessionEffect.Ended e => $"ended {e.End.Reason}",
        SessionEffect.Deliver e => $"deliver {Short(e.Message)}",
        _ => throw new NotSupportedException(effect.ToString()),
    };

    private static string Short(BgpMessage message) => message is OpenMessage or UpdateMessage ? message.Type.ToString().ToUpperInvariant() : message.ToString()!;
}
