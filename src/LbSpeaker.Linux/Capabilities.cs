using System.Globalization;

namespace LbSpeaker.Linux;

/// <summary>What this process may do (capabilities(7)).</summary>
public static class Capabilities
{
    public const int NetRaw = 13;

    /// <summary>The capability is in the effective set.</summary>
    public static bool Has(int capability)
    {
        foreach (string line in File.ReadLines("/proc/self/status"))
            if (line.StartsWith("CapEff:", StringComparison.Ordinal))
                return (ulong.Parse(line.AsSpan(7).Trim(), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture) >> capability & 1) == 1;
        return false;
    }
}
