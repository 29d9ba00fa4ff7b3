using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Reports;
using LbSpeaker.Kubernetes.Resources;
using LbSpeaker.Kubernetes.Watching;
using LbSpeaker.Ui;
using Microsoft.Extensions.Time.Testing;

namespace LbSpeaker.Tests.Ui;

public sealed class UiHistoryTests
{
    private static readonly DateTimeOffset Noon = DateTimeOffset.Parse("2026-03-01T12:00:00Z", null);

    private readonly FakeTimeProvider time = new(Noon);
    private readonly UiHistory history;

    public UiHistoryTests() => history = new(time);

    [Fact]
    public void What_stands_at_the_start_is_told_by_its_own_times_the_newest_first()
    {
        Own("web", "n1", Noon.AddHours(-2));
        Own("mail", "n2", Noon.AddHours(-1));
        Sessions("n1", new BgpSessionView("r1", "192.0.2.1:179", "Down", Noon.AddMinutes(-5), "hold timer expired", ""));
        Assert.Empty(history.Moments);
        history.Apply(new ClusterChange.Ready());
        Assert.Equal(["11:55 SessionDown n1 <- [r1 (192.0.2.1:179)] hold timer expired", "11:00 nodeAssigned n2 <- [default/mail] ", "10:00 nodeAssigned n1 <- [default/web] "], Told());
    }

    [Fact]
    public void A_failover_of_many_is_one_moment()
    {
        for (int i = 0; i < 500; i++) Own($"s{i}", "n1", Noon.AddHours(-3));
        Own("other", "n2", Noon.AddHours(-3));
        Live("n1", "n2", "n3");
        history.Apply(new ClusterChange.Ready());
        Live("n2", "n3");
        for (int i = 0; i < 500; i++) Own($"s{i}", i % 2 == 0 ? "n2" : "n3", Noon.AddMilliseconds(200 + i));
        time.Advance(TimeSpan.FromMinutes(5));
        Own("other", "n3", time.GetUtcNow());
        Live("n1", "n2", "n3");
        Assert.Equal(
            [
                "12:05 SpeakerLives n1 <- [] ",
                "12:05 nodeAssigned n3 <- n2 [default/other] ",
                "12:00 nodeAssigned n3 <- n1 [default/s1 default/s3 default/s5 +247] ",
                "12:00 nodeAssigned n2 <- n1 [default/s0 default/s2 default/s4 +247] ",
                "12:00 SpeakerLost n1 <- [] ",
                "09:00 nodeAssigned n2 <- [default/other] ",
                "09:00 nodeAssigned n1 <- [default/s0 default/s1 default/s10 +497] ",
            ],
            Told());
    }

    [Fact]
    public void A_conflict_is_told_once_and_a_missing_interface_too()
    {
        history.Apply(new ClusterChange.Ready());
        Own("web", "n1", Noon, new("192.0.2.1", "AddressInUse", "02:00:00:00:00:99 has it (eth0)"));
        time.Advance(TimeSpan.FromMinutes(1));
        Own("web", "n1", Noon, new("192.0.2.1", "AddressInUse", "02:00:00:00:00:99 has it (eth0)"));
        Own("mail", "n1", Noon, new("192.0.2.2", "NoInterface", "no interface of node n1 can answer ARP"));
        Assert.Equal(
            ["12:01 announceFailed n1 <- [192.0.2.2 of default/mail] NoInterface: no interface of node n1 can answer ARP", "12:00 AddressConflict n1 <- [192.0.2.1 of default/web] AddressInUse: 02:00:00:00:00:99 has it (eth0)"],
            Told());
    }

    [Fact]
    public void Sessions_are_told_when_they_change_and_not_when_they_were_never_up()
    {
        history.Apply(new ClusterChange.Ready());
        Sessions("n1", new BgpSessionView("r1", "192.0.2.1:179", "Down", default, "", ""));
        Sessions("n1", new BgpSessionView("r1", "192.0.2.1:179", "Established", Noon.AddSeconds(1), "", ""));
        time.Advance(TimeSpan.FromMinutes(1));
        Sessions("n1", new BgpSessionView("r1", "192.0.2.1:179", "Established", Noon.AddSeconds(1), "", "Up"));
        Sessions("n1", new BgpSessionView("r1", "192.0.2.1:179", "Down", default, "hold timer expired", "Up"));
        Assert.Equal(["12:01 SessionDown n1 <- [r1 (192.0.2.1:179)] hold timer expired", "12:00 SessionUp n1 <- [r1 (192.0.2.1:179)] "], Told());
    }

    [Fact]
    public void The_oldest_are_forgotten()
    {
        history.Apply(new ClusterChange.Ready());
        for (int i = 0; i < 3 * UiHistory.Most; i++)
        {
            time.Advance(TimeSpan.FromMinutes(1));
            Own("web", i % 2 == 0 ? "n1" : "n2", time.GetUtcNow());
        }
        Assert.Equal(UiHistory.Most, history.Moments.Count);
        Assert.Equal(time.GetUtcNow(), history.Moments[0].Time);
    }

    private IEnumerable<string> Told() => history.Moments.Select(m =>
        $"{m.Time:HH:mm} {m.Word} {m.Node} <- {(m.From.Length > 0 ? m.From + " " : "")}[{string.Join(' ', m.Subjects.Items.Concat(m.Subjects.LeftOut > 0 ? [$"+{m.Subjects.LeftOut}"] : []))}] {m.Detail}");

    private void Own(string service, string node, DateTimeOffset since, NotAnnouncedView? failure = null) => history.Apply(new ClusterChange.Upserted(new Layer2StatusRecord(
        new(new("lbspeaker-system", $"l2-{service}"), new("default", service), node, failure is null, [], failure is null ? [] : [failure]) { Addresses = [IpAddress.Parse("192.0.2.1")], Since = since }, "1", "")));

    private void Sessions(string node, params BgpSessionView[] sessions) => history.Apply(new ClusterChange.Upserted(new NodeStateRecord(new("lbspeaker-system", node), new(node, [.. sessions]), 0, 0, "1", "")));

    private void Live(params string[] nodes) => history.Apply(new ClusterChange.SpeakersChanged([.. nodes], ["n1", "n2", "n3"]));
}
