using System.Text;
using LbSpeaker.Bgp.Wire;
using LbSpeaker.Bgp.Wire.Capabilities;
using LbSpeaker.Core.Net;

namespace LbSpeaker.Bgp.Session;

/// <summary>Our OPEN, and the judgement of the router's.</summary>
internal static class Opening
{
    private const int LongestHostName = 64;

    public static OpenMessage Offer(SessionSettings settings, IpAddress identifier, bool isRestart)
    {
        AddressFamily[] families = [.. new[] { IpFamily.IPv4, IpFamily.IPv6 }.Where(settings.Peer.Carries).Select(AddressFamily.UnicastOf)];
        List<Capability> capabilities =
        [
            .. families.Select(f => new MultiprotocolCapability(f)),
            FlagCapability.RouteRefresh,
            FlagCapability.EnhancedRouteRefresh,
            // RFC 4724 section 3: without families it says that we know End-of-RIB, and that a router that restarts may wait for ours. What forwards packets is the kernel,
            // which a restart of ours does not touch: the forwarding bit is set always (section 4.2 would have the routes dropped at the first session without it).
            settings.Peer.GracefulRestart
                ? new GracefulRestartCapability(isRestart, notification: true, (int)settings.RestartTime.TotalSeconds, [.. families.Select(f => new GracefulRestartFamily(f, ForwardingPreserved: true))])
                : new GracefulRestartCapability(restarting: false, notification: false, restartTime: 0, []),
        ];
        // RFC 8950 section 4: IPv4 routes on a session over IPv6.
        if (settings.Peer.Address is not { Family: IpFamily.IPv4 } && settings.Peer.Carries(IpFamily.IPv4)) capabilities.Add(new ExtendedNextHopCapability([ExtendedNextHop.IPv4OverIPv6]));
        if (settings.NodeName.Length > 0 && Encoding.UTF8.GetByteCount(settings.NodeName) <= LongestHostName) capabilities.Add(new FqdnCapability(settings.NodeName, ""));
        return new(settings.Peer.ShownAs, (ushort)settings.Peer.HoldTime.TotalSeconds, identifier, [.. capabilities]);
    }

    /// <summary>RFC 4271 section 6.2, as far as it is not a matter of form. Null where the OPEN is acceptable, else what is answered, and why.</summary>
    public static (NotificationMessage Answer, SessionEnd End)? Judge(OpenMessage received, OpenMessage sent, SessionSettings settings)
    {
        uint shown = settings.Peer.ShownAs;
        if (!settings.Peer.PeerAs.Accepts(received.AsNumber, shown))
        {
            string expected = settings.Peer.PeerAs.Kind switch
            {
                Core.Announcement.Bgp.PeerAsKind.Internal => $"ours, {shown}",
                Core.Announcement.Bgp.PeerAsKind.External => $"any other than ours, {shown}",
                _ => settings.Peer.PeerAs.ToString(),
            };
            return (new(NotificationError.BadPeerAs), new(SessionEndReason.WrongPeerAs, $"the router is of AS {received.AsNumber}; expected is {expected}"));
        }
        // RFC 6286 section 2.2: within one AS identifiers differ; between ASes they need not.
        if (received.AsNumber == sent.AsNumber && received.Identifier == sent.Identifier)
            return (new(NotificationError.BadBgpIdentifier), new(SessionEndReason.DuplicateIdentifier, $"the router has our BGP identifier, {sent.Identifier}: one of the two needs another routerID"));
        if (CodecOptions.Negotiate(sent, received).Families.IsEmpty)
        {
            // RFC 5492 section 5: the data are the capabilities that are missed.
            Capability[] missed = [.. sent.Capabilities.OfType<MultiprotocolCapability>()];
            return (
                new(NotificationError.UnsupportedCapability, Encode(missed)),
                new(SessionEndReason.NoCommonFamily, $"the router speaks none of {string.Join(", ", missed.Select(m => ((MultiprotocolCapability)m).Family))}: it has to be activated there for this peer"));
        }
        return null;
    }

    private static Core.Values.ValueArray<byte> Encode(Capability[] capabilities)
    {
        WireWriter writer = new(stackalloc byte[64]);
        foreach (Capability capability in capabilities) capability.Write(ref writer);
        return [.. writer.Written];
    }
}
