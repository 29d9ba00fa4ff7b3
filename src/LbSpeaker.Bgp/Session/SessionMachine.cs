using LbSpeaker.Core.Values;

namespace LbSpeaker.Bgp.Session;

/// <summary>
/// The finite state machine of RFC 4271 section 8.2.2, with collision detection (section 6.8, RFC 6286), damping (section 8.1.1), the send hold timer (RFC 9687),
/// graceful restart (RFC 4724, 8538) and BFD (RFC 5882). A function over values: no clock, no socket, no randomness. README.md shows the states; the whole table
/// is rendered by a test into Session/transitions.txt.
/// </summary>
public static class SessionMachine
{
    /// <returns>The next state, and what is to be done, in order.</returns>
    public static (SessionState Next, ValueArray<SessionEffect> Effects) Step(SessionState state, SessionEvent happened, SessionSettings settings) =>
        new Transition(state, settings).Take(happened);
}
