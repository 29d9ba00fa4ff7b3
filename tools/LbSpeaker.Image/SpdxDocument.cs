using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace LbSpeaker.Image;

/// <summary>The bill of materials: SPDX 2.3 as JSON.</summary>
internal static class SpdxDocument
{
    private const string Program = "SPDXRef-lbspeaker";

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <param name="hash">SHA-256 of the binary, in hex.</param>
    public static byte[] Write(string version, string architecture, DateTimeOffset at, string hash, IReadOnlyList<DebianPackage> debian, IReadOnlyList<NugetPackage> nuget)
    {
        JsonArray packages =
        [
            Package(Program, "lbspeaker", version, ImageContent.License, $"pkg:oci/lbspeaker@{version}?arch={architecture}", new JsonArray(new JsonObject { ["algorithm"] = "SHA256", ["checksumValue"] = hash })),
        ];
        JsonArray relationships = [Relationship("SPDXRef-DOCUMENT", "DESCRIBES", Program)];
        foreach (NugetPackage package in nuget)
        {
            string id = IdOf("nuget", package.Id);
            packages.Add((JsonNode)Package(id, package.Id, package.Version, package.License, $"pkg:nuget/{package.Id}@{package.Version}"));
            relationships.Add((JsonNode)Relationship(Program, "STATIC_LINK", id));
        }
        foreach (DebianPackage package in debian)
        {
            string id = IdOf("deb", package.Name);
            packages.Add((JsonNode)Package(id, package.Name, package.Version, null, $"pkg:deb/debian/{package.Name}@{Uri.EscapeDataString(package.Version)}?arch={package.Architecture}"));
            relationships.Add((JsonNode)Relationship(Program, "DYNAMIC_LINK", id));
        }
        return JsonSerializer.SerializeToUtf8Bytes(new JsonObject
        {
            ["spdxVersion"] = "SPDX-2.3",
            ["dataLicense"] = "CC0-1.0",
            ["SPDXID"] = "SPDXRef-DOCUMENT",
            ["name"] = $"lbspeaker-{version}-{architecture}",
            ["documentNamespace"] = $"https://lbspeaker.io/spdx/{version}/{architecture}/{hash}",
            ["comment"] = "Licences of Debian packages are in the image, in /usr/share/doc/PACKAGE/copyright.",
            ["creationInfo"] = new JsonObject { ["created"] = at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture), ["creators"] = new JsonArray("Tool: lbspeaker-image") },
            ["packages"] = packages,
            ["relationships"] = relationships,
        }, Indented);
    }

    private static JsonObject Package(string id, string name, string version, string? license, string purl, JsonArray? checksums = null)
    {
        JsonObject package = new()
        {
            ["SPDXID"] = id, ["name"] = name, ["versionInfo"] = version, ["downloadLocation"] = "NOASSERTION", ["filesAnalyzed"] = false,
            ["licenseConcluded"] = "NOASSERTION", ["licenseDeclared"] = license ?? "NOASSERTION", ["copyrightText"] = "NOASSERTION",
            ["externalRefs"] = new JsonArray(new JsonObject { ["referenceCategory"] = "PACKAGE-MANAGER", ["referenceType"] = "purl", ["referenceLocator"] = purl }),
        };
        if (checksums is not null) package["checksums"] = checksums;
        return package;
    }

    private static JsonObject Relationship(string from, string type, string to) => new() { ["spdxElementId"] = from, ["relationshipType"] = type, ["relatedSpdxElement"] = to };

    /// <summary>An identifier has letters, digits, dots and dashes (SPDX 2.3 section 7.2).</summary>
    private static string IdOf(string kind, string name) => $"SPDXRef-{kind}-{string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' ? c : '-'))}";
}
