using LbSpeaker.Bfd.Wire;

namespace LbSpeaker.Bfd.Session;

public enum SessionTimer : byte { Transmit, Detect, EchoTransmit, EchoDetect }

public enum SessionEventKind : byte { Started, SettingsChanged, Received, EchoReturned, TimerExpired }

/// <summary>What can happen to a session. A value, made by one of its factories.</summary>
/// <param name="Now">Monotonic time since any fixed moment.</param>
/// <param name="Random">0 up to, not including, 1: where jitter comes from.</param>
public readonly record struct SessionEvent(SessionEventKind Kind, TimeSpan Now, double Random, ControlPacket Packet = default, SessionTimer Timer = default, uint Number = 0)
{
    public static SessionEvent Started(TimeSpan now, double random) => new(SessionEventKind.Started, now, random);

    /// <summary>The settings that Step gets are new.</summary>
    public static SessionEvent SettingsChanged(TimeSpan now, double random) => new(SessionEventKind.SettingsChanged, now, random);

    /// <summary>A packet that passed every check but that of the session's own state, and is authentic where the session asks for it.</summary>
    public static SessionEvent Received(TimeSpan now, double random, in ControlPacket packet) => new(SessionEventKind.Received, now, random, packet);

    /// <summary>An echo packet of ours came back.</summary>
    public static SessionEvent EchoReturned(TimeSpan now, double random, uint sequence) => new(SessionEventKind.EchoReturned, now, random, Number: sequence);

    /// <param name="epoch">That of the <see cref="Deadline"/> that has come.</param>
    public static SessionEvent TimerExpired(TimeSpan now, double random, SessionTimer timer, uint epoch) => new(SessionEventKind.TimerExpired, now, random, Timer: timer, Number: epoch);
}

/// <summary>What a step asks the world for. A value; empty more often than not.</summary>
/// <param name="Control">To be sent at once.</param>
/// <param name="Echo">The sequence number of an echo packet to be sent at once.</param>
/// <param name="StateChanged">To be told to whoever wanted the session.</param>
/// <param name="Discarded">The packet was not counted as received.</param>
public readonly record struct SessionEffects(ControlPacket? Control = null, uint? Echo = null, bool StateChanged = false, DiscardReason? Discarded = null);
