using LbSpeaker.Simulation.Tests.Virtual;

namespace LbSpeaker.Simulation.Tests.Ownership;

/// <summary>What schedules have found, as the shortest way to it.</summary>
public sealed class FoundTests
{
    public static TheoryData<int> Seeds => [.. Enumerable.Range(0, 20)];

    /// <summary>It heard one of the others a second before the rest, and took everything from those that it had not heard yet (seed 3 of the first schedules).</summary>
    [Theory]
    [MemberData(nameof(Seeds))]
    public void A_node_that_stood_still_takes_nothing_from_those_that_it_does_not_hear_yet(int seed) => Run(seed, (world, names) =>
    {
        Disturbance freeze = world.Watcher.Begin("freeze", [names[2]], divides: true);
        world.Freeze(names[2]);
        world.Run(World.Seconds(0.7));
        world.Thaw(names[2]);
        world.Watcher.End(freeze);
    });

    /// <summary>The old owner heard the new one first, said that it yields, and that stood where the new one had written itself (seed 130 of the first schedules).</summary>
    [Theory]
    [MemberData(nameof(Seeds))]
    public void A_late_word_of_the_old_owner_does_not_take_a_moved_Service_back(int seed) => Run(seed, (world, names) =>
    {
        foreach (string name in names) world.Network.ApiDelay[name] = (1, 800);
        foreach (int service in Enumerable.Range(0, 4))
        {
            world.Watcher.Begin("move", [], World.ServiceKey(service));
            world.Move(service, names[(seed + service) % names.Count]);
        }
    });

    /// <summary>The lab's bench found it: stopped, and woken after another took over, it answered the questions that came until it heard of that.</summary>
    [Theory]
    [MemberData(nameof(Seeds))]
    public void Whoever_stood_still_answers_nothing_that_another_one_took_over(int seed) => Run(seed, (world, _) =>
    {
        for (int round = 0; round < 3; round++)
        {
            VirtualSpeaker woken = world.Speakers.First(s => s.Answered.Count > 0);
            string name = woken.Node;
            Disturbance freeze = world.Watcher.Begin("freeze", [name], divides: true);
            world.Freeze(name);
            world.Run(World.Seconds(1.5));
            world.Thaw(name);
            world.Watcher.End(freeze);
            for (int i = 0; i < 4000; i++)
            {
                world.Run(World.Seconds(0.001));
                Assert.DoesNotContain(woken.Answered, a => world.Speakers.Any(s => s != woken && s.Answered.Contains(a)));
            }
        }
    });

    private static void Run(int seed, Action<World, IReadOnlyList<string>> happens)
    {
        World world = new(seed, 4, traces: true);
        try
        {
            world.StartController();
            foreach (string name in world.Names) world.Join(name);
            for (int i = 0; i < 4; i++) world.SetService(i, isDual: i == 0, endpoints: null);
            world.Run(World.Seconds(8));
            world.Watcher.LookAtTheEnd(World.Seconds(1));
            happens(world, world.Names);
            world.Run(World.Seconds(16));
            world.Watcher.LookAtTheEnd(World.Seconds(3));
        }
        catch (BrokenInvariantException broken)
        {
            Assert.Fail($"{broken.Message}\n{string.Join('\n', world.Log)}");
        }
        finally
        {
            world.Watcher.IsOver = true;
            foreach (VirtualSpeaker speaker in world.Speakers) world.Kill(speaker.Node);
        }
    }
}
