namespace LbSpeaker.Interop.Tests.Bfd;

/// <summary>What the machine must have; a test without it is skipped and says why.</summary>
internal static class Needs
{
    public const string Frr = "/usr/lib/frr/bfdd", Bird = "/usr/sbin/bird";

    public static string? Missing { get; } =
        Environment.UserName != "root" ? "network namespaces need root"
        : !File.Exists(Frr) ? "bfdd is missing: install the package frr"
        : !File.Exists(Bird) ? "bird is missing: install the package bird2"
        : null;
}

[AttributeUsage(AttributeTargets.Method)]
public sealed class BfdFactAttribute : FactAttribute
{
    public BfdFactAttribute() => Skip = Needs.Missing;
}

[AttributeUsage(AttributeTargets.Method)]
public sealed class BfdTheoryAttribute : TheoryAttribute
{
    public BfdTheoryAttribute() => Skip = Needs.Missing;
}
