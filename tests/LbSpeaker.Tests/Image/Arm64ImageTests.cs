using System.Formats.Tar;
using LbSpeaker.Image;
using LbSpeaker.Testing.Network;
using LbSpeaker.Tests.Native;

namespace LbSpeaker.Tests.Image;

/// <summary>A test of the archive that LBSPEAKER_IMAGE_ARM64 names; skipped, with the reason, where it is not set.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class Arm64ImageFactAttribute : FactAttribute
{
    public Arm64ImageFactAttribute() => Skip =
        Archive is null ? "LBSPEAKER_IMAGE_ARM64 is not set: tools/test.sh sets it where RID=linux-arm64 tools/image.sh has made an image of these sources"
        : !Command.Exists("qemu-aarch64-static") ? "the command qemu-aarch64-static is missing (package qemu-user-static)" : null;

    internal static string? Archive { get; } = Environment.GetEnvironmentVariable("LBSPEAKER_IMAGE_ARM64") is { Length: > 0 } path ? Path.GetFullPath(path, Repository.Root) : null;
}

/// <summary>The image for a processor that this machine need not have, under emulation.</summary>
public sealed class Arm64ImageTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("lbspeaker-arm64-").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Arm64ImageFact]
    public async Task All_in_it_is_of_that_processor_and_its_binary_answers()
    {
        OciLayout layout = new(File.ReadAllBytes(Arm64ImageFactAttribute.Archive!));
        Assert.Equal(("arm64", "arm64"), (layout.Config["architecture"]!.GetValue<string>(), layout.Index["manifests"]![0]!["platform"]!["architecture"]!.GetValue<string>()));
        layout.Extract(root);
        string[] programs = [.. layout.Content().Where(e => e.EntryType == TarEntryType.RegularFile).Select(e => Path.Combine(root, e.Name)).Where(IsElf)];
        string binary = root + ImageContent.Entrypoint;
        Assert.Contains(binary, programs);
        Assert.True(programs.Length > 5, "its libraries are in it");
        Assert.All(programs, p => Assert.Equal("arm64", ElfFile.Read(p).Architecture));
        Assert.Equal("/lib/ld-linux-aarch64.so.1", ElfFile.Read(binary).Interpreter);

        string version = File.ReadAllText(Repository.PathOf("Directory.Build.props")).Split("<Version>")[1].Split('<')[0];
        Assert.Equal(new Ending(0, $"lbspeaker {version}\n", ""), await RunAsync("version"));
        string sample = Repository.PathOf("samples", "dual-stack-two-pools");
        Assert.Equal(new Ending(0, await File.ReadAllTextAsync(Path.Combine(sample, "plan.txt")), ""), await RunAsync("plan", "--from", sample));

        Task<Ending> RunAsync(params string[] arguments) => LbSpeakerProcess.RunCommandAsync(["qemu-aarch64-static", "-L", root, binary, .. arguments]);
    }

    private static bool IsElf(string file)
    {
        Span<byte> begin = stackalloc byte[4];
        using FileStream stream = File.OpenRead(file);
        return stream.ReadAtLeast(begin, begin.Length, throwOnEndOfStream: false) == begin.Length && begin.SequenceEqual("\u007fELF"u8);
    }
}
