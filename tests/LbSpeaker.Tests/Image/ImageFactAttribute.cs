namespace LbSpeaker.Tests.Image;

/// <summary>A test of the archive that LBSPEAKER_IMAGE names; skipped where it is not set.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ImageFactAttribute : FactAttribute
{
    public ImageFactAttribute() => Skip = Archive is null ? "LBSPEAKER_IMAGE is not set: tools/test.sh sets it to the archive that tools/image.sh makes"
        : !Environment.IsPrivilegedProcess ? "root is needed for a root folder of one's own" : null;

    internal static string? Archive { get; } = Environment.GetEnvironmentVariable("LBSPEAKER_IMAGE") is { Length: > 0 } path ? Path.GetFullPath(path, Repository.Root) : null;
}
