namespace LbSpeaker.Heartbeat;
/// <summary>x</summary>
public sealed class HeartbeatEngine(HeartbeatSettings settings, LbSpeaker.Bfd.IBfdEngine bfd, TimeProvider time, Random random) : IHeartbeat, IDisposable
{
    public event Action<HeartbeatReport>? ReportChanged { add { } remove { } }
    public HeartbeatReport Report => HeartbeatReport.Empty;
    public void SetDesired(HeartbeatPlan plan) { }
    public Task RunAsync(CancellationToken ct) => Task.Delay(Timeout.InfiniteTimeSpan, ct);
    public void Dispose() { _ = settings; _ = bfd; _ = time; _ = random; }
}
