using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace LbSpeaker.Tests.Image;

/// <summary>An OCI archive as a runtime reads it: every descriptor is followed, and its digest and size held to the blob.</summary>
internal sealed class OciLayout
{
    private readonly Dictionary<string, byte[]> files = [];

    public OciLayout(byte[] archive)
    {
        using TarReader tar = new(new MemoryStream(archive));
        while (tar.GetNextEntry() is { } entry)
        {
            Entries.Add(entry);
            if (entry.DataStream is { } data) files[entry.Name] = Read(data);
            else if (entry.EntryType == TarEntryType.RegularFile) files[entry.Name] = [];
        }
        Assert.Equal("1.0.0", Parse(files["oci-layout"])["imageLayoutVersion"]!.GetValue<string>());
        Index = Parse(files["index.json"]);
        Manifest = Parse(Blob(Index["manifests"]!.AsArray().Single()!, "manifest.v1+json"));
        Config = Parse(Blob(Manifest["config"]!, "config.v1+json"));
        Layers = [.. Manifest["layers"]!.AsArray().Select(l => Unzip(Blob(l!, "layer.v1.tar+gzip")))];
        Assert.Equal(Layers.Select(Digest), Config["rootfs"]!["diff_ids"]!.AsArray().Select(d => d!.GetValue<string>()));
        HashSet<string> named = [.. Manifest["layers"]!.AsArray().Append(Manifest["config"]).Append(Index["manifests"]![0]).Select(d => PathOf(d!))];
        Assert.Equal(named.Order(StringComparer.Ordinal), files.Keys.Where(f => f.StartsWith("blobs/", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
    }

    /// <summary>Of the archive itself.</summary>
    public List<TarEntry> Entries { get; } = [];

    public JsonObject Index { get; }

    public JsonObject Manifest { get; }

    public JsonObject Config { get; }

    /// <summary>As tar files, lowest first.</summary>
    public IReadOnlyList<byte[]> Layers { get; }

    /// <summary>The entries of all layers, in order.</summary>
    public IReadOnlyList<TarEntry> Content()
    {
        List<TarEntry> entries = [];
        foreach (byte[] layer in Layers)
        {
            using TarReader tar = new(new MemoryStream(layer));
            while (tar.GetNextEntry(copyData: true) is { } entry) entries.Add(entry);
        }
        return entries;
    }

    /// <summary>Lays the root file system out in a folder.</summary>
    public void Extract(string folder)
    {
        foreach (byte[] layer in Layers) TarFile.ExtractToDirectory(new MemoryStream(layer), folder, overwriteFiles: true);
    }

    private byte[] Blob(JsonNode descriptor, string type)
    {
        byte[] blob = files[PathOf(descriptor)];
        Assert.Equal(("application/vnd.oci.image." + type, descriptor["digest"]!.GetValue<string>(), descriptor["size"]!.GetValue<long>()), (descriptor["mediaType"]!.GetValue<string>(), Digest(blob), blob.LongLength));
        return blob;
    }

    private static string PathOf(JsonNode descriptor) => "blobs/" + descriptor["digest"]!.GetValue<string>().Replace(':', '/');

    private static string Digest(byte[] bytes) => "sha256:" + Convert.ToHexStringLower(SHA256.HashData(bytes));

    private static JsonObject Parse(byte[] json) => (JsonObject)JsonNode.Parse(json)!;

    private static byte[] Unzip(byte[] packed)
    {
        using GZipStream zip = new(new MemoryStream(packed), CompressionMode.Decompress);
        return Read(zip);
    }

    private static byte[] Read(Stream stream)
    {
        using MemoryStream copy = new();
        stream.CopyTo(copy);
        return copy.ToArray();
    }
}
