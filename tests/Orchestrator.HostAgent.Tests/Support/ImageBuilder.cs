using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Orchestrator.HostAgent.Tests.Support;

/// <summary>Writes an OCI image layout, also a wrong one.</summary>
internal sealed class ImageBuilder(string directory)
{
    private readonly JsonArray _layers = [];
    private readonly JsonArray _diffIds = [];

    public JsonObject Config { get; } = [];

    public string PathOf(string digest) => Path.Combine(directory, "blobs", "sha256", digest["sha256:".Length..]);

    public static byte[] Tar(params TarEntry[] entries)
    {
        using var stream = new MemoryStream();
        using (var writer = new TarWriter(stream, TarEntryFormat.Pax, leaveOpen: true))
        {
            foreach (var entry in entries)
            {
                writer.WriteEntry(entry);
            }
        }

        return stream.ToArray();
    }

    public static PaxTarEntry AFile(string name, string content) =>
        new(TarEntryType.RegularFile, name)
        {
            DataStream = new MemoryStream(Encoding.UTF8.GetBytes(content)),
            Mode = (UnixFileMode)0x1ED,
        };

    public static PaxTarEntry ADirectory(string name) =>
        new(TarEntryType.Directory, name) { Mode = (UnixFileMode)0x1ED };

    public static PaxTarEntry ALink(string name, string target) =>
        new(TarEntryType.SymbolicLink, name) { LinkName = target };

    public static PaxTarEntry AHardLink(string name, string target) =>
        new(TarEntryType.HardLink, name) { LinkName = target };

    public ImageBuilder WithLayer(byte[] tar, bool isGzip)
    {
        var blob = isGzip ? Compress(tar) : tar;
        _layers.Add(
            Descriptor(
                isGzip ? "application/vnd.oci.image.layer.v1.tar+gzip" : "application/vnd.oci.image.layer.v1.tar",
                blob
            )
        );
        _diffIds.Add(DigestOf(tar));
        return this;
    }

    public ImageBuilder WithForgedDiffId(string diffId)
    {
        _diffIds[^1] = diffId;
        return this;
    }

    /// <summary>Its reference by digest.</summary>
    public string Build()
    {
        Directory.CreateDirectory(directory);
        File.WriteAllText(Path.Combine(directory, "oci-layout"), """{"imageLayoutVersion":"1.0.0"}""");
        var image = new JsonObject
        {
            ["architecture"] = "amd64",
            ["os"] = "linux",
            ["config"] = Config,
            ["rootfs"] = new JsonObject { ["type"] = "layers", ["diff_ids"] = _diffIds },
        };
        var manifest = new JsonObject
        {
            ["schemaVersion"] = 2,
            ["mediaType"] = "application/vnd.oci.image.manifest.v1+json",
            ["config"] = Descriptor("application/vnd.oci.image.config.v1+json", Json(image)),
            ["layers"] = _layers,
        };
        return $"test@{(string?)Descriptor("application/vnd.oci.image.manifest.v1+json", Json(manifest))["digest"]}";
    }

    private JsonObject Descriptor(string mediaType, byte[] content)
    {
        var digest = DigestOf(content);
        Directory.CreateDirectory(Path.GetDirectoryName(PathOf(digest))!);
        File.WriteAllBytes(PathOf(digest), content);
        return new JsonObject
        {
            ["mediaType"] = mediaType,
            ["digest"] = digest,
            ["size"] = content.Length,
        };
    }

    public static string DigestOf(byte[] content) => "sha256:" + Convert.ToHexStringLower(SHA256.HashData(content));

    private static byte[] Json(JsonNode node) => JsonSerializer.SerializeToUtf8Bytes(node);

    private static byte[] Compress(byte[] content)
    {
        using var stream = new MemoryStream();
        using (var gzip = new GZipStream(stream, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(content);
        }

        return stream.ToArray();
    }
}
