namespace LbSpeaker.Heartbeat;

/// <summary>Speakers that watch each other: the seam at which tests of its users stand in for the network.</summary>
public interface IHeartbeat
{
    /// <summary>Told whenever a member or a fault has changed, never for counters alone; on the thread of the heartbeats and before anything else happens there: be quick.</summary>
    event Action<HeartbeatReport>? ReportChanged;

    /// <summary>Every member as it stands now. Empty before the first plan.</summary>
    HeartbeatReport Report { get; }

    /// <summary>Stores what is wanted and returns at once. What cannot be fulfilled is told in the report.</summary>
    void SetDesired(HeartbeatPlan plan);

    /// <summary>
    /// Works until cancelled, then tells every member that this side goes by intent. The thread is started before this returns, in the network namespace of the caller's
    /// thread.
    /// </summary>
    Task RunAsync(CancellationToken ct);
}
