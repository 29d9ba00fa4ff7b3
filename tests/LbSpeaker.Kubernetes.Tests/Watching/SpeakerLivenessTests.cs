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

    [Fact]
    public void While_the_API_server_is_silent_nobody_dies_and_afterwards_each_has_time_to_be_heard_of()
    {
        Renew("a");
        Renew("b");
        time.Advance(TimeSpan.FromHours(1));
        Assert.Equal("a,b", Live());
        Renew("a");
        Assert.Equal("a,b", Live());
        time.Advance(TimeSpan.FromSeconds(1));
        Renew("a");
        Assert.Equal("a,b", Live());
        time.Advance(TimeSpan.FromSeconds(1));
        Renew("a");
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
    public void Who_comes_back_after_it_heard_nobody_takes_none_of_the_others_for_dead()
    {
        SpeakerLiveness cutOff = new(time, "a");
        foreach (string node in new[] { "a", "b", "c" }) cutOff.Observe(Lease(node, node, DateTimeOffset.UnixEpoch));
        string Heard(SpeakerPulse b, SpeakerPulse c)
        {
            cutOff.Hear(ImmutableSortedDictionary.CreateRange(StringComparer.Ordinal, [new KeyValuePair<string, SpeakerPulse>("b", b), new("c", c)]));
            return string.Join(",", cutOff.Live() ?? []);
        }
        Assert.Equal("a,b,c", Heard(SpeakerPulse.Alive, SpeakerPulse.Alive));
        Assert.Equal("a,b,c", Heard(SpeakerPulse.Dead, SpeakerPulse.Dead));
        Assert.Equal("a,b,c", Heard(SpeakerPulse.Alive, SpeakerPulse.Dead));
        Assert.Equal("a,b,c", Heard(SpeakerPulse.Alive, SpeakerPulse.Alive));
        // Now it is c alone.
        Assert.Equal("a,b", Heard(SpeakerPulse.Alive, SpeakerPulse.Dead));
    }

    private string Live() => string.Join(",", liveness.Live() ?? []);

    private void Renew(string node) => liveness.Observe(Lease(node, node, DateTimeOffset.UnixEpoch.AddSeconds(++renewals)));

    private static SpeakerLeaseRecord Lease(string node, string holder, DateTimeOffset renewed) =>
        new(new("lbspeaker-system", "lbspeaker-speaker-" + node), node, holder, renewed, Duration, "1");
}
