using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Net;
using LbSpeaker.Kubernetes.Resources;
using LbSpeaker.Simulation.Tests.Virtual;

namespace LbSpeaker.Simulation.Tests.Ownership;

/// <summary>What kind of things go wrong in a run.</summary>
internal enum Trouble
{
    /// <summary>Nothing but the API server: gone, slow, gone for one node; nodes that join; lost frames.</summary>
    Api,
    Crashes,
    /// <summary>SIGTERM and restart; moves; Services and endpoints come and go.</summary>
    Intended,
    Freezes,
    Partitions,
    Links,
    All,
    /// <summary>One failure in a cluster at rest, and the time until somebody answers again.</summary>
    Single,
}

/// <summary>One run: a cluster comes up, things go wrong, all is mended, and what must hold in the end does.</summary>
internal sealed class Scenario
{
    private static readonly TimeSpan Calm = World.Seconds(14), Stable = World.Seconds(3);

    /// <summary>Somebody answers again so soon after a single failure.</summary>
    public static readonly TimeSpan FailoverBound = World.Seconds(1);

    private readonly World world;
    private readonly Random random;
    private readonly Trouble trouble;
    private readonly List<string> joined = [];
    private readonly List<Action> mends = [];
    private readonly Dictionary<int, bool> services = [];
    private int nextService;
    private bool prefers;

    private Scenario(int seed, bool traces)
    {
        trouble = (Trouble)(seed % 8);
        random = new Random(seed);
        int count = random.Next(4) == 0 ? 2 : random.Next(2, 6);
        world = new(random.Next(), count, traces);
        world.Trace($"seed {seed}: {trouble}, {count} nodes");
    }

    /// <summary>Null where all held.</summary>
    public static BrokenInvariantException? Run(int seed, bool traces, out World world)
    {
        Scenario scenario = new(seed, traces);
        world = scenario.world;
        try
        {
            scenario.Run();
            return null;
        }
        catch (BrokenInvariantException broken)
        {
            return broken;
        }
        finally
        {
            world.Watcher.IsOver = true;
            foreach (VirtualSpeaker speaker in world.Speakers) world.Kill(speaker.Node, "is cleared away");
        }
    }

    private void Run()
    {
        ComeUp();
        if (trouble == Trouble.Single)
        {
            FailOnce();
        }
        else
        {
            double length = random.Next(3, 10);
            int faults = random.Next(1, 7);
            for (int i = 0; i < faults; i++) world.At(world.Now + World.Seconds(random.NextDouble() * length), Disturb);
            world.Run(World.Seconds(length));
        }
        Mend();
        world.Run(Calm);
        world.Watcher.LookAtTheEnd(Stable);
        world.Watcher.LookAtAllocation();
    }

    private void ComeUp()
    {
        world.StartController();
        foreach (string node in world.Names)
        {
            bool late = joined.Count >= 2 && random.Next(4) == 0;
            if (late) continue;
            joined.Add(node);
            bool preferred = random.Next(2) == 0;
            world.At(world.Now + World.Seconds(random.NextDouble()), () => world.Join(node, preferred));
        }
        if (random.Next(4) == 0) world.Network.LossPercent = random.Next(1, 30);
        foreach (string node in world.Names)
            if (random.Next(4) == 0) world.Network.ApiDelay[node] = (random.Next(1, 50), random.Next(50, 800));
        if (random.Next(6) == 0) world.SetAdvertisement(prefers = true);
        int count = random.Next(2, 6);
        for (int i = 0; i < count; i++) AddService();
        world.Run(World.Seconds(5));
    }

    private void AddService()
    {
        int number = nextService++;
        bool isLocal = services[number] = random.Next(4) == 0;
        world.Watcher.Note("the Service is new", [], World.ServiceKey(number));
        world.SetService(number, random.Next(4) == 0, isLocal ? Some() : null);
    }

    /// <summary>One node that has joined, or more.</summary>
    private List<string> Some() => [.. joined.OrderBy(_ => random.Next()).Take(random.Next(1, joined.Count + 1))];

    private string Any() => joined[random.Next(joined.Count)];

    private (string One, string Other) Two()
    {
        string one = Any();
        string[] others = [.. joined.Where(n => n != one)];
        return (one, others[random.Next(others.Length)]);
    }

    private void Disturb()
    {
        Action[] choices = trouble switch
        {
            Trouble.Api => [LoseApi, LoseApi, LoseApiOfOne, SlowApi, Join, Lose, RestartController],
            Trouble.Crashes => [Crash, Crash, Crash, LoseApi, Join, LoseApiOfOne],
            Trouble.Intended => [Leave, Leave, Move, Move, AddService, RemoveService, MoveEndpoints, MoveEndpoints, Prefer, RestartController, LoseApi],
            Trouble.Freezes => [Freeze, Freeze, Freeze, LoseApi],
            Trouble.Partitions => [Divide, Divide, Divide, CutFrames, LoseApi, LoseApiOfOne],
            Trouble.Links => [LoseLink, LoseLink, LoseApi],
            _ => [Crash, Leave, Freeze, Divide, LoseLink, LoseApi, LoseApiOfOne, SlowApi, Join, Move, AddService, RemoveService, MoveEndpoints, Prefer, RestartController, CutFrames, Lose],
        };
        choices[random.Next(choices.Length)]();
    }

    /// <summary>Has something end after a while, or when all is mended at the latest.</summary>
    private void EndLater(double most, Action end)
    {
        bool isOver = false;
        void Once()
        {
            if (isOver) return;
            isOver = true;
            end();
        }
        mends.Add(Once);
        world.At(world.Now + World.Seconds(0.05 + random.NextDouble() * most), Once);
    }

    private void Mend()
    {
        foreach (Action mend in mends.ToArray()) mend();
        world.Network.LossPercent = 0;
        foreach (string node in world.Network.ApiDelay.Keys.ToList()) world.Network.ApiDelay[node] = (1, 30);
    }

    private void LoseApi()
    {
        world.SetApi(false);
        EndLater(12, () => world.SetApi(true));
    }

    private void LoseApiOfOne()
    {
        string node = Any();
        world.SetApi(node, false);
        EndLater(12, () => world.SetApi(node, true));
    }

    private void SlowApi()
    {
        string node = Any();
        world.Trace($"== the API server is slow for {node}");
        world.Network.ApiDelay[node] = (200, 1200);
        EndLater(10, () => world.Network.ApiDelay[node] = (1, 30));
    }

    private void RestartController() => world.StartController();

    private void Lose() => world.Network.LossPercent = random.Next(1, 40);

    private void Join()
    {
        if (world.Names.FirstOrDefault(n => !joined.Contains(n)) is not { } node) return;
        joined.Add(node);
        world.Join(node, random.Next(2) == 0);
        // Who is preferred takes what it is preferred for.
        if (prefers) foreach (int service in services.Keys) world.Watcher.Note("a node that may be preferred has joined", [], World.ServiceKey(service));
    }

    private void Crash()
    {
        string node = Any();
        Disturbance disturbance = world.Watcher.Begin("crash", [node]);
        world.Kill(node);
        EndLater(6, () =>
        {
            world.Start(node);
            world.Watcher.End(disturbance);
        });
    }

    private void Leave()
    {
        string node = Any();
        if (world.Find(node) is not { } speaker) return;
        Disturbance disturbance = world.Watcher.Begin("SIGTERM", [node]);
        world.Leave(node);
        double pause = 4.5 + random.NextDouble() * 4;
        bool isOver = false;
        void Restart()
        {
            if (isOver) return;
            isOver = true;
            // The kubelet kills what does not go.
            if (world.Find(node) == speaker) world.Kill(node);
            world.Start(node);
            world.Watcher.End(disturbance);
        }
        mends.Add(Restart);
        world.At(world.Now + World.Seconds(pause), Restart);
    }

    private void Freeze()
    {
        string node = Any();
        Disturbance disturbance = world.Watcher.Begin("freeze", [node], divides: true);
        world.Freeze(node);
        EndLater(random.Next(2) == 0 ? 1 : 8, () =>
        {
            world.Thaw(node);
            world.Watcher.End(disturbance);
        });
    }

    private void Divide()
    {
        List<(string, string)> pairs = [];
        if (random.Next(2) == 0) pairs.Add(Two());
        else
        {
            List<string> side = Some();
            foreach (string one in side)
                foreach (string other in joined.Except(side)) pairs.Add(random.Next(2) == 0 ? (one, other) : (other, one));
        }
        bool bothWays = random.Next(3) > 0, framesToo = random.Next(2) == 0;
        Disturbance disturbance = world.Watcher.Begin("partition", [.. pairs.SelectMany(p => new[] { p.Item1, p.Item2 })], divides: true);
        foreach ((string one, string other) in pairs)
        {
            world.CutHeartbeats(one, other, bothWays);
            if (framesToo) world.CutFrames(one, other);
            if (framesToo && bothWays) world.CutFrames(other, one);
        }
        EndLater(10, () =>
        {
            foreach ((string one, string other) in pairs) world.Mend(one, other);
            world.Watcher.End(disturbance);
        });
    }

    private void CutFrames()
    {
        (string one, string other) = Two();
        Disturbance disturbance = world.Watcher.Begin("frames cut", [], divides: true);
        world.CutFrames(one, other);
        EndLater(8, () =>
        {
            world.Network.MendFrames(one, other);
            world.Trace($"== frames pass from {one} to {other}");
            world.Watcher.End(disturbance);
        });
    }

    private void LoseLink() => LoseLink(Any(), 8, isAllCut: random.Next(2) == 0);

    /// <param name="isAllCut">Heartbeats and the API server are behind the same cable; else only the segment is.</param>
    private void LoseLink(string node, double most, bool isAllCut)
    {
        bool isSeen = !isAllCut || random.Next(2) == 0;
        Disturbance disturbance = world.Watcher.Begin("link", [node], divides: true);
        world.SetSegment(node, false, isSeen);
        string[] others = isAllCut ? [.. world.Names.Where(n => n != node)] : [];
        foreach (string other in others) world.CutHeartbeats(node, other, bothWays: true);
        if (isAllCut) world.SetApi(node, false);
        EndLater(most, () =>
        {
            foreach (string other in others) world.Mend(node, other);
            if (isAllCut) world.SetApi(node, true);
            world.SetSegment(node, true, isSeen);
            world.Watcher.End(disturbance);
        });
    }

    private void Move()
    {
        if (services.Count == 0) return;
        int service = services.Keys.ElementAt(random.Next(services.Count));
        world.Watcher.End(world.Watcher.Begin("move", [], World.ServiceKey(service)));
        Excuse(service);
        world.Move(service, Any());
    }

    private void RemoveService()
    {
        if (services.Count < 2) return;
        int service = services.Keys.ElementAt(random.Next(services.Count));
        services.Remove(service);
        // Its address may be given to another one at once.
        foreach (int other in services.Keys) Excuse(other);
        world.RemoveService(service);
    }

    private void MoveEndpoints()
    {
        foreach ((int service, bool isLocal) in services)
            if (isLocal)
            {
                Excuse(service);
                world.SetService(service, false, Some());
            }
    }

    private void Prefer()
    {
        prefers = !prefers;
        foreach (int service in services.Keys) Excuse(service);
        world.SetAdvertisement(prefers);
    }

    /// <summary>What was asked for may take effect as late as the API server tells of it.</summary>
    private void Excuse(int service)
    {
        Disturbance asked = world.Watcher.Begin("asked for", [], World.ServiceKey(service));
        mends.Add(() => world.Watcher.End(asked));
    }

    private void FailOnce()
    {
        world.Network.LossPercent = 0;
        world.Network.ApiDelay.Clear();
        world.Run(World.Seconds(3));
        int kind = random.Next(4);
        // Where only the segment is lost, there is nobody but the API server to tell the others.
        bool hasApi = kind == 3 || random.Next(2) == 0;
        if (!hasApi)
        {
            world.SetApi(false);
            world.Run(World.Seconds(random.NextDouble() * 8));
        }
        string node = Any();
        Dictionary<IpAddress, bool> hit = [];
        foreach (ServiceRecord service in world.Api.All<ServiceRecord>(ClusterKind.Service))
            foreach (IngressView entry in service.View.Ingress)
                if (IpAddress.Parse(entry.Ip!) is var address && world.Watcher.AnsweringFor(address).Contains(node)) hit[address] = HasOther(service, node);
        Disturbance disturbance = world.Watcher.Begin("single failure", [node], divides: kind > 0);
        switch (kind)
        {
            case 0: world.Kill(node); break;
            case 1: world.Freeze(node); break;
            case 2: LoseLink(node, 100, isAllCut: true); break;
            default: LoseLink(node, 100, isAllCut: false); break;
        }
        world.Run(FailoverBound);
        foreach ((IpAddress address, bool hasOther) in hit)
            if (hasOther && world.Watcher.AnsweringFor(address).Count == 0)
                throw new BrokenInvariantException(Invariant.SomebodyAnswersSoon, $"after {(world.Now - world.Begin).TotalSeconds:0.000} s nobody answers for {address} of {node}");
        world.Run(World.Seconds(random.NextDouble() * 8));
        if (kind == 0) world.Start(node);
        if (kind == 1) world.Thaw(node);
        foreach (Action mend in mends.ToArray()) mend();
        world.Watcher.End(disturbance);
        // The API server may stay away for longer than all else.
        if (!hasApi && random.Next(2) == 0) world.Run(World.Seconds(random.NextDouble() * 6));
        world.SetApi(true);
    }

    private bool HasOther(ServiceRecord service, string node)
    {
        if (!service.View.LocalTraffic) return joined.Count > 1;
        return world.Api.Find<EndpointSliceRecord>(ClusterKind.EndpointSlice, service.Key)!.View.Endpoints.Any(e => e.Node is { } on && on != node && joined.Contains(on));
    }
}
