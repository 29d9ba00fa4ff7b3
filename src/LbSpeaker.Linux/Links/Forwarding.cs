using LbSpeaker.Core.Net;

namespace LbSpeaker.Linux.Links;

/// <summary>Whether this network namespace forwards packets (ip-sysctl).</summary>
public static class Forwarding
{
    /// <param name="interface">Where they come in; null asks for all. IPv6 has one switch for all.</param>
    public static bool IsOn(IpFamily family, string? @interface)
    {
        string path = family == IpFamily.IPv4 ? $"/proc/sys/net/ipv4/conf/{@interface ?? "all"}/forwarding" : "/proc/sys/net/ipv6/conf/all/forwarding";
        return File.Exists(path) && File.ReadAllText(path).AsSpan().Trim() is "1";
    }
}
