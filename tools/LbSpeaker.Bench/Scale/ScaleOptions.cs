namespace LbSpeaker.Bench.Scale;

/// <summary>How large, how long, and what runs.</summary>
/// <param name="Speaker">The command line of the speaker of <see cref="Fleet.RealNode"/>.</param>
/// <param name="Controller">That of a controller, which a name for <c>--pod-name</c> is put behind.</param>
/// <param name="Asker">That of the client which asks for an address by ARP, one request a millisecond; the address and the seconds are put behind it.</param>
/// <param name="Metrics">Where the speaker's metrics are.</param>
internal sealed record ScaleOptions(Uri Server, string Crds, IReadOnlyList<string> Speaker, IReadOnlyList<string> Controller, IReadOnlyList<string> Asker, Uri Metrics)
{
    public int Services { get; init; } = 10_000;

    public int Nodes { get; init; } = 100;

    /// <summary>Of endpoints, in a second.</summary>
    public int Changes { get; init; } = 20;

    /// <summary>How long the cluster is looked at at rest, under changes, and under changes while the asker asks.</summary>
    public TimeSpan Window { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Services whose writes are counted.</summary>
    public int Created { get; init; } = 100;

    /// <summary>Services in whose creation the leader dies.</summary>
    public int Burst { get; init; } = 1000;
}
