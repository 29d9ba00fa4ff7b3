using LbSpeaker.Core.Net;
using LbSpeaker.Layer2.Answering;
using LbSpeaker.Layer2.Capture;

namespace LbSpeaker.Layer2.Tests.Fakes;

internal static class PortExtensions
{
    /// <summary>Where others do not matter.</summary>
    public static void Set(this Port port, IReadOnlySet<IpAddress> here, IReadOnlySet<IpAddress> elsewhere) => port.Set(here, new HashSet<IpAddress>(), new HashSet<IpAddress>(), elsewhere, KnownHosts.None, 0);
}
