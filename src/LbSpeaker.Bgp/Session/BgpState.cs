namespace LbSpeaker.Bgp.Session;

/// <summary>The states of RFC 4271 section 8.2.2. The names are an API (reports).</summary>
public enum BgpState
{
    /// <summary>Nothing goes on: stopped, waiting out a failure, or not allowed to begin.</summary>
    Idle,
    /// <summary>A TCP connection is being opened.</summary>
    Connect,
    /// <summary>Waiting for the router to connect, or for the time of the next attempt.</summary>
    Active,
    /// <summary>Connected; our OPEN is sent, the router's is awaited.</summary>
    OpenSent,
    /// <summary>Both OPENs are accepted here; the router's KEEPALIVE is awaited.</summary>
    OpenConfirm,
    /// <summary>Routes are exchanged.</summary>
    Established,
}
