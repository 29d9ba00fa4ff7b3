using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace LbSpeaker.Lab.Api.Cel;

/// <summary>A prefix as written, host bits kept.</summary>
internal sealed record CelCidr(IPAddress Address, int PrefixLength)
{
    public CelCidr Masked() => new(CelNetwork.Mask(Address, PrefixLength), PrefixLength);

    public bool Contains(IPAddress address) => address.AddressFamily == Address.AddressFamily
        && CelNetwork.Mask(address, PrefixLength).Equals(CelNetwork.Mask(Address, PrefixLength));

    public override string ToString() => $"{Address}/{PrefixLength}";
}

/// <summary>Kubernetes' IP and CIDR libraries. IPv4 with leading zeros, IPv4 inside IPv6 and zones are no addresses.</summary>
internal static class CelNetwork
{
    public static IEnumerable<CelFunction> Functions =>
    [
        CelFunction.Global("isIP", 1, a => a[0] is string s ? ParseIp(s) is not null : throw CelValue.NoOverload()),
        CelFunction.Global("ip", 1, a => a[0] is string s ? Ip(s) : throw CelValue.NoOverload()),
        CelFunction.Global("ip.isCanonical", 1, a => a[0] is string s ? Ip(s).ToString() == s : throw CelValue.NoOverload()),
        CelFunction.Global("isCIDR", 1, a => a[0] is string s ? ParseCidr(s) is not null : throw CelValue.NoOverload()),
        CelFunction.Global("cidr", 1, a => a[0] is string s ? Cidr(s) : throw CelValue.NoOverload()),
        CelFunction.Method<IPAddress>("family", ip => ip.AddressFamily == AddressFamily.InterNetwork ? 4L : 6L),
        CelFunction.Method<IPAddress>("isUnspecified", ip => ip.Equals(IPAddress.Any) || ip.Equals(IPAddress.IPv6Any)),
        CelFunction.Method<IPAddress>("isLoopback", ip => IPAddress.IsLoopback(ip)),
        CelFunction.Method<IPAddress>("isLinkLocalMulticast", IsLinkLocalMulticast),
        CelFunction.Method<IPAddress>("isLinkLocalUnicast", IsLinkLocalUnicast),
        CelFunction.Method<IPAddress>("isGlobalUnicast", IsGlobalUnicast),
        CelFunction.Method<CelCidr, object>("containsIP", (cidr, ip) => cidr.Contains(ip as IPAddress ?? Ip(ip as string ?? throw CelValue.NoOverload()))),
        CelFunction.Method<CelCidr, object>("containsCIDR", (cidr, other) => ContainsCidr(cidr, other as CelCidr ?? Cidr(other as string ?? throw CelValue.NoOverload()))),
        CelFunction.Method<CelCidr>("ip", cidr => cidr.Address),
        CelFunction.Method<CelCidr>("masked", cidr => cidr.Masked()),
        CelFunction.Method<CelCidr>("prefixLength", cidr => (long)cidr.PrefixLength),
    ];

    private static IPAddress Ip(string text) => ParseIp(text) ?? throw new CelEvaluationException($"IP Address \"{text}\" parse error during conversion from string");

    private static CelCidr Cidr(string text) => ParseCidr(text) ?? throw new CelEvaluationException("network address parse error during conversion from string");

    private static IPAddress? ParseIp(string text)
    {
        if (text.Contains('%', StringComparison.Ordinal) || text.Contains('[', StringComparison.Ordinal) || !IPAddress.TryParse(text, out var ip))
            return null;
        // IPAddress also takes 10.1, 0x7f.1 and 010.0.0.1; the canonical text tells them from a dotted quad.
        if (ip.AddressFamily == AddressFamily.InterNetwork)
            return ip.ToString() == text ? ip : null;
        return ip.IsIPv4MappedToIPv6 ? null : ip;
    }

    private static CelCidr? ParseCidr(string text)
    {
        if (text.Split('/') is not [var address, var length] || ParseIp(address) is not { } ip
            || !int.TryParse(length, NumberStyles.None, CultureInfo.InvariantCulture, out var bits)
            || bits.ToString(CultureInfo.InvariantCulture) != length)
            return null;
        return bits <= (ip.AddressFamily == AddressFamily.InterNetwork ? 32 : 128) ? new CelCidr(ip, bits) : null;
    }

    private static object ContainsCidr(CelCidr outer, CelCidr inner) => inner.PrefixLength >= outer.PrefixLength && outer.Contains(inner.Address);

    public static IPAddress Mask(IPAddress address, int bits)
    {
        var bytes = address.GetAddressBytes();
        for (var i = 0; i < bytes.Length; i++)
            bytes[i] &= (byte)(0xff00 >> Math.Clamp(bits - (i * 8), 0, 8));
        return new IPAddress(bytes);
    }

    private static object IsLinkLocalMulticast(IPAddress ip)
    {
        var b = ip.GetAddressBytes();
        return b.Length == 4 ? b[0] == 224 && b[1] == 0 && b[2] == 0 : b[0] == 0xff && (b[1] & 0x0f) == 2;
    }

    private static object IsLinkLocalUnicast(IPAddress ip)
    {
        var b = ip.GetAddressBytes();
        return b.Length == 4 ? b[0] == 169 && b[1] == 254 : ip.IsIPv6LinkLocal;
    }

    private static object IsGlobalUnicast(IPAddress ip)
    {
        var b = ip.GetAddressBytes();
        var multicast = b.Length == 4 ? b[0] is >= 224 and < 240 : b[0] == 0xff;
        return !(multicast || ip.Equals(IPAddress.Any) || ip.Equals(IPAddress.IPv6Any) || ip.Equals(IPAddress.Broadcast)
            || IPAddress.IsLoopback(ip) || (bool)IsLinkLocalUnicast(ip));
    }
}
