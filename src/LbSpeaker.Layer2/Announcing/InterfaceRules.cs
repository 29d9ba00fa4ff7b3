using System.Text.RegularExpressions;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Values;
using LbSpeaker.Linux.Links;

namespace LbSpeaker.Layer2.Announcing;

/// <summary>Which interfaces are used for what. Pure.</summary>
internal sealed class InterfaceRules(Regex excluded)
{
    /// <summary>It may be used, now or when it is up.</summary>
    public bool IsCandidate(LinkState link) => !link.IsLoopback && !excluded.IsMatch(link.Name);

    /// <summary>It can be used now.</summary>
    public bool IsFit(LinkState link) =>
        link is { IsUp: true, HasCarrier: true, HasMaster: false, NoArp: false, Mac: not null } && IsCandidate(link) && (Answers(link, IpFamily.IPv4) || Answers(link, IpFamily.IPv6));

    /// <summary>ARP needs broadcast. NDP needs a link-local address: without one the interface takes no part in IPv6 (RFC 4291 section 2.1).</summary>
    public static bool Answers(LinkState link, IpFamily family) => family == IpFamily.IPv4 ? link.IsBroadcast : link.LinkLocal is not null;

    /// <param name="wanted">Interfaces by name; empty means every one.</param>
    public static bool IsWanted(LinkState link, ValueArray<string> wanted) => wanted.IsEmpty || wanted.Contains(link.Name);

    /// <summary>Why an address that is answered on no interface is not: of all interfaces the one that comes closest.</summary>
    public UnreachableReason WhyUnreachable(IEnumerable<LinkState> links, IpAddress address, ValueArray<string> wanted) =>
        links.Where(l => IsCandidate(l) && IsWanted(l, wanted)).Select(l => !IsFit(l) ? UnreachableReason.InterfaceDown
            : !Answers(l, address.Family) ? UnreachableReason.FamilyMissing : UnreachableReason.InterfaceFault).DefaultIfEmpty(UnreachableReason.NoInterface).Max();
}
