using CsCheck;
using LbSpeaker.Bgp.Session;
using LbSpeaker.Bgp.Wire;
using LbSpeaker.Core.Announcement.Bgp;
using LbSpeaker.Core.Net;

namespace LbSpeaker.Bgp.Tests.Session;

/// <summary>Two machines that dial each other, whatever the network does with the order of things (RFC 4271 section 6.8).</summary>
public sealed class CollisionTests
{
    /// <summary>Two speakers, and the TCP between them: connections of which each end has its own number, with messages on their way in both directions.</summary>
    private sealed class World
    {
        private sealed record Wire(int Dialer, int DialerNumber)
        {
            public int? AccepterNumber { get; set; }

            public bool IsKnownToDialer { get; set; }

            /// <summary>By the side that they go to; null: the other end has closed.</summary>
            public Queue<BgpMessage?>[] Towards { get; } = [new(), new()];

            public bool[] IsClosedBy { get; } = new bool[2];
        }

        private readonly SessionSettings[] settings;
        private readonly SessionState[] states;
        private readonly IpAddress[] ids;
        private readonly List<Wire> wires = [];
        private readonly (SessionTimer Timer, int Epoch)?[] retries = new (SessionTimer, int)?[2];

        public World(IpAddress one, IpAddress other, uint oneAs, uint otherAs)
        {
            ids = [one, other];
            settings = [SettingsOf("one", oneAs, otherAs), SettingsOf("other", otherAs, oneAs)];
            states = [SessionState.Initial(settings[0]), SessionState.Initial(settings[1])];
            Step(0, new SessionEvent.Start());
            Step(1, new SessionEvent.Start());
        }

        public int Ups { get; private set; }

        public bool IsDone => states.All(s => s is { State: BgpState.Established, Tracked: null }) && Possible().Count == 0;

        public bool IsOneSession => wires.Count(w => !w.IsClosedBy[0] && !w.IsClosedBy[1]) == 1;

        public int DialerOfSession => wires.Single(w => !w.IsClosedBy[0] && !w.IsClosedBy[1]).Dialer;

        /// <summary>What may happen next; first of all that connections open, then that OPENs arrive.</summary>
        public List<Action> Possible()
        {
            List<Action> actions = [], opens = [], rest = [];
            foreach (Wire wire in wires)
            {
                int dialer = wire.Dialer, accepter = 1 - dialer;
                if (wire.AccepterNumber is null && !wire.IsClosedBy[dialer])
                    actions.Add(() =>
                    {
                        wire.AccepterNumber = states[accepter].NextConnection;
                        Step(accepter, new SessionEvent.ConnectionOpened(wire.AccepterNumber.Value, false, ids[accepter], false));
                    });
                if (wire.AccepterNumber is not null && !wire.IsKnownToDialer && !wire.IsClosedBy[dialer])
                    actions.Add(() =>
                    {
                        wire.IsKnownToDialer = true;
                        Step(dialer, new SessionEvent.ConnectionOpened(wire.DialerNumber, true, ids[dialer], false));
                    });
                foreach (int side in (int[])[0, 1])
                    if (wire.Towards[side].Count > 0 && !wire.IsClosedBy[side] && (side == accepter ? wire.AccepterNumber is not null : wire.IsKnownToDialer))
                        (wire.Towards[side].Peek() is OpenMessage ? opens : rest).Add(() =>
                        {
                            BgpMessage? message = wire.Towards[side].Dequeue();
                            int number = side == dialer ? wire.DialerNumber : wire.AccepterNumber!.Value;
                            Step(side, message is null ? new SessionEvent.ConnectionFailed(number, new(SessionEndReason.ConnectionLost, "closed")) : new SessionEvent.Received(number, message));
                        });
            }
            for (int side = 0; side < 2; side++)
                if (retries[side] is { } retry && states[side].Timers[retry.Timer] == retry.Epoch)
                {
                    int whose = side;
                    rest.Add(() => Step(whose, new SessionEvent.TimerExpired(retry.Timer, retry.Epoch)));
                }
            return [.. actions, .. opens, .. rest];
        }

        private static SessionSettings SettingsOf(string name, uint asNumber, uint peerAs) =>
            new(name, new(name) { LocalAs = asNumber, PeerAs = new(PeerAsKind.Number, peerAs), Address = IpAddress.Parse("192.0.2.9") });

        private void Step(int side, SessionEvent happened)
        {
            (states[side], Core.Values.ValueArray<SessionEffect> effects) = SessionMachine.Step(states[side], happened, settings[side]);
            foreach (SessionEffect effect in effects)
                switch (effect)
                {
                    case SessionEffect.Connect e: wires.Add(new(side, e.Connection)); break;
                    case SessionEffect.Send e: Find(side, e.Connection).Towards[1 - side].Enqueue(e.Message); break;
                    case SessionEffect.Close e:
                        Wire closed = Find(side, e.Connection);
                        closed.IsClosedBy[side] = true;
                        if (e.LastWords is not null) closed.Towards[1 - side].Enqueue(e.LastWords);
                        closed.Towards[1 - side].Enqueue(null);
                        break;
                    case SessionEffect.StartTimer { Timer: SessionTimer.IdleHold or SessionTimer.ConnectRetry } e when states[side].State is BgpState.Idle or BgpState.Active: retries[side] = (e.Timer, e.Epoch); break;
                    case SessionEffect.SessionUp: Ups++; break;
                }
        }

        private Wire Find(int side, int number) => wires.Last(w => (w.Dialer == side ? w.DialerNumber : w.AccepterNumber) == number);
    }

    [Fact]
    public void Whatever_the_order_one_session_comes_of_it()
    {
        Gen<(byte One, byte Other, bool SameAs, int[] Choices)> gen =
            Gen.Select(Gen.Byte[1, 3], Gen.Byte[1, 3], Gen.Bool, Gen.Int[0, 1000].Array[200]).Where(g => g.Item1 != g.Item2 || !g.Item3);
        gen.Sample(
            g =>
            {
                World world = new(IpAddress.FromIPv4(g.One), IpAddress.FromIPv4(g.Other), 65000, g.SameAs ? 65000u : 65001u);
                int step = 0;
                while (!world.IsDone)
                {
                    List<Action> possible = world.Possible();
                    Assert.True(possible.Count > 0 && step < g.Choices.Length, $"stuck after {step} steps");
                    possible[g.Choices[step++] % possible.Count]();
                }
                Assert.True(world.IsOneSession);
            },
            iter: 2000);
    }

    [Theory]
    [InlineData(1, 2, 65000, 65000, 1)]
    [InlineData(2, 1, 65000, 65000, 0)]
    [InlineData(1, 1, 65000, 65001, 1)]
    [InlineData(1, 1, 65001, 65000, 0)]
    public void Of_two_connections_that_cross_the_one_of_the_higher_identifier_stays_and_of_equal_ones_that_of_the_higher_AS(byte one, byte other, uint oneAs, uint otherAs, int winner)
    {
        World world = new(IpAddress.FromIPv4(one), IpAddress.FromIPv4(other), oneAs, otherAs);
        // Both connections are open at both ends before any OPEN arrives.
        for (int i = 0; i < 4; i++) world.Possible()[0]();
        for (int i = 0; !world.IsDone; i++)
        {
            Assert.True(i < 100);
            world.Possible()[0]();
        }
        Assert.True(world.IsOneSession);
        Assert.Equal(winner, world.DialerOfSession);
        Assert.Equal(2, world.Ups);
    }
}
