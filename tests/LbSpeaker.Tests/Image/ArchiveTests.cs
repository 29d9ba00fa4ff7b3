using System.Formats.Tar;
using System.Text.Json.Nodes;
using LbSpeaker.Image;

namespace LbSpeaker.Tests.Image;

/// <summary>How an archive is written, with content made up.</summary>
public sealed class ArchiveTests
{
    private static readonly DateTimeOffset At = DateTimeOffset.FromUnixTimeSeconds(1_700_000_000);

    private static ImageContent Content => new(
        "1.2.3", "amd64", At, [new("etc", null, null, true), new("etc/passwd", "root"u8.ToArray(), null, false), new("lib", null, "usr/lib", false)],
        [new("usr", null, null, true), new("usr/lbspeaker", new byte[100_000], null, true)], ["libc.so.6"], [], [], "{}"u8.ToArray());

    [Fact]
    public void The_same_content_makes_the_same_octets_and_another_time_others()
    {
        byte[] once = OciArchive.Write(Content);
        Assert.Equal(once, OciArchive.Write(Content));
        Assert.NotEqual(once, OciArchive.Write(Content with { At = At.AddSeconds(1) }));
    }

    [Fact]
    public void Every_digest_is_right_and_every_entry_is_of_root_and_of_the_time_given()
    {
        OciLayout layout = new(OciArchive.Write(Content));
        Assert.Equal(2, layout.Layers.Count);
        Assert.All(layout.Entries.Concat(layout.Content()), e => Assert.Equal((0, 0, At), (e.Uid, e.Gid, e.ModificationTime)));
        Assert.Equal(
            ["etc/ Directory 755", "etc/passwd RegularFile 644", "lib SymbolicLink 755", "usr/ Directory 755", "usr/lbspeaker RegularFile 755"],
            layout.Content().Select(e => $"{e.Name} {e.EntryType} {Convert.ToString((int)e.Mode, 8)}"));
        Assert.Equal(("amd64", "linux", "2023-11-14T22:13:20Z"), (Text(layout.Config["architecture"]), Text(layout.Config["os"]), Text(layout.Config["created"])));
        Assert.Equal("docker.io/library/lbspeaker:1.2.3", Text(layout.Index["manifests"]![0]!["annotations"]!["io.containerd.image.name"]));
    }

    [Theory]
    [InlineData("libc.so.6", null)]
    [InlineData("libcrypto.so.3", null)]
    public void A_library_says_what_it_needs(string name, string? interpreter)
    {
        string? file = ((string[])["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu"]).Select(f => Path.Combine(f, name)).FirstOrDefault(File.Exists);
        if (file is null) return;
        ElfFile elf = ElfFile.Read(file);
        Assert.Contains(elf.Needed, n => n.StartsWith(name == "libc.so.6" ? "ld-linux" : "libc.so.6", StringComparison.Ordinal));
        if (name != "libc.so.6") Assert.Equal(interpreter, elf.Interpreter);
        Assert.Contains(elf.Architecture, (string[])["amd64", "arm64"]);
    }

    [Fact]
    public void A_program_says_how_it_is_loaded_and_what_is_none_is_refused()
    {
        Assert.StartsWith("/lib", ElfFile.Read(Path.Combine(AppContext.BaseDirectory, "lbspeaker")).Interpreter, StringComparison.Ordinal);
        Assert.Throws<InvalidDataException>(() => ElfFile.Read(Repository.PathOf("LICENSE")));
    }

    [Fact]
    public void The_bill_names_each_package_once_and_tells_how_it_is_linked()
    {
        JsonNode bill = JsonNode.Parse(SpdxDocument.Write("1.2.3", "amd64", At, "00ff", [new("libpcap0.8", "1.10.3-1", "amd64", "/")], [new("SharpPcap", "6.3.1", "MIT", []), new("Odd", "1.0", null, [])]))!;
        Assert.Equal(
            ["SPDXRef-lbspeaker lbspeaker 1.2.3 Apache-2.0 pkg:oci/lbspeaker@1.2.3?arch=amd64", "SPDXRef-nuget-SharpPcap SharpPcap 6.3.1 MIT pkg:nuget/SharpPcap@6.3.1",
                "SPDXRef-nuget-Odd Odd 1.0 NOASSERTION pkg:nuget/Odd@1.0", "SPDXRef-deb-libpcap0.8 libpcap0.8 1.10.3-1 NOASSERTION pkg:deb/debian/libpcap0.8@1.10.3-1?arch=amd64"],
            bill["packages"]!.AsArray().Select(p => $"{p!["SPDXID"]} {p["name"]} {p["versionInfo"]} {p["licenseDeclared"]} {p["externalRefs"]![0]!["referenceLocator"]}"));
        Assert.Equal(
            ["SPDXRef-DOCUMENT DESCRIBES SPDXRef-lbspeaker", "SPDXRef-lbspeaker STATIC_LINK SPDXRef-nuget-SharpPcap", "SPDXRef-lbspeaker STATIC_LINK SPDXRef-nuget-Odd", "SPDXRef-lbspeaker DYNAMIC_LINK SPDXRef-deb-libpcap0.8"],
            bill["relationships"]!.AsArray().Select(r => $"{r!["spdxElementId"]} {r["relationshipType"]} {r["relatedSpdxElement"]}"));
        Assert.Equal("00ff", Text(bill["packages"]![0]!["checksums"]![0]!["checksumValue"]));
    }

    private static string Text(JsonNode? node) => node!.GetValue<string>();
}
