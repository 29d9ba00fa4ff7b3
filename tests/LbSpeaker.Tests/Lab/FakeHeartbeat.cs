using LbSpeaker.Core.Values;
using LbSpeaker.Heartbeat;

namespace LbSpeaker.Tests.Lab;

/// <summary>Stands in for heartbeats: a speaker is heard as a test says, and not at all until it says something.</summary>
internal sealed class FakeHeartbeat : IHeartbeat
{
    private readonly SortedDictionary<string, MemberReport> said = new(StringComparer.Ordinal);

    public event Action<HeartbeatReport>? ReportChanged;

    public HeartbeatReport Report => HeartbeatReport.Empty with { Members = said.Values.ToValueArray() };

    public HeartbeatPlan? Plan { get; private set; }

    public void SetDesired(HeartbeatPlan plan) => Plan = plan;

    public void Say(string node, MemberState state)
    {
        said[node] = new(node, state, DateTimeOffset.UnixEpoch, false, "");
        ReportChanged?.Invoke(Report);
    }

    public Task RunAsync(CancellationToken ct) => Task.Delay(Timeout.InfiniteTimeSpan, ct);
}
