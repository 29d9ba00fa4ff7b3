using LbSpeaker.Core.Values;

namespace LbSpeaker.Bgp.Session;

/// <summary>The timers of a session (RFC 4271 section 8.1.3 and what came later).</summary>
public enum SessionTimer
{
    /// <summary>In Connect, how long an attempt may take; in Active, until the next one.</summary>
    ConnectRetry,
    /// <summary>In Idle, until the next attempt after a failure (DampPeerOscillations).</summary>
    IdleHold,
    /// <summary>How long the router may be silent.</summary>
    Hold,
    /// <summary>Until the next KEEPALIVE.</summary>
    Keepalive,
    /// <summary>How long the router may refuse to take octets (RFC 9687).</summary>
    SendHold,
    /// <summary>How long the OPEN of a tracked connection may take.</summary>
    TrackedHold,
    /// <summary>Until an established session counts as stable, and past failures are forgotten.</summary>
    Stable,
}

/// <summary>Which timers run. Each start has an epoch of its own, so that the expiry of a timer that was stopped or started anew in the meantime is known for a ghost.</summary>
public readonly record struct TimerEpochs
{
    private static readonly int Count = Enum.GetValues<SessionTimer>().Length;

    /// <summary>By timer; 0 where it does not run. Empty: none does.</summary>
    private ValueArray<int> Epochs { get; init; }

    public bool IsRunning(SessionTimer timer) => this[timer] != 0;

    public int this[SessionTimer timer] => Epochs.IsEmpty ? 0 : Epochs[(int)timer];

    public TimerEpochs With(SessionTimer timer, int epoch)
    {
        Span<int> epochs = stackalloc int[Count];
        epochs.Clear();
        Epochs.AsSpan().CopyTo(epochs);
        epochs[(int)timer] = epoch;
        return new() { Epochs = [.. epochs] };
    }
}
