using LbSpeaker.Bgp.Wire;

namespace LbSpeaker.Bgp.Session;

/// <summary>What keeps a session from being begun, although it is wanted. The names are an API (reports).</summary>
[Flags]
public enum StartDenial
{
    None = 0,
    /// <summary>The Secret with the password is not there.</summary>
    PasswordMissing = 1,
    /// <summary>No router has shown itself on the interface of an unnumbered session.</summary>
    NoNeighbor = 2,
    /// <summary>BFD is to be up first, and is not.</summary>
    BfdNotUp = 4,
}

/// <summary>One TCP connection with the router, or the attempt at one.</summary>
/// <param name="Number">Never used twice in the life of a session's state, so that events of an old connection are known for ghosts.</param>
/// <param name="IsDialed">We opened it, not the router.</param>
/// <param name="Sent">Our OPEN on it; null while it is being opened.</param>
public sealed record SessionConnection(int Number, bool IsDialed, OpenMessage? Sent);

/// <summary>Where one session stands. Everything that a later event needs is in here.</summary>
public sealed record SessionState
{
    public BgpState State { get; init; } = BgpState.Idle;

    /// <summary>The connection that the state is about; null in Idle and Active.</summary>
    public SessionConnection? Connection { get; init; }

    /// <summary>A second one, tracked until an OPEN on it decides which of the two stays (RFC 4271 section 6.8).</summary>
    public SessionConnection? Tracked { get; init; }

    /// <summary>In OpenConfirm and Established.</summary>
    public SessionTerms? Terms { get; init; }

    public int LastConnection { get; init; }

    public TimerEpochs Timers { get; init; }

    public int LastEpoch { get; init; }

    /// <summary>Attempts in a row that came to nothing (ConnectRetryCounter).</summary>
    public int Failures { get; init; }

    public StartDenial Denied { get; init; }

    public bool IsStarted { get; init; }

    public bool IsBfdUp { get; init; }

    /// <summary>For an accepted connection, which the machine hears of when it is open.</summary>
    public int NextConnection => LastConnection + 1;

    public static SessionState Initial(SessionSettings settings) => new() { Denied = settings.Peer.Bfd is { IsStrict: true } ? StartDenial.BfdNotUp : StartDenial.None };
}
