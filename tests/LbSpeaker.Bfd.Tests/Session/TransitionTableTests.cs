using System.Text;
using LbSpeaker.Bfd.Session;
using LbSpeaker.Bfd.Wire;

namespace LbSpeaker.Bfd.Tests.Session;

/// <summary>The table of states (RFC 5880 sections 6.2 and 6.8.6), as the machine has it, is the file.</summary>
public sealed class TransitionTableTests
{
    [Fact]
    public void The_machine_is_the_table()
    {
        StringBuilder text = new();
        text.Append($"{"state",-10} {"event",-28} {"becomes",-10} {"diagnostic",-28} {"reason",-21} sends\n");
        foreach (BfdState from in new[] { BfdState.AdminDown, BfdState.Down, BfdState.Init, BfdState.Up })
            foreach ((string name, Func<Rig, bool> happen) in Events)
            {
                Rig rig = In(from);
                rig.Sent.Clear();
                if (!happen(rig)) continue;
                SessionVariables to = rig.State;
                string sends = rig.Sent.Count == 0 ? "-" : string.Join(", ", rig.Sent.Select(s => s.Packet.State + (s.Packet.Final ? " F" : "")));
                text.Append($"{from,-10} {name,-28} {to.SessionState,-10} {to.LocalDiag,-28} {to.Reason,-21} {(rig.LastDiscard is { } discard ? $"discards: {discard}" : sends)}\n");
            }

        string file = Path.Combine(AppContext.BaseDirectory, "Session", "Cases", "transitions.txt");
        File.WriteAllText(file + ".actual", text.ToString());
        Assert.Equal(File.ReadAllText(file).ReplaceLineEndings("\n"), text.ToString());
    }

    private static readonly (string Name, Func<Rig, bool> Happen)[] Events =
    [
        ("received AdminDown", rig => Received(rig, BfdState.AdminDown, poll: false)),
        ("received Down", rig => Received(rig, BfdState.Down, poll: false)),
        ("received Init", rig => Received(rig, BfdState.Init, poll: false)),
        ("received Up", rig => Received(rig, BfdState.Up, poll: false)),
        ("received AdminDown, P", rig => Received(rig, BfdState.AdminDown, poll: true)),
        ("received Down, P", rig => Received(rig, BfdState.Down, poll: true)),
        ("received Init, P", rig => Received(rig, BfdState.Init, poll: true)),
        ("received Up, P", rig => Received(rig, BfdState.Up, poll: true)),
        ("detection time expired", rig => Expired(rig, SessionTimer.Detect, rig.State.Detect)),
        ("echo detection time expired", rig => Expired(rig, SessionTimer.EchoDetect, rig.State.EchoDetect)),
        ("administratively down", rig => Set(rig, rig.Settings with { AdminDown = true })),
        ("administratively up", rig => Set(rig, rig.Settings with { AdminDown = false })),
    ];

    private static Rig In(BfdState state)
    {
        Rig rig = new(Rig.Fast with { EchoInterval = BfdInterval.FromMilliseconds(50) });
        if (state is BfdState.Init or BfdState.Up) rig.Receive(BfdState.Down);
        if (state == BfdState.Down) rig.Receive(BfdState.AdminDown);
        if (state == BfdState.AdminDown)
        {
            rig.Set(rig.Settings with { AdminDown = true });
            rig.Receive(BfdState.Down);
        }
        if (state == BfdState.Up)
        {
            rig.Receive(rig.FromPeer(BfdState.Up) with { RequiredMinEchoRx = BfdInterval.FromMilliseconds(50) });
            rig.Advance(1);
            rig.ReturnEcho(rig.Echoes[^1].Sequence);
            // And another one is on its way.
            rig.Advance(60);
        }
        Assert.Equal(state, rig.State.SessionState);
        return rig;
    }

    private static bool Received(Rig rig, BfdState remote, bool poll)
    {
        rig.Receive(rig.FromPeer(remote) with { Poll = poll, RequiredMinEchoRx = BfdInterval.FromMilliseconds(50) });
        return true;
    }

    private static bool Set(Rig rig, BfdSettings settings)
    {
        if (settings == rig.Settings) return false;
        rig.Set(settings);
        return true;
    }

    private static bool Expired(Rig rig, SessionTimer timer, Deadline deadline)
    {
        if (deadline.Due == TimeSpan.MaxValue) return false;
        rig.Step(SessionEvent.TimerExpired(deadline.Due, 0, timer, deadline.Epoch));
        return true;
    }
}
