using LbSpeaker.Linux.Links;

namespace LbSpeaker.Layer2.Capture;

/// <summary>The links of this machine: the seam at which tests stand in for the network.</summary>
internal interface ILinkLayer
{
    /// <exception cref="Layer2StartException">Layer 2 cannot work in this process.</exception>
    ILinkMonitor Follow();

    /// <exception cref="IOException">The interface cannot be opened now; the message says why.</exception>
    IPacketDevice Open(LinkState link);
}
