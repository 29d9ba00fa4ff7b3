using System.Collections.Immutable;
using LbSpeaker.Bfd;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Values;
using LbSpeaker.Heartbeat;
using LbSpeaker.Heartbeat.Judging;
using LbSpeaker.Heartbeat.Wire;

namespace LbSpeaker.Testing.Heartbeats;

/// <summary>How the network treats what is sent into it.</summary>
/// <param name="Loss">The chance that a datagram is lost, 0 to 1.</param>
/// <param name="LossPause">When one has been lost from one node to another, no other is for so long: who asks often enough gets through.</param>
public sealed record NetworkQuality(TimeSpan LeastDelay, TimeSpan MostDelay, double Loss, TimeSpan LossPause)
{
    public static NetworkQuality Good { get; } = new(TimeSpan.FromMilliseconds(0.1), TimeSpan.FromMilliseconds(1), 0, TimeSpan.Zero);

    /// <summary>One datagram in ten is lost.</summary>
    public static NetworkQuality Lossy { get; } = Good with { Loss = 0.1, LossPause = TimeSpan.FromMilliseconds(50) };
}

/// <summary>One speaker of a <see cref="VirtualCluster"/>.</summary>
public sealed class VirtualNode(string name, HeartbeatPlan plan)
{
    public string Name { get; } = name;

    public HeartbeatPlan Plan { get; internal set; } = plan;

    public bool IsRunning { get; internal set; }

    /// <summary>It runs and stands still, as by SIGSTOP: nothing leaves it, and what comes waits.</summary>
    public bool IsFrozen { get; internal set; }

    /// <summary>Another after each start.</summary>
    public int Life { get; internal set; }

    public MembershipState State { get; internal set; } = MembershipState.Create(0);

    /// <summary>Datagrams; heartbeats are not counted.</summary>
    public int Sent { get; set; }

    internal TimeSpan TimerAt { get; set; } = TimeSpan.MaxValue;

    internal Dictionary<string, TimeSpan> PathChangedAt { get; } = [];

    /// <summary>Since when the peer's heartbeats have been coming in; null while they do not.</summary>
    public TimeSpan? UpSince(string peer) => IsUp(peer) ? PathChangedAt.GetValueOrDefault(peer) : null;

    internal Queue<(string From, HeartbeatMessage Message)> Waiting { get; } = [];

    public bool IsUp(string peer) => State.Watched.TryGetValue(peer, out WatchedNode? watched) && watched.Path == PathState.Up;
}

/// <summary>
/// Speakers that watch each other, on a virtual clock: the judging is the real one; heartbeats come to what BFD makes of them, a path that is up or down after the time that
/// detection takes, and not the same time at both ends. One seed gives one run.
/// </summary>
public sealed class VirtualCluster
{
    /// <summary>A pair of nodes, by name in order. Its number changes whenever something happens to it, so that what was to come of the time before does not come any more.</summary>
    private sealed class Pair
    {
        /// <summary>Nothing passes from the first to the second, and the other way.</summary>
        public bool IsCutForth { get; set; }

        public bool IsCutBack { get; set; }

        /// <summary>A session needs both ways.</summary>
        public bool IsCut => IsCutForth || IsCutBack;

        public int Number { get; set; }
    }

    private readonly Random random;
    private readonly HeartbeatSettings settings;
    private readonly NetworkQuality quality;
    private readonly PriorityQueue<Action, (TimeSpan At, long Order)> queue = new();
    private readonly SortedDictionary<string, VirtualNode> nodes = new(StringComparer.Ordinal);
    private readonly Dictionary<(string, string), Pair> pairs = [];
    private readonly Dictionary<(string From, string To), (TimeSpan LastArrival, TimeSpan LastLoss)> wires = [];
    private long order;

    /// <param name="isSettled">All have been running for long and know of each other; else nobody runs.</param>
    public VirtualCluster(int seed, int count, NetworkQuality quality, bool isSettled, HeartbeatSettings? settings = null)
    {
        (random, this.quality, this.settings) = (new Random(seed), quality, settings ?? HeartbeatSettings.Default);
        HeartbeatMember[] members = [.. Enumerable.Range(1, count).Select(i => new HeartbeatMember($"node-{i:0000}", IpAddress.FromIPv4(0xC6120000 + (uint)i)))];
        ValueArray<HeartbeatKey> keys = [new(1, new SecretOctets("a secret of the cluster"u8))];
        ValueArray<HeartbeatMember> all = members.ToValueArray();
        foreach (HeartbeatMember member in members) nodes.Add(member.Node, new(member.Node, new(member.Node, member.Address, all, keys, false)));
        if (isSettled) Settle();
    }

    public TimeSpan Now { get; private set; } = TimeSpan.FromSeconds(1000);

    public IReadOnlyCollection<VirtualNode> Nodes => nodes.Values;

    public VirtualNode this[string name] => nodes[name];

    /// <summary>Told whenever a speaker changes its view of another: judge, subject, before, after.</summary>
    public Action<VirtualNode, string, MemberView, MemberView>? Judged { get; set; }

    /// <summary>Told whenever what a speaker reports may have changed.</summary>
    public Action<VirtualNode>? Reported { get; set; }

    /// <summary>How long a silent node can go unnoticed: the last to notice may have heard it just before.</summary>
    public TimeSpan Detection => settings.Interval.ToTimeSpan() * settings.Multiplier;

    public void Start(string name) => Start(name, nodes[name].Plan with { Leaving = false });

    public void Start(string name, HeartbeatPlan plan)
    {
        VirtualNode node = nodes[name];
        node.IsRunning = true;
        node.IsFrozen = false;
        node.Waiting.Clear();
        node.Life++;
        node.State = MembershipState.Create((ulong)random.NextInt64());
        node.TimerAt = TimeSpan.MaxValue;
        SetPlan(node, plan);
        Meet(node, Others(node));
    }

    /// <summary>Its plan becomes this one; sessions that are wanted now come up, and others go.</summary>
    public void Follow(string name, HeartbeatPlan plan)
    {
        VirtualNode node = nodes[name];
        if (!node.IsRunning || plan == node.Plan) return;
        if (plan.Leaving && !node.Plan.Leaving)
        {
            Leave(name, plan);
            return;
        }
        HashSet<VirtualNode> before = [.. Others(node)];
        SetPlan(node, plan);
        Meet(node, Others(node).Where(o => !before.Contains(o)));
        foreach (VirtualNode dropped in before.Except(Others(node))) Close(node, dropped);
    }

    /// <summary>Nothing leaves it any more.</summary>
    public void Crash(string name)
    {
        nodes[name].IsRunning = false;
        nodes[name].IsFrozen = false;
        foreach (VirtualNode other in Others(nodes[name])) Fall(nodes[name], other);
    }

    /// <summary>It stands still.</summary>
    public void Freeze(string name)
    {
        VirtualNode node = nodes[name];
        if (!node.IsRunning || node.IsFrozen) return;
        node.IsFrozen = true;
        foreach (VirtualNode other in Others(node)) Fall(node, other);
    }

    /// <summary>It goes on where it stood: hears what waits, and soon that the others gave it up if it stood for long.</summary>
    public void Thaw(string name)
    {
        VirtualNode node = nodes[name];
        if (!node.IsFrozen) return;
        node.IsFrozen = false;
        while (node.Waiting.TryDequeue(out (string From, HeartbeatMessage Message) next)) Step(node, new MembershipEvent.Received(Moment, next.From, next.Message));
        node.TimerAt = TimeSpan.MaxValue;
        if (node.State.NextDue <= Now) Step(node, new MembershipEvent.TimerExpired(Moment)); else SetTimer(node);
        foreach (VirtualNode other in Others(node))
        {
            Pair pair = PairOf(name, other.Name);
            pair.Number++;
            if (node.IsUp(other.Name) && !(IsHeard(other, node) && other.IsUp(name)))
                Path(node, other.Name, random.NextDouble() * Detection, false, IsHeard(other, node) ? DownReason.NeighborDown : DownReason.DetectionTimeExpired);
            if (!(node.IsUp(other.Name) && other.IsUp(name))) ComeUp(node, other, pair);
        }
    }

    /// <summary>It says that it goes, and goes on running.</summary>
    public void Leave(string name) => Leave(name, nodes[name].Plan with { Leaving = true });

    /// <summary>Nothing passes between the two, in neither direction.</summary>
    public void Cut(string one, string other)
    {
        Pair pair = PairOf(one, other);
        if (pair is { IsCutForth: true, IsCutBack: true }) return;
        (pair.IsCutForth, pair.IsCutBack) = (true, true);
        Fall(nodes[one], nodes[other]);
    }

    /// <summary>Nothing passes from the one to the other any more.</summary>
    public void CutOneWay(string from, string to)
    {
        Pair pair = PairOf(from, to);
        if (IsCut(from, to)) return;
        if (IsForth(from, to)) pair.IsCutForth = true; else pair.IsCutBack = true;
        (VirtualNode deaf, VirtualNode heard) = (nodes[to], nodes[from]);
        int number = ++pair.Number;
        if (!deaf.IsRunning || !deaf.IsUp(from)) return;
        TimeSpan noticed = Detection - random.NextDouble() * settings.Interval.ToTimeSpan();
        Path(deaf, from, noticed, false, DownReason.DetectionTimeExpired);
        // Who hears nothing says so, where that is heard.
        Path(heard, to, IsCut(to, from) ? noticed : noticed + Delay(), false, IsCut(to, from) ? DownReason.DetectionTimeExpired : DownReason.NeighborDown);
    }

    public void Mend(string one, string other)
    {
        Pair pair = PairOf(one, other);
        if (!pair.IsCut) return;
        (pair.IsCutForth, pair.IsCutBack) = (false, false);
        Rise(nodes[one], nodes[other]);
    }

    /// <summary>Nothing passes from the one to the other.</summary>
    public bool IsCut(string from, string to) => IsForth(from, to) ? PairOf(from, to).IsCutForth : PairOf(from, to).IsCutBack;

    private static bool IsForth(string from, string to) => string.CompareOrdinal(from, to) < 0;

    public void Run(TimeSpan time)
    {
        TimeSpan end = Now + time;
        while (queue.TryPeek(out Action? action, out (TimeSpan At, long) next) && next.At <= end)
        {
            queue.Dequeue();
            if (next.At > Now) Now = next.At;
            action();
        }
        Now = end;
    }

    /// <summary>For what a test wants done in between.</summary>
    public void At(TimeSpan due, Action action) => queue.Enqueue(action, (due, order++));

    private Moment Moment => new(Now, DateTimeOffset.UnixEpoch + Now);

    private IEnumerable<VirtualNode> Others(VirtualNode node) => node.State.Roster.Watched.Select(n => nodes[n]);

    private void Settle()
    {
        ImmutableSortedDictionary<string, KnownRumor> alive = ImmutableSortedDictionary.Create<string, KnownRumor>(StringComparer.Ordinal)
            .AddRange(nodes.Keys.Select(n => KeyValuePair.Create(n, new KnownRumor(new(n, 1, Standing.Alive), Moment.WallClock))));
        foreach (VirtualNode node in nodes.Values)
        {
            node.IsRunning = true;
            MembershipState state = Membership.Step(MembershipState.Create((ulong)random.NextInt64()), new MembershipEvent.PlanChanged(Moment, node.Plan), settings).Next with { Rumors = alive };
            foreach (string peer in state.Roster.Watched) state = Membership.Step(state, new MembershipEvent.PathChanged(Moment, peer, true, DownReason.None), settings).Next;
            // The introductions were long ago.
            node.State = state with { Introductions = state.Introductions.Clear(), IntroductionsDue = TimeSpan.MaxValue };
        }
    }

    private void Leave(string name, HeartbeatPlan plan)
    {
        VirtualNode node = nodes[name];
        VirtualNode[] others = [.. Others(node)];
        SetPlan(node, plan);
        foreach (VirtualNode other in others) Close(node, other);
    }

    /// <summary>The session ends by intent.</summary>
    private void Close(VirtualNode node, VirtualNode other)
    {
        Pair pair = PairOf(node.Name, other.Name);
        pair.Number++;
        if (!IsCut(node.Name, other.Name) && other.IsRunning) Path(other, node.Name, Delay(), false, DownReason.NeighborAdminDown);
    }

    /// <summary>New sessions come up, and tell the others that the old ones are over.</summary>
    private void Meet(VirtualNode node, IEnumerable<VirtualNode> others)
    {
        foreach (VirtualNode other in others)
        {
            if (other.IsUp(node.Name) && !IsCut(node.Name, other.Name)) Path(other, node.Name, Delay(), false, DownReason.NeighborDown);
            Rise(node, other);
        }
    }

    /// <summary>What the one sends now the other hears.</summary>
    private bool IsHeard(VirtualNode from, VirtualNode to) => from is { IsRunning: true, IsFrozen: false } && !IsCut(from.Name, to.Name);

    private void SetPlan(VirtualNode node, HeartbeatPlan plan)
    {
        node.Plan = plan;
        Step(node, new MembershipEvent.PlanChanged(Moment, plan));
    }

    /// <summary>Heartbeats pass no more: each end that is up notices when the detection time has passed since the last one that it heard.</summary>
    private void Fall(VirtualNode one, VirtualNode other)
    {
        PairOf(one.Name, other.Name).Number++;
        foreach ((VirtualNode end, VirtualNode peer) in new[] { (one, other), (other, one) })
            if (end.IsRunning) Path(end, peer.Name, Detection - random.NextDouble() * settings.Interval.ToTimeSpan(), false, DownReason.DetectionTimeExpired);
    }

    /// <summary>Heartbeats pass (again): a session that is down comes up after a second or two (RFC 5880 section 6.8.3), at both ends almost at once.</summary>
    private void Rise(VirtualNode one, VirtualNode other)
    {
        Pair pair = PairOf(one.Name, other.Name);
        pair.Number++;
        // An end that is still up has noticed nothing; the other one tells it.
        if (one is { IsRunning: true, IsFrozen: false } && other is { IsRunning: true, IsFrozen: false } && one.IsUp(other.Name) != other.IsUp(one.Name))
        {
            (VirtualNode up, VirtualNode down) = one.IsUp(other.Name) ? (one, other) : (other, one);
            Path(up, down.Name, Delay(), false, DownReason.NeighborDown);
        }
        ComeUp(one, other, pair);
    }

    private void ComeUp(VirtualNode one, VirtualNode other, Pair pair)
    {
        int number = pair.Number;
        TimeSpan due = TimeSpan.FromSeconds(1 + random.NextDouble());
        At(Now + due, () =>
        {
            if (pair.Number != number || pair.IsCut || !IsWanted(one, other) || !IsWanted(other, one)) return;
            Path(one, other.Name, TimeSpan.Zero, true, DownReason.None);
            Path(other, one.Name, Delay(), true, DownReason.None);
        });
    }

    private static bool IsWanted(VirtualNode end, VirtualNode peer) => end is { IsRunning: true, IsFrozen: false, Plan.Leaving: false } && end.State.Watched.ContainsKey(peer.Name);

    /// <summary>Has the session of an end change after a while, unless something else happens to the pair until then.</summary>
    private void Path(VirtualNode end, string peer, TimeSpan after, bool isUp, DownReason reason)
    {
        Pair pair = PairOf(end.Name, peer);
        (int number, int life) = (pair.Number, end.Life);
        At(Now + after, () =>
        {
            if (pair.Number != number || end.Life != life || end is not { IsRunning: true, IsFrozen: false } || end.IsUp(peer) == isUp) return;
            end.PathChangedAt[peer] = Now;
            Step(end, new MembershipEvent.PathChanged(Moment, peer, isUp, reason));
        });
    }

    private void Step(VirtualNode node, MembershipEvent happened)
    {
        MembershipState before = node.State;
        (node.State, MembershipEffects effects) = Membership.Step(before, happened, settings);
        foreach (Outgoing outgoing in effects.Outgoing) Send(node, outgoing);
        if (effects.ReportChanged) Reported?.Invoke(node);
        if (effects.ReportChanged && Judged is { } judged)
            foreach (string subject in node.State.Roster.Members)
                if (before.ViewOf(subject) is var old && node.State.ViewOf(subject) is var now && old != now) judged(node, subject, old, now);
        SetTimer(node);
    }

    private void SetTimer(VirtualNode node)
    {
        TimeSpan due = node.State.NextDue;
        if (due >= node.TimerAt) return;
        node.TimerAt = due;
        int life = node.Life;
        At(due, () =>
        {
            if (!node.IsRunning || node.IsFrozen || node.Life != life || node.TimerAt != due) return;
            node.TimerAt = TimeSpan.MaxValue;
            if (node.State.NextDue <= Now) Step(node, new MembershipEvent.TimerExpired(Moment));
            else SetTimer(node);
        });
    }

    private void Send(VirtualNode from, Outgoing outgoing)
    {
        from.Sent++;
        if (IsCut(from.Name, outgoing.To)) return;
        (TimeSpan lastArrival, TimeSpan lastLoss) = wires.GetValueOrDefault((from.Name, outgoing.To));
        if (random.NextDouble() < quality.Loss && Now - lastLoss >= quality.LossPause)
        {
            wires[(from.Name, outgoing.To)] = (lastArrival, Now);
            return;
        }
        // What is overtaken is dropped by the receiver; here nothing is.
        TimeSpan arrival = Now + Delay() is var due && due > lastArrival ? due : lastArrival;
        wires[(from.Name, outgoing.To)] = (arrival, lastLoss);
        VirtualNode to = nodes[outgoing.To];
        int life = to.Life;
        At(arrival, () =>
        {
            if (!to.IsRunning || to.Life != life || IsCut(from.Name, to.Name)) return;
            if (to.IsFrozen) to.Waiting.Enqueue((from.Name, outgoing.Message));
            else Step(to, new MembershipEvent.Received(Moment, from.Name, outgoing.Message));
        });
    }

    private TimeSpan Delay() => quality.LeastDelay + random.NextDouble() * (quality.MostDelay - quality.LeastDelay);

    private Pair PairOf(string one, string other)
    {
        (string, string) key = string.CompareOrdinal(one, other) < 0 ? (one, other) : (other, one);
        return pairs.TryGetValue(key, out Pair? pair) ? pair : pairs[key] = new Pair();
    }
}
