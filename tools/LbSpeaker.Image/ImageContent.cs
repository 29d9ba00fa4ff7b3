using System.Security.Cryptography;
using System.Text;

namespace LbSpeaker.Image;

/// <summary>Where an image is made from.</summary>
/// <param name="Packages">A folder of unpacked Debian packages, of the binary's architecture.</param>
/// <param name="At">The time that everything is said to be of.</param>
internal sealed record ImageSource(string Binary, string Packages, string Assets, string Nuget, string License, string Version, DateTimeOffset At);

/// <summary>A file, a folder or a link of an image.</summary>
/// <param name="Path">Without the first slash.</param>
/// <param name="Bytes">Null for a folder and for a link.</param>
/// <param name="Link">Where a link leads; null for what is none.</param>
internal sealed record ImageEntry(string Path, byte[]? Bytes, string? Link, bool IsExecutable);

/// <summary>What is in an image: the binary, what it loads, who may run it, licences and the SBOM. There is no shell and no package manager.</summary>
internal sealed record ImageContent(
    string Version, string Architecture, DateTimeOffset At, IReadOnlyList<ImageEntry> Base, IReadOnlyList<ImageEntry> Program, IReadOnlyList<string> Libraries,
    IReadOnlyList<DebianPackage> Debian, IReadOnlyList<NugetPackage> Nuget, byte[] Sbom)
{
    public const string Entrypoint = "/usr/bin/lbspeaker", License = "Apache-2.0";

    /// <summary>Who it runs as where nobody says otherwise.</summary>
    public const int User = 65532;

    /// <summary>Loaded while it runs, so that no list in the binary names them: libpcap for packet sockets, OpenSSL for TLS.</summary>
    private static readonly string[] LoadedByName = ["libpcap.so.0.8", "libssl.so.3", "libcrypto.so.3"];

    /// <exception cref="InvalidDataException">A library is in no package, or a package has no licence.</exception>
    public static ImageContent Gather(ImageSource source)
    {
        ElfFile program = ElfFile.Read(source.Binary);
        string architecture = program.Architecture, multiarch = architecture == "amd64" ? "x86_64-linux-gnu" : "aarch64-linux-gnu";
        DebianPackage[] packages = [.. Directory.GetDirectories(source.Packages).Order(StringComparer.Ordinal).Select(DebianPackage.Read)];
        SortedDictionary<string, (DebianPackage Package, string File)> libraries = new(StringComparer.Ordinal);
        Queue<string> wanted = new([.. program.Needed, .. LoadedByName, Path.GetFileName(program.Interpreter ?? throw new InvalidDataException($"{source.Binary} is linked statically"))]);
        while (wanted.TryDequeue(out string? name))
        {
            if (libraries.ContainsKey(name)) continue;
            (DebianPackage package, string? file) = packages.Select(p => (p, p.Library(name))).FirstOrDefault(f => f.Item2 is not null);
            if (file is null) throw new InvalidDataException($"{name} is in none of the packages in {source.Packages}");
            ElfFile library = ElfFile.Read(file);
            if (library.Machine != program.Machine) throw new InvalidDataException($"{file} is for {library.Architecture}, the binary for {architecture}");
            libraries[name] = (package, file);
            foreach (string next in library.Needed) wanted.Enqueue(next);
        }
        DebianPackage[] used = [.. libraries.Values.Select(l => l.Package).Distinct().OrderBy(p => p.Name, StringComparer.Ordinal)];
        IReadOnlyList<NugetPackage> nuget = NugetPackage.Closure(source.Assets, source.Nuget);
        byte[] binary = File.ReadAllBytes(source.Binary);
        byte[] sbom = SpdxDocument.Write(source.Version, architecture, source.At, Convert.ToHexStringLower(SHA256.HashData(binary)), used, nuget);

        string loader = program.Interpreter.TrimStart('/');
        List<ImageEntry> below =
        [
            // Debian's layout: everything is below /usr.
            new("lib", null, "usr/lib", false), new("lib64", null, "usr/lib64", false),
            Text("etc/passwd", $"root:x:0:0:root:/:/nonexistent\nlbspeaker:x:{User}:{User}:LbSpeaker:/:/nonexistent\n"),
            Text("etc/group", $"root:x:0:\nlbspeaker:x:{User}:\n"),
        ];
        foreach ((string name, (_, string file)) in libraries)
            below.Add(new(name == Path.GetFileName(loader) ? "usr/" + loader : $"usr/lib/{multiarch}/{name}", File.ReadAllBytes(file), null, true));
        if (!loader.StartsWith("lib64/", StringComparison.Ordinal)) below.RemoveAll(e => e.Path == "lib64");
        foreach (DebianPackage package in used)
            below.Add(new($"usr/share/doc/{package.Name}/copyright", File.ReadAllBytes(CopyrightOf(package, packages)), null, false));
        List<ImageEntry> above = [new("usr/bin/lbspeaker", binary, null, true), new("usr/share/doc/lbspeaker/LICENSE", File.ReadAllBytes(source.License), null, false), new("usr/share/doc/lbspeaker/sbom.spdx.json", sbom, null, false)];
        // Most packages bring the same notices: each text is there once, with the first that brings it.
        above.AddRange(nuget.SelectMany(p => p.Texts.Select(t => new ImageEntry($"usr/share/doc/lbspeaker/nuget/{p.Id}/{Path.GetFileName(t)}", File.ReadAllBytes(t), null, false))).DistinctBy(e => Convert.ToHexString(SHA256.HashData(e.Bytes!))));
        return new(source.Version, architecture, source.At, WithFolders(below), WithFolders(above), [.. libraries.Keys], used, nuget, sbom);
    }

    /// <summary>A package that shares its documents with another one has a link there.</summary>
    private static string CopyrightOf(DebianPackage package, DebianPackage[] packages)
    {
        if (package.Copyright is { } own) return own;
        string? link = new FileInfo(Path.Combine(package.Folder, "usr/share/doc", package.Name)).LinkTarget;
        return packages.FirstOrDefault(p => p.Name == link)?.Copyright ?? throw new InvalidDataException($"the package {package.Name} says nothing of its licence");
    }

    private static ImageEntry Text(string path, string text) => new(path, Encoding.ASCII.GetBytes(text), null, false);

    private static IReadOnlyList<ImageEntry> WithFolders(List<ImageEntry> entries)
    {
        SortedDictionary<string, ImageEntry> all = new(StringComparer.Ordinal);
        foreach (ImageEntry entry in entries)
        {
            for (int at = entry.Path.IndexOf('/', StringComparison.Ordinal); at > 0; at = entry.Path.IndexOf('/', at + 1)) all[entry.Path[..at]] = new(entry.Path[..at], null, null, true);
            all[entry.Path] = entry;
        }
        return [.. all.Values];
    }
}
