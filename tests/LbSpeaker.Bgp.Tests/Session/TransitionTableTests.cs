using System.Text;
using LbSpeaker.Bgp.Session;
using LbSpeaker.Bgp.Wire;
using LbSpeaker.Core.Announcement.Bgp;

namespace LbSpeaker.Bgp.Tests.Session;

/// <summary>The whole machine as a text, to be read: transitions.txt beside this file.</summary>
public sealed class TransitionTableTests
{
    private static readonly UpdateMessage Update = new([Core.Net.IpPrefix.Parse("203.0.113.0/24")], [], []);

    private static IEnumerable<(string Name, SessionSettings Settings, Action<MachineDriver> Prepare)> States()
    {
        SessionSettings settings = MachineDriver.Settings;
        SessionSettings restartable = settings with { Peer = settings.Peer with { GracefulRestart = true } };
        yield return ("Idle, not started", settings, _ => { });
        yield return ("Idle, after a failure", settings, d => d.Start().Failed(1, SessionEndReason.ConnectRefused));
        yield return ("Idle, not allowed to begin", settings, d => d.Step(new SessionEvent.Deny(StartDenial.PasswordMissing)).Start());
        yield return ("Idle, BFD not up (strict)", settings with { Peer = settings.Peer with { Bfd = new("fast", default, default, 3, default, false, false, 254, true) } }, d => d.Start());
        yield return ("Connect (1 dialing)", settings, d => d.To(BgpState.Connect));
        yield return ("Active, the router is to connect (passive)", MachineDriver.Passive, d => d.To(BgpState.Active));
        yield return ("Active, until the next attempt", settings, d => d.To(BgpState.Active));
        yield return ("OpenSent (1)", settings, d => d.To(BgpState.OpenSent));
        yield return ("OpenSent (2 accepted), tracked 1 dialing", settings, d => d.Start().Accepted());
        yield return ("OpenSent (1 dialed), tracked 2 accepted", settings, d => d.To(BgpState.OpenSent).Accepted());
        yield return ("OpenConfirm (1)", settings, d => d.To(BgpState.OpenConfirm));
        yield return ("OpenConfirm (1 dialed), tracked 2 accepted", settings, d => d.To(BgpState.OpenConfirm).Accepted());
        yield return ("Established (1)", settings, d => d.To(BgpState.Established).Step(new SessionEvent.BfdChanged(true)));
        yield return ("Established (1 dialed), tracked 2 accepted", settings, d => d.To(BgpState.Established).Accepted());
        yield return ("Established (1), graceful restart of both, stable", restartable, d => d.To(BgpState.Established, MachineDriver.Open(restarts: true)).Expire(SessionTimer.Stable));
    }

    private static IEnumerable<(string Name, Func<MachineDriver, SessionEvent> Event)> Events()
    {
        yield return ("1,3-7 Start", _ => new SessionEvent.Start());
        yield return ("2,8 Stop: deconfigured", _ => new SessionEvent.Stop(new(SessionEndReason.Deconfigured, "gone")));
        yield return ("2,8 Stop: other settings", _ => new SessionEvent.Stop(new(SessionEndReason.SettingsChanged, "changed")));
        yield return ("2,8 Stop: shutdown", _ => new SessionEvent.Stop(new(SessionEndReason.Shutdown, "stopping")));
        yield return ("Deny", _ => new SessionEvent.Deny(StartDenial.PasswordMissing));
        yield return ("Allow", _ => new SessionEvent.Allow(StartDenial.PasswordMissing));
        yield return ("BFD up", _ => new SessionEvent.BfdChanged(true));
        yield return ("BFD down", _ => new SessionEvent.BfdChanged(false));
        foreach (SessionTimer timer in Enum.GetValues<SessionTimer>()) yield return ($"{Number(timer)}{timer} expires", d => new SessionEvent.TimerExpired(timer, d.State.Timers[timer]));
        yield return ("10 Hold expires, octets unread", d => new SessionEvent.TimerExpired(SessionTimer.Hold, d.State.Timers[SessionTimer.Hold], true));
        yield return ("16 1 is open", _ => new SessionEvent.ConnectionOpened(1, true, MachineDriver.OurId, false));
        yield return ("17 accepted", d => new SessionEvent.ConnectionOpened(d.State.NextConnection, false, MachineDriver.OurId, false));
        foreach (int connection in (int[])[1, 2])
        {
            yield return ($"18 {connection} is lost", _ => new SessionEvent.ConnectionFailed(connection, new(SessionEndReason.ConnectionLost, "gone")));
            yield return ($"19 {connection} OPEN, higher identifier", _ => new SessionEvent.Received(connection, MachineDriver.Open()));
            yield return ($"19 {connection} OPEN, lower identifier", _ => new SessionEvent.Received(connection, MachineDriver.Open(id: MachineDriver.LowerId)));
            yield return ($"22 {connection} OPEN of another AS", _ => new SessionEvent.Received(connection, MachineDriver.Open(65099)));
            yield return ($"21 {connection} header error", _ => new SessionEvent.ReceivedInvalid(connection, new(NotificationError.ConnectionNotSynchronized)));
            yield return ($"25 {connection} NOTIFICATION, cease", _ => new SessionEvent.Received(connection, new NotificationMessage(NotificationError.ConnectionCollisionResolution)));
            yield return ($"24,25 {connection} NOTIFICATION, other", _ => new SessionEvent.Received(connection, new NotificationMessage(NotificationError.BadPeerAs)));
            yield return ($"26 {connection} KEEPALIVE", _ => new SessionEvent.Received(connection, KeepaliveMessage.Instance));
            yield return ($"27 {connection} UPDATE", _ => new SessionEvent.Received(connection, Update));
            yield return ($"28 {connection} UPDATE error", _ => new SessionEvent.ReceivedInvalid(connection, new(NotificationError.MalformedAttributeList)));
            yield return ($"{connection} ROUTE-REFRESH", _ => new SessionEvent.Received(connection, new RouteRefreshMessage(AddressFamily.IPv4Unicast)));
        }
        yield return ("1 took octets", _ => new SessionEvent.Written(1));
    }

    [Fact]
    public void The_table_is_what_transitions_txt_shows()
    {
        StringBuilder table = new("# What each event comes to in each state; events that change nothing and do nothing are left out. Numbers: RFC 4271 section 8.1. \"~\": with jitter.\n");
        foreach ((string name, SessionSettings settings, Action<MachineDriver> prepare) in States())
        {
            table.Append('\n').Append(name).Append('\n');
            foreach ((string what, Func<MachineDriver, SessionEvent> make) in Events())
            {
                MachineDriver driver = new(settings);
                prepare(driver);
                SessionState before = driver.State;
                SessionEvent happened = make(driver);
                // A timer that does not run does not expire.
                if (happened is SessionEvent.TimerExpired { Epoch: 0 }) continue;
                driver.Step(happened);
                if (driver.State == before && driver.Effects.Count == 0) continue;
                table.Append("  ").Append(what.PadRight(34)).Append(" -> ").Append(Show(driver.State).PadRight(34)).Append(" | ").Append(driver.Text).Append('\n');
            }
        }
        Golden.Matches("Session/transitions.txt", table.ToString());
    }

    private static string Show(SessionState state) =>
        $"{state.State}{(state.Connection is { } c ? $" ({c.Number})" : "")}{(state.Tracked is { } t ? $", tracked {t.Number}" : "")}{(state.Denied == StartDenial.None ? "" : $", {state.Denied}")}";

    private static string Number(SessionTimer timer) => timer switch
    {
        SessionTimer.ConnectRetry => "9 ",
        SessionTimer.Hold => "10 ",
        SessionTimer.Keepalive => "11 ",
        SessionTimer.IdleHold => "13 ",
        _ => "",
    };
}
