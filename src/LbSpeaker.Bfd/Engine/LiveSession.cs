using LbSpeaker.Bfd.Session;
using LbSpeaker.Core.Net;

namespace LbSpeaker.Bfd.Engine;

/// <summary>One session as it runs. The engine's thread alone changes it; others read its counters and the last report.</summary>
internal sealed class LiveSession(BfdSessionKey key, BfdSettings settings)
{
    private long controlIn, controlOut, echoIn, echoOut, up, down, notifications;
    private volatile BfdSessionReport? report;

    public BfdSessionKey Key { get; } = key;

    public BfdSettings Wanted { get; set; } = settings;

    /// <summary>What is wanted, less what this node cannot do and while it takes its leave.</summary>
    public BfdSettings Settings { get; set; } = settings;

    public SessionVariables Variables { get; set; }

    /// <summary>Its sockets; the wire's affair.</summary>
    public object? Path { get; set; }

    /// <summary>All that it needs is open.</summary>
    public bool IsOpen { get; set; }

    public BfdFault Fault { get; set; }

    public bool EchoUnavailable { get; set; }

    public DateTimeOffset LastChange { get; set; }

    /// <summary>Where the last packet came from and to: echoes go the same way. 0 while nothing was heard.</summary>
    public int HeardInterface { get; set; }

    public IpAddress HeardAddress { get; set; }

    /// <summary>What was kept last; the affair of <see cref="ControlTrace"/>.</summary>
    public ControlTrace.Memory Traced { get; } = new();

    /// <summary>Nobody wants it any more: until then it tells the peer so.</summary>
    public TimeSpan LeavesAt { get; set; } = TimeSpan.MaxValue;

    public bool IsLeaving => LeavesAt != TimeSpan.MaxValue;

    /// <summary>Its place in the <see cref="DeadlineHeap"/>; -1 while it has none.</summary>
    public int HeapIndex { get; set; } = -1;

    public TimeSpan Due { get; set; } = TimeSpan.MaxValue;

    public BfdCounters Counters => new(Read(ref controlIn), Read(ref controlOut), Read(ref echoIn), Read(ref echoOut), Read(ref up), Read(ref down), Read(ref notifications));

    /// <summary>As last published, with the counters of now. Any thread may ask.</summary>
    public BfdSessionReport Report => report! with { Counters = Counters };

    public void CountControlIn() => Add(ref controlIn);

    public void CountControlOut() => Add(ref controlOut);

    public void CountEchoIn() => Add(ref echoIn);

    public void CountEchoOut() => Add(ref echoOut);

    public void CountChange(bool isUp, bool wasUp)
    {
        if (isUp) Add(ref up);
        else if (wasUp) Add(ref down);
    }

    public void CountNotification() => Add(ref notifications);

    /// <summary>Makes the report anew where something in it has changed; a packet like the one before costs nothing.</summary>
    public void Publish()
    {
        SessionVariables now = Variables;
        EchoStanding echo = Settings.EchoInterval is null ? EchoStanding.Off
            : now.EchoActive ? EchoStanding.Active
            : EchoUnavailable ? EchoStanding.Unavailable
            : now.EchoTransmit.Due == TimeSpan.MaxValue || now.EchoProven ? EchoStanding.Waiting
            : EchoStanding.Unproven;
        TimeSpan detection = now.Heard ? now.DetectionTime : TimeSpan.Zero;
        if (report is { } last && last.State == now.SessionState && last.Reason == now.Reason && last.Fault == Fault && last.RemoteState == now.RemoteSessionState
            && last.Diagnostic == now.LocalDiag && last.RemoteDiagnostic == now.RemoteDiag && last.RemoteDiscriminator == now.RemoteDiscr
            && last.TransmitInterval == now.TransmitInterval && last.ReceiveInterval == now.ReceiveInterval && last.DetectionTime == detection
            && last.Echo == echo && last.LastChange == LastChange) return;
        report = new(Key, now.SessionState, now.Reason, Fault, now.RemoteSessionState, now.LocalDiag, now.RemoteDiag, now.LocalDiscr, now.RemoteDiscr,
            now.TransmitInterval, now.ReceiveInterval, detection, echo, LastChange, default);
    }

    // One thread writes; a 64-bit store is never seen half done.
    private static void Add(ref long counter) => Volatile.Write(ref counter, counter + 1);

    private static long Read(ref long counter) => Volatile.Read(ref counter);
}
