using LbSpeaker.Core.Net;
using LbSpeaker.Linux;

namespace LbSpeaker.Layer2.Capture;

/// <summary>
/// One interface opened for frames. One thread reads it; the announcer's loop does all else and closes it, once nobody reads it any more.
/// </summary>
internal interface IPacketDevice : IDisposable
{
    /// <summary>Readable when frames wait.</summary>
    int Descriptor { get; }

    /// <summary>The next waiting frame, valid until the next call; empty when there is none. False when the device is dead for good.</summary>
    bool TryRead(out ReadOnlySpan<byte> frame);

    /// <summary>For how long the frame that was read last has waited.</summary>
    TimeSpan Waited { get; }

    /// <summary>Sends or says why not; never waits. Any thread may.</summary>
    SendOutcome Send(ReadOnlySpan<byte> frame);

    /// <summary>From now on requests that may ask for one of these addresses are read, and few others. No frame is lost on the way from one set to the next.</summary>
    /// <returns>Why some may not arrive; null where all is well. What failed is tried again at the next call.</returns>
    string? Listen(IReadOnlyCollection<IpAddress> addresses);

    /// <summary>Frames that the kernel dropped because they were not read in time, since the device was opened.</summary>
    long Dropped { get; }
}
