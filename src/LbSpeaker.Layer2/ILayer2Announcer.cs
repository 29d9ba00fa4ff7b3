using LbSpeaker.Core.Announcement;

namespace LbSpeaker.Layer2;

/// <summary>Whoever answers on the wire: the seam at which tests of the speaker stand in for the network.</summary>
public interface ILayer2Announcer
{
    /// <summary>Told once when the interfaces were first looked at, and after each change of what is reported, on the announcer's own thread: be quick.</summary>
    event Action<Layer2Report>? ReportChanged;

    /// <summary>Stores the plan and returns at once; what is gone from it is withdrawn before what is new is announced.</summary>
    void SetDesired(Layer2Plan plan);

    /// <summary>Works until cancelled, then stops answering.</summary>
    /// <exception cref="Layer2StartException">It cannot work in this process at all.</exception>
    Task RunAsync(CancellationToken ct);
}
