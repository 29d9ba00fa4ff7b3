using LbSpeaker.Core.Values;

namespace LbSpeaker.Bfd;

/// <summary>Whoever watches paths: the seam at which tests of its users stand in for the network.</summary>
public interface IBfdEngine
{
    /// <summary>Told of each change of a session's state, on the engine's thread and before anything else happens there: be quick. A session that nobody wants any more tells nothing.</summary>
    event Action<BfdSessionReport>? StateChanged;

    /// <summary>Every session as it stands now.</summary>
    BfdReport Report { get; }

    /// <summary>
    /// Stores all that this owner wants and returns at once. Where two owners want the same session they share it (RFC 5882 section 2), run by the settings of the one
    /// whose name sorts first.
    /// </summary>
    /// <exception cref="ArgumentException">A wish that could never be fulfilled, or one session twice.</exception>
    void SetDesired(string owner, ValueArray<BfdWish> wanted);

    /// <summary>
    /// Works until cancelled, then tells every peer that it goes by intent. The thread is started before this returns, in the network namespace of the caller's thread.
    /// </summary>
    Task RunAsync(CancellationToken ct);
}
