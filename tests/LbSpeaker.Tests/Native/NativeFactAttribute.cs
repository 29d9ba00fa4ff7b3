namespace LbSpeaker.Tests.Native;

/// <summary>A test of the binary that LBSPEAKER_BINARY names; skipped, with the reason, where it is not set.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class NativeFactAttribute : FactAttribute
{
    /// <param name="files">What the machine must have for it, besides root's powers.</param>
    public NativeFactAttribute(params string[] files) => Skip = NativeSkip.Reason(files);
}

/// <summary>As <see cref="NativeFactAttribute"/>, with rows.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class NativeTheoryAttribute : TheoryAttribute
{
    public NativeTheoryAttribute() => Skip = NativeSkip.Reason([]);
}

internal static class NativeSkip
{
    public static string? Reason(string[] files)
    {
        if (LbSpeakerProcess.Binary is null) return "LBSPEAKER_BINARY is not set: tools/test.sh sets it to the native binary";
        if (!File.Exists(LbSpeakerProcess.Binary)) return $"{LbSpeakerProcess.Binary} does not exist: run tools/build.sh";
        if (files.Length == 0) return null;
        if (!Environment.IsPrivilegedProcess) return "root is needed to take something away from the process";
        return files.FirstOrDefault(f => Found(f) is null) is { } missing ? $"{missing} is missing" : null;
    }

    /// <summary>The first place that has the file, links followed.</summary>
    public static string? Found(string file) => ((string[])["/usr/bin", "/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu"])
        .Select(directory => new FileInfo(Path.Combine(directory, file))).FirstOrDefault(f => f.Exists) is { } found ? (found.ResolveLinkTarget(returnFinalTarget: true) ?? found).FullName : null;
}
