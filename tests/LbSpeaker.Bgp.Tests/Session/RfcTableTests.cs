using System.Globalization;
using LbSpeaker.Bgp.Session;
using LbSpeaker.Bgp.Wire;

namespace LbSpeaker.Bgp.Tests.Session;

/// <summary>What RFC 4271 section 8.2.2 demands of each state and event, as rfc4271-8.2.2.txt has it.</summary>
public sealed class RfcTableTests
{
    public static TheoryData<string> Rows()
    {
        string[] rows = [.. File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Session", "rfc4271-8.2.2.txt")).Where(l => l.Contains('|') && !l.StartsWith('#'))];
        return rows.Length == 0 ? throw new InvalidOperationException("no rows") : [.. rows];
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public void A_row_of_the_RFC_holds(string row)
    {
        string[] columns = [.. row.Split('|').Select(c => c.Trim())];
        BgpState state = Enum.Parse<BgpState>(columns[0]);
        MachineDriver driver = new(columns[1].Contains("passive", StringComparison.Ordinal) ? MachineDriver.Passive : MachineDriver.Settings);
        int number = int.Parse(columns[1].Split(' ')[0], CultureInfo.InvariantCulture);
        if (state != BgpState.Idle) driver.To(state);
        else if (number == 13) driver.Start().Failed(1);
        driver.Step(Event(number, driver));

        Assert.Equal(Enum.Parse<BgpState>(columns[2]), driver.State.State);
        if (columns[3] == "-")
        {
            Assert.Equal("", driver.Text);
            return;
        }
        foreach (string demanded in columns[3].Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            string[] words = demanded.Split(' ', 2);
            Assert.True(
                driver.Effects.Select(MachineDriver.Describe).Any(e => e.StartsWith(words[0], StringComparison.Ordinal) && (words.Length == 1 || e.Contains(words[1], StringComparison.Ordinal))),
                $"\"{demanded}\" is not among: {driver.Text}");
        }
    }

    private static SessionEvent Event(int number, MachineDriver driver)
    {
        int connection = driver.State.Connection?.Number ?? 1;
        return number switch
        {
            1 or 3 or 4 or 5 => new SessionEvent.Start(),
            2 or 8 => new SessionEvent.Stop(new(SessionEndReason.Shutdown, "stopping")),
            9 => Timer(SessionTimer.ConnectRetry, driver),
            10 => Timer(SessionTimer.Hold, driver),
            11 => Timer(SessionTimer.Keepalive, driver),
            13 => Timer(SessionTimer.IdleHold, driver),
            16 => new SessionEvent.ConnectionOpened(1, true, MachineDriver.OurId, false),
            17 => new SessionEvent.ConnectionOpened(driver.State.NextConnection, false, MachineDriver.OurId, false),
            18 => new SessionEvent.ConnectionFailed(connection, new(SessionEndReason.ConnectionLost, "gone")),
            19 => new SessionEvent.Received(connection, MachineDriver.Open()),
            21 => new SessionEvent.ReceivedInvalid(connection, new(NotificationError.BadMessageLength)),
            22 => new SessionEvent.Received(connection, MachineDriver.Open(65099)),
            24 => new SessionEvent.Received(connection, new NotificationMessage(NotificationError.UnsupportedVersionNumber)),
            25 => new SessionEvent.Received(connection, new NotificationMessage(NotificationError.CeaseUnspecific)),
            26 => new SessionEvent.Received(connection, KeepaliveMessage.Instance),
            27 => new SessionEvent.Received(connection, new UpdateMessage([Core.Net.IpPrefix.Parse("203.0.113.0/24")], [], [])),
            28 => new SessionEvent.ReceivedInvalid(connection, new(NotificationError.MalformedAttributeList)),
            _ => throw new NotSupportedException($"event {number}"),
        };
    }

    /// <summary>One that does not run expires only as the ghost of an earlier start.</summary>
    private static SessionEvent.TimerExpired Timer(SessionTimer timer, MachineDriver driver) =>
        new(timer, driver.State.Timers.IsRunning(timer) ? driver.State.Timers[timer] : int.MaxValue);
}
