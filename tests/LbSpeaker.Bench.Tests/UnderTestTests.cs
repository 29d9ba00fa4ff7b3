using LbSpeaker.Bench.Planner;

namespace LbSpeaker.Bench.Tests;

/// <summary>What is measured is what is meant: the steps run, without a wait, and as often as wanted.</summary>
public sealed class UnderTestTests
{
    private const int Services = 30;

    [Fact]
    public void A_Service_of_the_allocator_lives_twice() => LiveTwice(new AllocatorUnderTest(Services));

    [Fact]
    public void A_Service_of_the_announcement_planner_lives_twice() => LiveTwice(new AnnouncerUnderTest(Services));

    [Fact]
    public void A_Service_of_the_controller_lives_twice()
    {
        using ControllerUnderTest controller = new(Services);
        LiveTwice(controller);
    }

    [Fact]
    public void A_Service_of_the_speaker_lives_twice()
    {
        using SpeakerUnderTest speaker = new(Services);
        LiveTwice(speaker);
    }

    [Fact]
    public void A_newcomer_gets_an_address_each_time()
    {
        AllocatorUnderTest planner = new(Services);
        for (int i = 0; i < 2; i++)
        {
            (Action measured, Action after) = planner.Newcomer(Services);
            measured();
            after();
        }
    }

    private static void LiveTwice(IPlannerUnderTest planner)
    {
        for (int i = 0; i < 2; i++)
        {
            Action[] life = planner.LifeOf(7);
            Assert.Equal(4, life.Length);
            foreach (Action step in life) step();
        }
    }
}
