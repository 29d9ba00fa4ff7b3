using System.Text.RegularExpressions;
using LbSpeaker.Layer2.Claiming;

namespace LbSpeaker.Layer2;

/// <summary>Settings of the Layer 2 announcer.</summary>
public sealed record Layer2Options
{
    /// <summary>MetalLB's list: interfaces of container networks and virtual machines, by regular expression, not anchored.</summary>
    public static IReadOnlyList<string> DefaultExcludedInterfaces { get; } =
        ["^docker.*", "^cbr.*", "^dummy.*", "^virbr.*", "^lxcbr.*", "^veth.*", "^lo$", "^cali.*", "^tunl.*", "^flannel.*", "^kube-ipvs.*", "^cni.*", "^nodelocaldns.*", "^lxc.*"];

    /// <summary>Interfaces that are never used.</summary>
    public Regex ExcludedInterfaces { get; init; } = Join(DefaultExcludedInterfaces);

    public TimeSpan BurstLength { get; init; } = TimeSpan.FromSeconds(5);

    public TimeSpan BurstInterval { get; init; } = TimeSpan.FromMilliseconds(1100);

    /// <summary>Time between announcements after the burst, varied by a quarter up and down; zero turns them off.</summary>
    public TimeSpan RepeatInterval { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Over all addresses and interfaces; 1 and up.</summary>
    public int AnnouncementsPerSecond { get; init; } = 1000;

    /// <summary>How much of the pace may be caught up at once.</summary>
    public TimeSpan PaceWindow { get; init; } = TimeSpan.FromMilliseconds(20);

    /// <summary>How often the interfaces are looked at although the kernel reported nothing.</summary>
    public TimeSpan RescanInterval { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How soon an interface that could not be opened is tried again.</summary>
    public TimeSpan RetryInterval { get; init; } = TimeSpan.FromSeconds(1);

    public ClaimOptions Claims { get; init; } = new();

    /// <summary>One expression of many, any of which excludes.</summary>
    /// <exception cref="ArgumentException">One of them is no regular expression.</exception>
    public static Regex Join(IEnumerable<string> expressions) =>
        string.Join("|", expressions.Select(e => $"(?:{e})")) is { Length: > 0 } all ? new Regex(all, RegexOptions.CultureInvariant) : new Regex("(?!)");
}
