using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using LbSpeaker.Core.Net;

namespace LbSpeaker.Layer2.Answering;

/// <summary>What one interface answers for: immutable, read by the capture thread through one reference.</summary>
/// <param name="Mac">The hardware address that is answered with.</param>
/// <param name="Here">Addresses answered on this interface.</param>
/// <param name="Elsewhere">Addresses that this node answers for on other interfaces only.</param>
internal sealed record InterfaceAnswers(MacAddress Mac, FrozenDictionary<IpAddress, AddressCounters> Here, FrozenSet<IpAddress> Elsewhere)
{
    public static InterfaceAnswers Nothing(MacAddress mac) => new(mac, FrozenDictionary<IpAddress, AddressCounters>.Empty, FrozenSet<IpAddress>.Empty);

    /// <summary>True where the address is answered here; else the reason against.</summary>
    public bool TryFind(IpAddress target, [NotNullWhen(true)] out AddressCounters? counters, out IgnoreReason reason)
    {
        reason = default;
        if (Here.TryGetValue(target, out counters)) return true;
        reason = Elsewhere.Contains(target) ? IgnoreReason.NotOnThisInterface : IgnoreReason.NotAnnounced;
        return false;
    }
}
