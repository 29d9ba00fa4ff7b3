using System.CommandLine;
using LbSpeaker.Image;

Option<FileInfo> binary = new("--binary") { Description = "The native lbspeaker.", Required = true };
Option<DirectoryInfo> packages = new("--packages") { Description = "Unpacked Debian packages, one a folder: control, and files/.", Required = true };
Option<FileInfo> assets = new("--assets") { Description = "project.assets.json of the build.", Required = true };
Option<DirectoryInfo> nuget = new("--nuget") { Description = "The folder of NuGet's packages.", Required = true };
Option<FileInfo> license = new("--license") { Description = "The licence of LbSpeaker.", Required = true };
Option<string> version = new("--image-version") { Description = "Version and tag.", Required = true };
Option<long> epoch = new("--epoch") { Description = "The time that everything is said to be of, in seconds since 1970.", DefaultValueFactory = _ => 0 };
Option<FileInfo> output = new("--output") { Description = "The archive to write; the SBOM is written beside it, with .spdx.json after its name.", Required = true };
RootCommand command = new("Packs lbspeaker, the libraries that it needs, their licences and an SBOM into an OCI archive.") { binary, packages, assets, nuget, license, version, epoch, output };
command.SetAction(parsed =>
{
    try
    {
        ImageContent content = ImageContent.Gather(new(
            parsed.GetValue(binary)!.FullName, parsed.GetValue(packages)!.FullName, parsed.GetValue(assets)!.FullName, parsed.GetValue(nuget)!.FullName, parsed.GetValue(license)!.FullName,
            parsed.GetValue(version)!, DateTimeOffset.FromUnixTimeSeconds(parsed.GetValue(epoch))));
        string archive = parsed.GetValue(output)!.FullName;
        File.WriteAllBytes(archive + ".spdx.json", content.Sbom);
        File.WriteAllBytes(archive, OciArchive.Write(content));
        Console.WriteLine($"{archive}: {new FileInfo(archive).Length / 1000} kB, {content.Libraries.Count} libraries of {content.Debian.Count} Debian packages, {content.Nuget.Count} NuGet packages");
        return 0;
    }
    catch (Exception failure) when (failure is InvalidDataException or IOException)
    {
        Console.Error.WriteLine($"lbspeaker-image: {failure.Message}");
        return 2;
    }
});
return command.Parse(args).Invoke();
