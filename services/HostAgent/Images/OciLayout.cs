using System.Runtime.InteropServices;
using System.Text.Json;

namespace Orchestrator.HostAgent.Images;

/// <summary>An OCI image layout directory: <c>oci-layout</c>, <c>index.json</c> and <c>blobs/sha256</c>.</summary>
internal sealed class OciLayout(string directory)
{
    /// <summary>Manifests and configs are a few kilobytes; registries refuse manifests above this size too.</summary>
    private const int MaxDocumentBytes = 4 * 1024 * 1024;

    /// <summary>Docker builds no more, and no overlay would stack more.</summary>
    private const int MaxLayers = 127;

    /// <summary>A source is a layout itself or holds layouts; only these two levels are looked at.</summary>
    public static OciLayout? Find(IEnumerable<string> sources, Sha256Digest manifest) =>
        sources
            .Where(Directory.Exists)
            .SelectMany(source => Directory.EnumerateDirectories(source).Order(StringComparer.Ordinal).Prepend(source))
            .Where(candidate => File.Exists(Path.Combine(candidate, "oci-layout")))
            .Select(candidate => new OciLayout(candidate))
            .FirstOrDefault(layout => File.Exists(layout.PathOf(manifest)));

    public string PathOf(Sha256Digest blob) => Path.Combine(directory, "blobs", "sha256", blob.Hex);

    /// <exception cref="ImageRefusedException">A document is missing, damaged or not what it says.</exception>
    public ImageContent Read(Sha256Digest manifestDigest)
    {
        var manifest = ReadManifest(manifestDigest);
        var config = Sha256Digest.Parse(manifest.Config?.Digest);
        var image = Parse(ReadDocument(config, manifest.Config?.Size), OciJson.Default.OciImage);
        var layers = manifest.Layers ?? [];
        var diffIds = image.Rootfs?.DiffIds ?? [];
        if (layers.Count > MaxLayers)
        {
            throw new ImageRefusedException($"The image has {layers.Count} layers; {MaxLayers} are allowed.");
        }

        if (layers.Count != diffIds.Count)
        {
            throw new ImageRefusedException($"The manifest has {layers.Count} layers, its config {diffIds.Count}.");
        }

        return new ImageContent(
            [.. layers.Zip(diffIds, (layer, diffId) => ImageLayer.From(layer, Sha256Digest.Parse(diffId)))],
            image.Config ?? OciImageConfig.Empty,
            config
        );
    }

    private OciManifest ReadManifest(Sha256Digest digest)
    {
        var manifest = Parse(ReadDocument(digest, expectedSize: null), OciJson.Default.OciManifest);
        if (manifest.Manifests is not { } choices)
        {
            return manifest;
        }

        var architecture = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "arm64" : "amd64";
        var chosen =
            choices.FirstOrDefault(choice =>
                choice.Platform is { Os: "linux" } platform
                && string.Equals(platform.Architecture, architecture, StringComparison.Ordinal)
            ) ?? throw new ImageRefusedException($"The image has no variant for linux/{architecture}.");
        var inner = Parse(ReadDocument(Sha256Digest.Parse(chosen.Digest), chosen.Size), OciJson.Default.OciManifest);
        return inner.Manifests is null
            ? inner
            : throw new ImageRefusedException("An index of indexes is not an image.");
    }

    private byte[] ReadDocument(Sha256Digest digest, long? expectedSize)
    {
        var file = new FileInfo(PathOf(digest));
        if (!file.Exists)
        {
            throw new ImageRefusedException($"Blob {digest} is missing.");
        }

        if (file.Length > MaxDocumentBytes || (expectedSize is { } size && file.Length != size))
        {
            throw new ImageRefusedException($"Blob {digest} has {file.Length} bytes, which is not what it should be.");
        }

        var content = File.ReadAllBytes(file.FullName);
        return Sha256Digest.Of(content) == digest
            ? content
            : throw new ImageRefusedException($"Blob {digest} has another digest: it is damaged or forged.");
    }

    private static T Parse<T>(byte[] content, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(content, type)
                ?? throw new ImageRefusedException("A document of the image is empty.");
        }
        catch (JsonException e)
        {
            throw new ImageRefusedException($"A document of the image is malformed: {e.Message}");
        }
    }
}

/// <param name="ConfigDigest">Of the blob that <paramref name="Config"/> was read from.</param>
internal sealed record ImageContent(IReadOnlyList<ImageLayer> Layers, OciImageConfig Config, Sha256Digest ConfigDigest)
{
    /// <summary>Identifies the unpacked files: images that differ in their config only share them.</summary>
    public Sha256Digest FilesDigest =>
        Sha256Digest.Of(System.Text.Encoding.ASCII.GetBytes(string.Join('\n', Layers.Select(layer => layer.DiffId))));
}

/// <param name="DiffId">Digest of the uncompressed archive.</param>
internal sealed record ImageLayer(Sha256Digest Blob, long Size, Sha256Digest DiffId, bool IsGzip)
{
    public static ImageLayer From(OciDescriptor descriptor, Sha256Digest diffId) =>
        new(
            Sha256Digest.Parse(descriptor.Digest),
            descriptor.Size,
            diffId,
            descriptor.MediaType switch
            {
                "application/vnd.oci.image.layer.v1.tar+gzip" => true,
                "application/vnd.docker.image.rootfs.diff.tar.gzip" => true,
                "application/vnd.oci.image.layer.v1.tar" => false,
                var other => throw new ImageRefusedException($"Layers of type '{other}' are not supported."),
            }
        );
}
