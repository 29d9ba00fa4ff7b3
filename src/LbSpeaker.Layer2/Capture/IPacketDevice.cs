using LbSpeaker.Core.Net;
using LbSpeaker.Linux.Links;

namespace LbSpeaker.Layer2.Capture;

/// <summary>One interface opened for frames: the seam at which tests stand in for the wire.</summary>
public interface IPacketDevice : IDisposable
{
    /// <summary>Readable when frames wait.</summary>
    int Descriptor { get; }

    /// <summary>The next waiting frame, valid until the next call; empty when there is none. False when the device is dead for good.</summary>
    bool TryRead(out ReadOnlySpan<byte> frame);

    /// <summary>False when the frame could not be sent (the link went down).</summary>
    bool TrySend(ReadOnlySpan<byte> frame);

    /// <summary>From now on only requests that may ask for one of these addresses are read.</summary>
    void Listen(IReadOnlyCollection<IpAddress> addresses);

    /// <summary>Frames that the kernel dropped because they were not read in time.</summary>
    long Dropped { get; }
}

public interface IPacketDeviceFactory
{
    /// <exception cref="IOException">The device cannot be opened now; the message says why.</exception>
    IPacketDevice Open(LinkState link);
}
