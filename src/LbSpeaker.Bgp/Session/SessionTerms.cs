using LbSpeaker.Bgp.Wire;
using LbSpeaker.Bgp.Wire.Capabilities;

namespace LbSpeaker.Bgp.Session;

/// <summary>What two OPENs have settled.</summary>
/// <param name="HoldTime">The smaller of both (RFC 4271 section 4.2); zero: no hold timer, no KEEPALIVEs.</param>
/// <param name="KeepaliveTime">At most a third of the hold time (RFC 4271 section 4.4).</param>
public sealed record SessionTerms(OpenMessage Sent, OpenMessage Received, CodecOptions Codec, TimeSpan HoldTime, TimeSpan KeepaliveTime)
{
    public static SessionTerms Of(OpenMessage sent, OpenMessage received, TimeSpan keepaliveTime)
    {
        TimeSpan hold = TimeSpan.FromSeconds(Math.Min(sent.HoldTime, received.HoldTime));
        TimeSpan third = hold / 3;
        return new(sent, received, CodecOptions.Negotiate(sent, received), hold, keepaliveTime > TimeSpan.Zero && keepaliveTime < third ? keepaliveTime : third);
    }

    /// <summary>The router keeps our routes while the connection is gone (RFC 4724 section 4.2): we said that they outlive us, and it knows what that means.</summary>
    public bool RoutesOutliveConnection => OurRestart is { Families.IsEmpty: false } && PeerRestart is not null;

    /// <summary>It keeps them after a NOTIFICATION too, other than a hard reset (RFC 8538 section 2).</summary>
    public bool RoutesOutliveNotification => RoutesOutliveConnection && OurRestart is { Notification: true } && PeerRestart is { Notification: true };

    /// <summary>The router's own routes outlive its connections, so a new one of it means that it has restarted (RFC 4724 section 5).</summary>
    public bool PeerMayRestart => PeerRestart is { Families.IsEmpty: false };

    private GracefulRestartCapability? OurRestart => Sent.Capabilities.OfType<GracefulRestartCapability>().FirstOrDefault();

    private GracefulRestartCapability? PeerRestart => Received.Capabilities.OfType<GracefulRestartCapability>().FirstOrDefault();
}
