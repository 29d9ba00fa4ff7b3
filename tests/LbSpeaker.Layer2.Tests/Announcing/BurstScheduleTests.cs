using CsCheck;
using LbSpeaker.Core.Net;
using LbSpeaker.Layer2.Announcing;

namespace LbSpeaker.Layer2.Tests.Announcing;

public sealed class BurstScheduleTests
{
    private static readonly Announced Target = new(2, Segment.IPv4);
    private static readonly TimeSpan Start = TimeSpan.FromHours(1);

    [Fact]
    public void A_burst_is_sent_at_once_and_each_1100_ms_for_5_s() =>
        Assert.Equal([0, 1100, 2200, 3300, 4400], Times(new Layer2Options { RepeatInterval = TimeSpan.Zero }, TimeSpan.FromMinutes(10)).Select(t => t.TotalMilliseconds));

    [Fact]
    public void After_the_burst_an_address_is_repeated_each_minute_give_or_take_a_quarter()
    {
        List<TimeSpan> times = Times(new Layer2Options(), TimeSpan.FromHours(3));
        List<double> pauses = [.. times.Zip(times.Skip(1), (a, b) => (b - a).TotalSeconds).Skip(4)];
        Assert.True(pauses.Count > 100);
        Assert.All(pauses, p => Assert.InRange(p, 45, 75));
        Assert.True(pauses.Max() - pauses.Min() > 15, "it varies");
    }

    [Fact]
    public void An_address_that_is_stopped_is_silent()
    {
        BurstSchedule schedule = Schedule(new());
        schedule.Start(Target, Start);
        Assert.Single(schedule.Take(Start));
        schedule.Stop(Target);
        Assert.Null(schedule.NextDue);
        Assert.Empty(schedule.Take(Start + TimeSpan.FromHours(1)));
    }

    [Fact]
    public void A_restart_begins_the_burst_anew_and_leaves_nothing_of_the_old_one()
    {
        BurstSchedule schedule = Schedule(new() { RepeatInterval = TimeSpan.Zero });
        schedule.Start(Target, Start);
        schedule.Take(Start);
        TimeSpan again = Start + TimeSpan.FromSeconds(3);
        schedule.Start(Target, again);
        Assert.Equal([3000, 4100, 5200, 6300, 7400], Drain(schedule, again, TimeSpan.FromMinutes(1)).Select(t => (t.At - Start).TotalMilliseconds));
    }

    [Fact]
    public void Stopping_and_starting_again_does_not_double_the_announcements()
    {
        BurstSchedule schedule = Schedule(new() { RepeatInterval = TimeSpan.Zero });
        for (int i = 0; i < 100; i++)
        {
            schedule.Start(Target, Start);
            schedule.Stop(Target);
        }
        schedule.Start(Target, Start);
        Assert.Equal(5, Drain(schedule, Start, TimeSpan.FromMinutes(1)).Count);
    }

    /// <summary>A node takes over a thousand addresses, or five thousand: the segment sees the pace, and every address its burst, as whole as the pace lets it be.</summary>
    [Theory]
    [InlineData(1_000, 1_000, 5)]
    [InlineData(5_000, 1_000, 2)]
    [InlineData(1_000, 50, 2)]
    public void However_many_addresses_start_at_once_the_pace_is_kept(int addresses, int perSecond, int atLeast)
    {
        Layer2Options options = new() { RepeatInterval = TimeSpan.Zero, AnnouncementsPerSecond = perSecond };
        BurstSchedule schedule = Schedule(options);
        for (uint i = 0; i < addresses; i++) schedule.Start(new(2, IpAddress.FromIPv4(i)), Start);
        List<(TimeSpan At, Announced Target)> sent = Drain(schedule, Start, TimeSpan.FromMinutes(10));

        AssertPace(sent, options);
        Assert.All(sent.CountBy(s => s.Target), s => Assert.InRange(s.Value, atLeast, 5));
        Assert.Equal(addresses, sent.Select(s => s.Target).Distinct().Count());
        // First come all the first announcements.
        Assert.Equal(addresses, sent.Take(addresses).Select(s => s.Target).Distinct().Count());
    }

    [Fact]
    public void A_new_address_goes_before_what_is_only_repeated()
    {
        Layer2Options options = new() { AnnouncementsPerSecond = 50 };
        BurstSchedule schedule = Schedule(options);
        for (uint i = 0; i < 1_000; i++) schedule.Start(new(2, IpAddress.FromIPv4(i)), Start);
        // Twenty seconds of first announcements, and repetitions that wait since long.
        TimeSpan now = Start + TimeSpan.FromSeconds(21);
        Drain(schedule, Start, now - Start);
        schedule.Start(Target, now);
        Assert.Equal(Target, Drain(schedule, now, TimeSpan.FromSeconds(1))[0].Target);
    }

    [Fact]
    public void After_an_idle_time_little_is_caught_up_at_once()
    {
        Layer2Options options = new();
        BurstSchedule schedule = Schedule(options);
        for (uint i = 0; i < 1_000; i++) schedule.Start(new(2, IpAddress.FromIPv4(i)), Start);
        Assert.InRange(schedule.Take(Start + TimeSpan.FromHours(5)).Count, 1, 21);
    }

    [Fact]
    public void No_sequence_of_starts_and_stops_breaks_the_pace() =>
        Gen.Select(Gen.Int[0, 2_000], Gen.UInt[0, 30], Gen.Bool).Array[1, 200].Sample(steps =>
        {
            Layer2Options options = new() { AnnouncementsPerSecond = 20 };
            BurstSchedule schedule = Schedule(options);
            List<(TimeSpan At, Announced Target)> sent = [];
            HashSet<Announced> running = [];
            TimeSpan now = Start;
            foreach ((int pause, uint address, bool starts) in steps)
            {
                Announced target = new(2, IpAddress.FromIPv4(address));
                if (starts)
                {
                    running.Add(target);
                    schedule.Start(target, now);
                }
                else
                {
                    running.Remove(target);
                    schedule.Stop(target);
                }
                List<(TimeSpan At, Announced Target)> now_sent = Drain(schedule, now, TimeSpan.FromMilliseconds(pause));
                Assert.All(now_sent, s => Assert.Contains(s.Target, running));
                sent.AddRange(now_sent);
                now += TimeSpan.FromMilliseconds(pause);
            }
            AssertPace(sent, options);
        }, iter: 300);

    private static BurstSchedule Schedule(Layer2Options options) => new(options, new Random(7));

    private static List<TimeSpan> Times(Layer2Options options, TimeSpan length)
    {
        BurstSchedule schedule = Schedule(options);
        schedule.Start(Target, Start);
        return [.. Drain(schedule, Start, length).Select(s => s.At - Start)];
    }

    /// <summary>Takes what is due whenever something is, as the announcer's loop does.</summary>
    private static List<(TimeSpan At, Announced Target)> Drain(BurstSchedule schedule, TimeSpan from, TimeSpan length)
    {
        List<(TimeSpan, Announced)> sent = [];
        for (TimeSpan now = from; now <= from + length;)
        {
            sent.AddRange(schedule.Take(now).Select(t => (now, t)));
            if (schedule.NextDue is not { } due) break;
            Assert.True(due > now, "what is due has been taken");
            now = due;
        }
        return sent;
    }

    /// <summary>In any second no more than the pace, and what may be caught up at once.</summary>
    private static void AssertPace(List<(TimeSpan At, Announced Target)> sent, Layer2Options options)
    {
        int allowed = options.AnnouncementsPerSecond + (int)(options.PaceWindow.TotalSeconds * options.AnnouncementsPerSecond) + 1;
        for (int first = 0, last = 0; last < sent.Count; last++)
        {
            while (sent[last].At - sent[first].At >= TimeSpan.FromSeconds(1)) first++;
            Assert.InRange(last - first + 1, 1, allowed);
        }
    }
}
