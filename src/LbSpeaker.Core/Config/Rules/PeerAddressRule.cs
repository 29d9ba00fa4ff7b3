using LbSpeaker.Core.Announcement.Bgp;
using LbSpeaker.Core.Net;

namespace LbSpeaker.Core.Config.Rules;

/// <summary>Exactly one of peerAddress and interface says where the router is; addresses can be read, and source and router are of one family.</summary>
internal static class PeerAddressRule
{
    /// <summary>Settings with the addresses alone.</summary>
    public static BgpPeerSettings Compile(BgpPeerDeclaration declaration, Faults faults)
    {
        bool hasAddress = declaration.PeerAddress is not null, hasInterface = declaration.Interface is not null;
        if (hasAddress == hasInterface) faults.Add(ProblemReason.ExclusiveFields, $"exactly one of peerAddress and interface must be set: {(hasAddress ? "both are" : "neither is")}");
        IpAddress? address = Read(declaration.PeerAddress, "peerAddress", faults), source = Read(declaration.SourceAddress, "sourceAddress", faults);
        if (address is { } to && source is { } from && to.Family != from.Family)
            faults.Add(ProblemReason.InvalidAddress, $"sourceAddress {from} and peerAddress {to} are of different families");
        IpAddress? routerId = Read(declaration.RouterId, "routerID", faults);
        // A BGP Identifier has four octets (RFC 4271 section 4.2) and is not zero (RFC 6286 section 2.1).
        if (routerId is { } id && (id.Family != IpFamily.IPv4 || id.Value == 0)) faults.Add(ProblemReason.InvalidAddress, $"routerID {id} is no BGP identifier: expected an IPv4 address such as 192.0.2.1");
        return new BgpPeerSettings(declaration.Meta.Key.Name) { LocalAs = 0, PeerAs = default, Address = address, Interface = declaration.Interface, SourceAddress = source, RouterId = routerId };
    }

    private static IpAddress? Read(string? text, string field, Faults faults)
    {
        if (text is null) return null;
        if (IpAddress.TryParse(text.Trim(), out IpAddress address)) return address;
        faults.Add(ProblemReason.InvalidAddress, $"{field}: \"{text}\" is not an address: expected 192.0.2.1 or 2001:db8::1");
        return null;
    }
}
