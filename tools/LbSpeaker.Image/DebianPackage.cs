namespace LbSpeaker.Image;

/// <summary>An unpacked Debian package.</summary>
/// <param name="Folder">Where its files lie as they would below /.</param>
internal sealed record DebianPackage(string Name, string Version, string Architecture, string Folder)
{
    /// <param name="folder">It has control, as dpkg-deb prints it, and files/.</param>
    public static DebianPackage Read(string folder)
    {
        Dictionary<string, string> fields = File.ReadLines(Path.Combine(folder, "control")).Where(l => !l.StartsWith(' ') && l.Contains(": ", StringComparison.Ordinal))
            .Select(l => l.Split(": ", 2)).ToDictionary(f => f[0], f => f[1], StringComparer.Ordinal);
        return new(fields["Package"], fields["Version"], fields["Architecture"], Path.Combine(folder, "files"));
    }

    /// <summary>The library of that name in the folders that the loader looks into, links followed; null where it has none.</summary>
    public string? Library(string name) => ((string[])["lib", "usr/lib"]).SelectMany(lib => (string[])[Path.Combine(Folder, lib), .. Multiarch.Select(m => Path.Combine(Folder, lib, m))])
        .Select(folder => Path.Combine(folder, name)).Where(File.Exists).Select(f => new FileInfo(f).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? f).FirstOrDefault(File.Exists);

    /// <summary>Its licences; the package that it shares them with where it is a link.</summary>
    public string? Copyright => Path.Combine(Folder, "usr/share/doc", Name, "copyright") is var file && File.Exists(file) ? file : null;

    private static readonly string[] Multiarch = ["x86_64-linux-gnu", "aarch64-linux-gnu"];
}
