using LbSpeaker.Core.Announcement.Bgp;

namespace LbSpeaker.Bgp.Session;

/// <summary>What the state machine goes by, beside its state and its events. Times that nobody configures have the value that an RFC names, or one with a reason.</summary>
/// <param name="NodeName">Shown to the router for people to read; may be empty.</param>
/// <param name="Peer">How the session is configured.</param>
public sealed record SessionSettings(string NodeName, BgpPeerSettings Peer)
{
    /// <summary>For how long routers are asked to keep our routes while we restart (RFC 4724 section 3); 0 to 4095 seconds.</summary>
    public TimeSpan RestartTime { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary>How long one attempt to connect may take: four SYNs by Linux' count.</summary>
    public TimeSpan ConnectLimit { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>RFC 4271 section 8.2.2: a hold timer of four minutes until the router's OPEN is there.</summary>
    public TimeSpan OpenHoldTime { get; init; } = TimeSpan.FromMinutes(4);

    /// <summary>How long a session has to be up before earlier failures are forgotten: longer than any router takes to find fault with our routes.</summary>
    public TimeSpan StableTime { get; init; } = TimeSpan.FromSeconds(30);

    public TimeSpan FirstRetry { get; init; } = TimeSpan.FromSeconds(1);

    public TimeSpan LongestRetry { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>RFC 9687 section 6: the greater of eight minutes and twice the hold time.</summary>
    public TimeSpan LeastSendHoldTime { get; init; } = TimeSpan.FromMinutes(8);

    /// <summary>Granted once the hold timer has expired while octets wait to be read: the router was not silent, we were slow.</summary>
    public TimeSpan UnreadGrace { get; init; } = TimeSpan.FromSeconds(10);

    public TimeSpan AttemptLimit => Peer.ConnectTime is { } configured && configured < ConnectLimit ? configured : ConnectLimit;

    /// <summary>What else than absence may keep a router silent, by these settings; empty, or in brackets behind a blank.</summary>
    public string SilenceClue => InBrackets(Peer.Password.Text is null ? null : "a router without the same password is silent", Distance);

    /// <summary>What else than a missing route may make a router unreachable, likewise.</summary>
    public string DistanceClue => InBrackets(Distance);

    private string? Distance =>
        Peer.TtlSecurity is { } hops ? $"ttlSecurity lets it be no more than {hops} hop{(hops == 1 ? "" : "s")} away"
        : !Peer.MultiHop && Peer.PeerAs.Kind != PeerAsKind.Internal && Peer.PeerAs.Number != Peer.ShownAs ? "ebgpMultiHop is off: it has to be on the same link"
        : null;

    /// <summary>Until the next attempt.</summary>
    /// <param name="failures">How many attempts in a row came to nothing; 1 and up.</param>
    public TimeSpan RetryAfter(int failures)
    {
        if (Peer.ConnectTime is { } configured) return configured;
        double grown = FirstRetry.TotalSeconds * Math.Pow(2, Math.Min(failures - 1, 30));
        return TimeSpan.FromSeconds(Math.Min(grown, LongestRetry.TotalSeconds));
    }

    private static string InBrackets(params ReadOnlySpan<string?> clues) => string.Join("; ", clues.ToArray().OfType<string>()) is { Length: > 0 } all ? $" ({all})" : "";
}
