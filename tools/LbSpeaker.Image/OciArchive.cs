using System.Formats.Tar;
using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace LbSpeaker.Image;

/// <summary>An OCI image layout in one tar file (OCI image specification 1.1), the same octets for the same content.</summary>
internal static class OciArchive
{
    private const string Vendor = "application/vnd.oci.image.";

    private const UnixFileMode Readable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private const UnixFileMode Executable = Readable | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    public static byte[] Write(ImageContent content)
    {
        SortedDictionary<string, byte[]> blobs = new(StringComparer.Ordinal);
        // What changes seldom lies below what changes with each version, so that an update is one layer.
        (JsonObject Descriptor, string DiffId)[] layers = [.. ((IReadOnlyList<ImageEntry>[])[content.Base, content.Program]).Select(entries => Layer(entries, content.At, blobs))];
        string created = content.At.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        JsonObject config = Blob("config.v1+json", Json(new()
        {
            ["created"] = created,
            ["architecture"] = content.Architecture,
            ["os"] = "linux",
            ["config"] = new JsonObject
            {
                ["User"] = $"{ImageContent.User}:{ImageContent.User}",
                ["Env"] = new JsonArray("PATH=/usr/bin"),
                ["Entrypoint"] = new JsonArray(ImageContent.Entrypoint),
                ["WorkingDir"] = "/",
                ["Labels"] = new JsonObject { ["org.opencontainers.image.title"] = "lbspeaker", ["org.opencontainers.image.version"] = content.Version, ["org.opencontainers.image.licenses"] = ImageContent.License },
            },
            ["rootfs"] = new JsonObject { ["type"] = "layers", ["diff_ids"] = new JsonArray([.. layers.Select(l => (JsonNode)l.DiffId)]) },
            ["history"] = new JsonArray([.. ((string[])["libraries", "lbspeaker"]).Select(l => (JsonNode)new JsonObject { ["created"] = created, ["created_by"] = "lbspeaker-image", ["comment"] = l })]),
        }), blobs);
        JsonObject manifest = Blob("manifest.v1+json", Json(new()
        {
            ["schemaVersion"] = 2, ["mediaType"] = Vendor + "manifest.v1+json", ["config"] = config, ["layers"] = new JsonArray([.. layers.Select(l => (JsonNode)l.Descriptor)]),
        }), blobs);
        manifest["platform"] = new JsonObject { ["architecture"] = content.Architecture, ["os"] = "linux" };
        // The names by which podman and skopeo, and containerd, know it after an import.
        manifest["annotations"] = new JsonObject { ["io.containerd.image.name"] = $"docker.io/library/lbspeaker:{content.Version}", ["org.opencontainers.image.ref.name"] = content.Version };
        byte[] index = Json(new() { ["schemaVersion"] = 2, ["mediaType"] = Vendor + "index.v1+json", ["manifests"] = new JsonArray(manifest) });
        return Tar(
        [
            new("blobs", null, null, true), new("blobs/sha256", null, null, true), .. blobs.Select(b => new ImageEntry("blobs/sha256/" + b.Key, b.Value, null, false)),
            new("index.json", index, null, false), new("oci-layout", Json(new() { ["imageLayoutVersion"] = "1.0.0" }), null, false),
        ], content.At);
    }

    private static (JsonObject Descriptor, string DiffId) Layer(IReadOnlyList<ImageEntry> entries, DateTimeOffset at, SortedDictionary<string, byte[]> blobs)
    {
        byte[] tar = Tar(entries, at);
        using MemoryStream packed = new();
        using (GZipStream zip = new(packed, CompressionLevel.SmallestSize, leaveOpen: true)) zip.Write(tar);
        return (Blob("layer.v1.tar+gzip", packed.ToArray(), blobs), "sha256:" + Hash(tar));
    }

    private static JsonObject Blob(string type, byte[] bytes, SortedDictionary<string, byte[]> blobs)
    {
        string hash = Hash(bytes);
        blobs[hash] = bytes;
        return new() { ["mediaType"] = Vendor + type, ["digest"] = "sha256:" + hash, ["size"] = bytes.Length };
    }

    private static byte[] Tar(IEnumerable<ImageEntry> entries, DateTimeOffset at)
    {
        using MemoryStream stream = new();
        using (TarWriter tar = new(stream, TarEntryFormat.Ustar, leaveOpen: true))
            foreach ((string path, byte[]? bytes, string? link, bool isExecutable) in entries)
            {
                TarEntryType type = bytes is not null ? TarEntryType.RegularFile : link is not null ? TarEntryType.SymbolicLink : TarEntryType.Directory;
                UstarTarEntry entry = new(type, type == TarEntryType.Directory ? path + "/" : path) { ModificationTime = at, Mode = isExecutable || link is not null ? Executable : Readable, Uid = 0, Gid = 0 };
                if (link is not null) entry.LinkName = link;
                if (bytes is not null) entry.DataStream = new MemoryStream(bytes);
                tar.WriteEntry(entry);
            }
        return stream.ToArray();
    }

    private static string Hash(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    private static byte[] Json(JsonObject json) => JsonSerializer.SerializeToUtf8Bytes(json);
}
