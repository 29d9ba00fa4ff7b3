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
    /// <summary>Those of <see cref="Here"/> that another node takes over: it is told nothing that would keep it from that.</summary>
    public FrozenSet<IpAddress> Leaving { get; init; } = [];

    /// <summary>Addresses that are not answered here, or not yet, and of which it matters who has them.</summary>
    public FrozenSet<IpAddress> Watched { get; init; } = [];

    public KnownHosts Hosts { get; init; } = KnownHosts.None;

    /// <summary>How often the process had stood still when this was decided.</summary>
    public int Standstills { get; init; }

    public static InterfaceAnswers Nothing(MacAddress mac) => new(mac, FrozenDictionary<IpAddress, AddressCounters>.Empty, FrozenSet<IpAddress>.Empty);

    /// <summary>True where the address is answered here; else the reason against.</summary>
    public bool TryFind(IpAddress target, [NotNullWhen(true)] out AddressCounters? counters, out IgnoreReason reason)
    {
        reason = default;
        if (Here.TryGetValue(target, out counters)) return true;
        reason = Elsewhere.Contains(target) ? IgnoreReason.NotOnThisInterface : IgnoreReason.NotAnnounced;
        return false;
    }

    /// <summary>What somebody shows who has or wants an address; null where that is this node itself, or the address of no concern here.</summary>
    /// <param name="mac">Where he says that the address is.</param>
    /// <param name="source">Who sent the frame, for himself or for another.</param>
    public Sighting? Hear(IpAddress address, MacAddress mac, MacAddress source, HeardBy how) =>
        !Here.ContainsKey(address) && !Watched.Contains(address) || IsOwn(mac) || IsOwn(source) ? null : new(address, mac, how);

    /// <summary>Whether he who asks if an address is free is the one to have it next.</summary>
    public bool IsLeftTo(MacAddress asker, IpAddress target) => Leaving.Contains(target) && Hosts.Fellows.Contains(asker);

    private bool IsOwn(MacAddress mac) => mac == Mac || Hosts.Own.Contains(mac);
}
