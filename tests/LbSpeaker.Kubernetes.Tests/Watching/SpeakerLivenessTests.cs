using System.Collections.Immutable;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Kubernetes.Resources;
using LbSpeaker.Kubernetes.Watching;
using Microsoft.Extensions.Time.Testing;

namespace LbSpeaker.Kubernetes.Tests.Watching;

public sealed class SpeakerLivenessTests
{
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(3);

    private readonly FakeTimeProvider time = new();
    private readonly SpeakerLiveness liveness;
    private int renewals;

    public SpeakerLivenessTests() => liveness = new(time);

    [Fact]
    public void Without_any_Lease_nothing_is_known() => Assert.Null(liveness.Live());

    [Fact]
    public void A_speaker_that_stops_renewing_while_another_goes_on_is_given_up_after_its_Leases_duration()
    {
        Renew("a");
        Renew("b");
        for (int second = 1; second <= 2; second++)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            Renew("a");
            Assert.Equal("a,b", Live());
        }
        time.Advance(TimeSpan.FromSeconds(1));
        Renew("a");
        Assert.Equal("a", Live());
        Renew("b");
        Assert.Equal("a,b", Live());
    }

    /// <summary>Whoever is told so again and again need not compare hundreds of names each time.</summary>
    [Fact]
    public void A_renewal_that_changes_nothing_gives_the_very_same_sets()
    {
        Renew("a");
        Renew("b");
        liveness.Observe(Lease("gone", "", DateTimeOffset.UnixEpoch));
        (ImmutableSortedSet<string>? live, ImmutableSortedSet<string> left) = (liveness.Live(), liveness.Left());
        Renew("a");
        Assert.Same(live, liveness.Live());
        Assert.Same(left, liveness.Left());
        Renew("gone");
        Assert.Equal("a,b,gone", Live());
        Assert.Empty(liveness.Left());
    }

    [Fact]
    public void While_the_API_server_is_silent_nobody_dies_and_afterwards_each_has_time_to_be_heard_of()
    {
        Renew("a");
        Renew("b");
        time.Advance(TimeSpan.FromHours(1));
        Assert.Equal("a,b", Live());
        Renew("a");
        for (int second = 1; second <= 2; second++)
        {
            Assert.Equal("a,b", Live());
            time.Advance(TimeSpan.FromSeconds(1));
            Renew("a");
        }
        Assert.Equal("a,b", Live());
        time.Advance(TimeSpan.FromSeconds(0.5));
        Renew("a");
        Assert.Equal("a", Live());
    }

    /// <summary>Heartbeats may be kept away for good as well.</summary>
    [Fact]
    public void Where_the_API_server_is_always_slow_the_dead_are_given_up_later_and_not_never()
    {
        Renew("a");
        Renew("b");
        for (int renewal = 1; renewal <= 6; renewal++)
        {
            Assert.Equal("a,b", Live());
            time.Advance(TimeSpan.FromSeconds(2));
            Renew("a");
        }
        Assert.Equal("a", Live());
    }

    [Fact]
    public void A_remote_clock_that_is_wrong_by_a_day_changes_nothing()
    {
        liveness.Observe(Lease("a", "a", DateTimeOffset.UnixEpoch));
        liveness.Observe(Lease("b", "b", DateTimeOffset.UnixEpoch.AddDays(1)));
        Assert.Equal("a,b", Live());
    }

    [Fact]
    public void A_Lease_that_was_given_back_or_deleted_is_stale_at_once()
    {
        Renew("a");
        Renew("b");
        Renew("c");
        liveness.Observe(Lease("b", "", DateTimeOffset.UnixEpoch));
        liveness.Remove("lbspeaker-speaker-c");
        Assert.Equal("a", Live());
    }

    [Fact]
    public void Seeing_the_same_renewal_again_is_no_sign_of_life()
    {
        Renew("a");
        SpeakerLeaseRecord dead = Lease("b", "b", DateTimeOffset.UnixEpoch);
        liveness.Observe(dead);
        for (int second = 1; second <= 3; second++)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            Renew("a");
            liveness.Observe(dead);
        }
        Assert.Equal("a", Live());
    }

    [Fact]
    public void Who_is_heard_lives_although_its_Lease_is_stale_unless_it_was_given_back()
    {
        Renew("a");
        Renew("b");
        Hear("b Alive");
        for (int second = 1; second <= 10; second++)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            Renew("a");
        }
        Assert.Equal("a,b", Live());
        liveness.Observe(Lease("b", "", DateTimeOffset.UnixEpoch));
        Assert.Equal("a", Live());
    }

    [Theory]
    [InlineData("Dead")]
    [InlineData("Leaving")]
    public void Who_is_heard_no_more_is_dead_at_once_until_it_is_heard_again_or_has_renewed_twice(string pulse)
    {
        Renew("a");
        Renew("b");
        Renew("c");
        Hear("b Alive", "c Alive");
        Hear($"b {pulse}", "c Alive");
        Assert.Equal("a,c", Live());
        // This renewal may have been under way when it died.
        Renew("b");
        Assert.Equal("a,c", Live());
        Renew("b");
        Assert.Equal("a,b,c", Live());

        Hear("b Alive", "c Alive");
        Hear($"b {pulse}", "c Alive");
        Assert.Equal("a,c", Live());
        Hear("b Alive", "c Alive");
        Assert.Equal("a,b,c", Live());
    }

    [Fact]
    public void Who_has_never_been_heard_is_judged_by_its_Lease()
    {
        Renew("a");
        Renew("b");
        Hear("b Unheard");
        Assert.Equal("a,b", Live());
    }

    /// <summary>Of several it hears none any more: it is the one that is cut off, and takes nobody's place.</summary>
    [Fact]
    public void Who_hears_none_of_several_judges_by_the_Leases()
    {
        Renew("a");
        Renew("b");
        Renew("c");
        Hear("b Alive", "c Alive");
        Hear("b Dead", "c Alive");
        Assert.Equal("a,c", Live());
        Hear("b Dead", "c Dead");
        Assert.Equal("a,b,c", Live());

        // One whose Lease is stale for long is none of those that would have to be heard.
        for (int second = 1; second <= 3; second++)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            Renew("a");
        }
        Renew("c");
        Hear("b Dead", "c Alive");
        Hear("b Dead", "c Dead");
        Assert.Equal("a", Live());
    }

    [Fact]
    public void Of_two_the_one_that_is_left_takes_over()
    {
        Renew("a");
        Renew("b");
        Hear("b Alive");
        Hear("b Dead");
        Assert.Equal("a", Live());
    }

    [Fact]
    public void The_own_speaker_is_judged_as_those_judge_it_that_hear_it()
    {
        SpeakerLiveness own = new(time, "a");
        own.Observe(Lease("a", "a", DateTimeOffset.UnixEpoch));
        own.Observe(Lease("b", "b", DateTimeOffset.UnixEpoch));
        own.Hear(Pulses("b Alive"));
        for (int second = 1; second <= 10; second++)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            own.Observe(Lease("b", "b", DateTimeOffset.UnixEpoch.AddSeconds(second)));
        }
        Assert.Equal(["a", "b"], own.Live()!);
        own.Hear(Pulses("b Unheard"));
        Assert.Equal(["b"], own.Live()!);
    }

    [Fact]
    public void Who_comes_back_after_it_heard_nobody_takes_none_of_the_others_for_dead()
    {
        Renew("a");
        Renew("b");
        Renew("c");
        foreach ((string b, string c) in ((string, string)[])[("Alive", "Alive"), ("Dead", "Dead"), ("Alive", "Dead"), ("Alive", "Alive")])
        {
            Hear($"b {b}", $"c {c}");
            Assert.Equal("a,b,c", Live());
        }
        // Now it is c alone.
        Hear("b Alive", "c Dead");
        Assert.Equal("a,b", Live());
    }

    /// <summary>The first that is heard again is asked for the others, and does not hear them where it was cut off itself.</summary>
    [Fact]
    public void Who_comes_back_does_not_take_the_word_of_the_first_one_for_the_death_of_the_others()
    {
        Renew("a");
        Renew("b");
        Renew("c");
        foreach ((string b, string c) in ((string, string)[])[("Alive", "Alive"), ("Dead", "Dead"), ("Alive", "Suspected"), ("Alive", "Dead")])
        {
            Hear($"b {b}", $"c {c}");
            Assert.Equal("a,b,c", Live());
            Assert.Equal(b == "Dead", liveness.IsCutOff);
        }
        Hear("b Alive", "c Alive");
        Hear("b Alive", "c Suspected");
        Assert.Equal("a,b,c", Live());
        Hear("b Alive", "c Dead");
        Assert.Equal("a,b", Live());
    }

    [Fact]
    public void Of_two_none_is_cut_off()
    {
        Renew("a");
        Renew("b");
        Hear("b Alive");
        Hear("b Dead");
        Assert.False(liveness.IsCutOff);
    }

    /// <summary>Between two changes half of the shortest Lease passes at most, and more than that counts for a sixth. Which one is the shortest changes with each that comes, goes or says something else.</summary>
    [Fact]
    public void The_shortest_Lease_is_that_of_those_that_are_there()
    {
        SpeakerLeaseRecord slow = Lease("slow", "slow", DateTimeOffset.UnixEpoch) with { Duration = TimeSpan.FromSeconds(10) }, brief = Lease("brief", "brief", DateTimeOffset.UnixEpoch);
        liveness.Observe(slow);
        liveness.Observe(brief with { Duration = TimeSpan.FromSeconds(1) });
        // The same renewal, of a Lease that lasts longer now.
        liveness.Observe(brief with { Duration = TimeSpan.FromSeconds(4) });
        Pass(5);
        Assert.Equal("a,brief,slow", Live());
        Pass(1);
        Assert.Equal("a,slow", Live());
        liveness.Remove(brief.Key.Name);
        liveness.Remove("lbspeaker-speaker-a");
        // Four of its ten seconds have passed.
        Pass(3);
        Assert.Equal("a,slow", Live());
        Pass(1);
        Assert.Equal("a", Live());

        // Ten seconds each time: a sixth of the shortest.
        void Pass(int times)
        {
            for (int i = 0; i < times; i++)
            {
                time.Advance(TimeSpan.FromSeconds(10));
                liveness.Observe(Lease("a", "a", DateTimeOffset.UnixEpoch.AddSeconds(++renewals)) with { Duration = TimeSpan.FromSeconds(20) });
            }
        }
    }

    private void Hear(params string[] pulses) => liveness.Hear(Pulses(pulses));

    private static ImmutableSortedDictionary<string, SpeakerPulse> Pulses(params string[] pulses) =>
        pulses.Select(p => p.Split(' ')).ToImmutableSortedDictionary(p => p[0], p => Enum.Parse<SpeakerPulse>(p[1]), StringComparer.Ordinal);

    private string Live() => string.Join(",", liveness.Live() ?? []);

    private void Renew(string node) => liveness.Observe(Lease(node, node, DateTimeOffset.UnixEpoch.AddSeconds(++renewals)));

    private static SpeakerLeaseRecord Lease(string node, string holder, DateTimeOffset renewed) =>
        new(new("lbspeaker-system", "lbspeaker-speaker-" + node), node, holder, renewed, Duration, "1");
}
