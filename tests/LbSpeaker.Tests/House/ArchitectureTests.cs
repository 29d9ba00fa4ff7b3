using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace LbSpeaker.Tests.House;

/// <summary>Which room may know which: the table in src/README.md.</summary>
public sealed partial class ArchitectureTests
{
    private static readonly Dictionary<string, string[]> MayReference = new()
    {
        ["LbSpeaker.Core"] = [],
        ["LbSpeaker.Linux"] = ["LbSpeaker.Core"],
        ["LbSpeaker.Layer2"] = ["LbSpeaker.Core", "LbSpeaker.Linux"],
        ["LbSpeaker.Bgp"] = ["LbSpeaker.Core", "LbSpeaker.Linux"],
        ["LbSpeaker.Bfd"] = ["LbSpeaker.Core", "LbSpeaker.Linux"],
        ["LbSpeaker.Heartbeat"] = ["LbSpeaker.Core", "LbSpeaker.Linux", "LbSpeaker.Bfd"],
        ["LbSpeaker.Kubernetes"] = ["LbSpeaker.Core"],
        ["LbSpeaker"] = ["LbSpeaker.Core", "LbSpeaker.Linux", "LbSpeaker.Layer2", "LbSpeaker.Bgp", "LbSpeaker.Bfd", "LbSpeaker.Heartbeat", "LbSpeaker.Kubernetes"],
    };

    /// <summary>Namespaces of Core that a room may name; what is not listed may name all.</summary>
    private static readonly Dictionary<string, string[]> MayName = new()
    {
        ["LbSpeaker.Linux"] = ["Net"],
        ["LbSpeaker.Layer2"] = ["Net", "Values", "Announcement", "Reports"],
        ["LbSpeaker.Bgp"] = ["Net", "Values", "Announcement", "Reports"],
        ["LbSpeaker.Bfd"] = ["Net", "Values", "Reports"],
        ["LbSpeaker.Heartbeat"] = ["Net", "Values", "Reports"],
    };

    public static TheoryData<string> Rooms() => [.. Directory.GetDirectories(Repository.PathOf("src")).Select(d => Path.GetFileName(d)!).Order(StringComparer.Ordinal)];

    /// <summary>Besides dotfiles, and <c>out</c>, which is built: whoever opens the repository finds these and nothing else.</summary>
    [Fact]
    public void The_top_level_is_what_it_was() => Assert.Equal(
        ["Directory.Build.props", "Directory.Packages.props", "LICENSE", "LbSpeaker.sln", "README.md", "manifests", "samples", "src", "tests", "tools"],
        Directory.GetFileSystemEntries(Repository.PathOf()).Select(e => Path.GetFileName(e)!).Where(n => n[0] != '.' && n != "out").Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Rooms))]
    public void A_room_references_only_what_it_may(string room)
    {
        XDocument project = XDocument.Load(Repository.PathOf("src", room, room + ".csproj"));
        IEnumerable<string> referenced = project.Descendants("ProjectReference").Select(r => Path.GetFileNameWithoutExtension(r.Attribute("Include")!.Value));
        Assert.Empty(referenced.Except(MayReference[room]));
        if (room == "LbSpeaker.Core") Assert.Empty(project.Descendants("PackageReference"));
    }

    [Theory]
    [MemberData(nameof(Rooms))]
    public void A_room_names_only_the_parts_of_Core_that_it_may(string room)
    {
        if (!MayName.TryGetValue(room, out string[]? parts)) return;
        foreach ((string file, string text) in Sources(room))
            foreach (Match name in CoreUsing().Matches(text))
                Assert.True(parts.Contains(name.Groups[1].Value), $"{file} names LbSpeaker.Core.{name.Groups[1].Value}");
    }

    [Theory]
    [MemberData(nameof(Rooms))]
    public void Kubernetes_types_stay_in_their_room_and_system_calls_in_theirs(string room)
    {
        foreach ((string file, string text) in Sources(room))
        {
            Assert.True(room == "LbSpeaker.Kubernetes" || !K8sUsing().IsMatch(text), $"{file} names k8s");
            Assert.True(room == "LbSpeaker.Linux" || !SystemCall().IsMatch(text), $"{file} calls into native code");
        }
    }

    private static IEnumerable<(string File, string Text)> Sources(string room)
    {
        string[] files = [.. Directory.GetFiles(Repository.PathOf("src", room), "*.cs", SearchOption.AllDirectories).Where(f => !f.Contains("/obj/", StringComparison.Ordinal))];
        Assert.NotEmpty(files);
        return files.Select(f => (Path.GetRelativePath(Repository.Root, f), File.ReadAllText(f)));
    }

    [GeneratedRegex(@"LbSpeaker\.Core\.(\w+)")]
    private static partial Regex CoreUsing();

    [GeneratedRegex(@"\busing k8s\b|\bk8s\.")]
    private static partial Regex K8sUsing();

    [GeneratedRegex(@"\bDllImport\b|\bLibraryImport\b|\bunsafe\b")]
    private static partial Regex SystemCall();
}
