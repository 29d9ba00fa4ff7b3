namespace LbSpeaker.Bgp;

/// <summary>What is the same for all sessions of this node.</summary>
/// <param name="NodeName">Shown to routers for people to read, and the last resort for a BGP identifier.</param>
public sealed record BgpOptions(string NodeName)
{
    /// <summary>Where routers connect to, while there is a session that waits for its router.</summary>
    public int ListenPort { get; init; } = 179;

    /// <summary>For how long routers are asked to keep our routes while the speaker restarts; 0 to 4095 seconds. A router that the speaker has not spoken to by then is told of no restart.</summary>
    public TimeSpan RestartTime { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary>How long the last words of a session may take when it is ended by intent.</summary>
    public TimeSpan FarewellTime { get; init; } = TimeSpan.FromSeconds(1);
}
