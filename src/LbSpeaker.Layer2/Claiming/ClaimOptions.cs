namespace LbSpeaker.Layer2.Claiming;

/// <summary>
/// Settings of how an address is claimed, defended, yielded and handed over. The constants of RFC 5227 section 1.1 that they stand for are named; those of probing are
/// shorter on purpose: a Service waits for its address, which a pool gave it and nobody else should have.
/// </summary>
public sealed record ClaimOptions
{
    /// <summary>PROBE_NUM, 3 there. RFC 4862 calls it DupAddrDetectTransmits, 1 there.</summary>
    public int Probes { get; init; } = 3;

    /// <summary>Between one probe and the next: PROBE_MIN and PROBE_MAX, 1 to 2 s there.</summary>
    public TimeSpan ProbeInterval { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>From the last probe to the claim: ANNOUNCE_WAIT, 2 s there.</summary>
    public TimeSpan AnnounceWait { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>How soon an address that somebody has is probed for again, varied by a quarter up and down. RATE_LIMIT_INTERVAL there, 60 s, after ten conflicts.</summary>
    public TimeSpan RetryInterval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Between one defence of an address against strangers and the next: DEFEND_INTERVAL, 10 s there.</summary>
    public TimeSpan DefendInterval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The same against speakers of other nodes, which yield to it.</summary>
    public TimeSpan FellowDefendInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long somebody who had an address is reported after he was last heard.</summary>
    public TimeSpan Memory { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How often a yielded address is asked for, to see whether its owner is still there.</summary>
    public TimeSpan YieldCheckInterval { get; init; } = TimeSpan.FromMilliseconds(330);

    /// <summary>So many such questions without an answer, one after the other, and the address is owned again: a second or so.</summary>
    public int YieldChecks { get; init; } = 3;

    /// <summary>An owner that had no interface or stood still for so long asks for the address before it answers again: speakers take each other for dead after 300 ms.</summary>
    public TimeSpan Absence { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>
    /// For so long after its start, and after it stood still or heard nobody, this node asks for what it is to take over from another before it answers: it may take that one for dead because it
    /// was away itself. As long after it was away it asks for what it is to have again, and after it heard nobody it yields to any fellow: its plan may be of before.
    /// </summary>
    public TimeSpan Wariness { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// How long the node that an address is taken over from may go on having it, from when it is first heard to. Mostly it hears within milliseconds that it hands
    /// over; one that does not, since the API server is away from it, is met like any other that has the address.
    /// </summary>
    public TimeSpan Spare { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long an address that is handed over is answered at most. Longer than who yielded takes to see that it is left to him.</summary>
    public TimeSpan HandOverLimit { get; init; } = TimeSpan.FromMilliseconds(1500);

    /// <summary>Probes and checks over all addresses; 1 and up.</summary>
    public int ProbesPerSecond { get; init; } = 1000;

    /// <summary>How much heard at once is judged at once: the next is looked at this much later, so that no flood keeps the announcer busy.</summary>
    public TimeSpan HearingInterval { get; init; } = TimeSpan.FromMilliseconds(10);
}
