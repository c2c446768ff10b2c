using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace Orchestrator.Cli.Images;

/// <summary>
/// An OCI image layout on disk. Blobs are written whole before they get their name, and the index last, so that whoever
/// reads meanwhile sees the old images or also the new one.
/// </summary>
internal sealed class ImageLayout
{
    private const string NameAnnotation = "org.opencontainers.image.ref.name";
    private const string Version = """{"imageLayoutVersion":"1.0.0"}""";

    /// <summary>Some thousand images; a larger file is not an index of ours.</summary>
    private const int MaxIndexBytes = 4 * 1024 * 1024;

    private readonly string _directory;

    private ImageLayout(string directory) => _directory = directory;

    private string Blobs => Path.Combine(_directory, "blobs", "sha256");

    private string Index => Path.Combine(_directory, "index.json");

    /// <exception cref="InvalidDataException">The directory holds something else.</exception>
    public static ImageLayout Open(string directory)
    {
        var layout = new ImageLayout(directory);
        var marker = Path.Combine(directory, "oci-layout");
        var isNew = !Directory.Exists(directory) || !Directory.EnumerateFileSystemEntries(directory).Any();
        if (!isNew && !File.Exists(marker))
        {
            throw new InvalidDataException($"{directory} is neither empty nor an OCI image layout.");
        }
        Directory.CreateDirectory(layout.Blobs);
        File.WriteAllText(marker, Version);
        return layout;
    }

    public Task<OciDescriptor> AddJsonAsync<T>(
        string mediaType,
        T content,
        JsonTypeInfo<T> shape,
        CancellationToken cancellationToken
    ) =>
        AddBlobAsync(
            mediaType,
            (stream, token) => stream.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(content, shape), token).AsTask(),
            cancellationToken
        );

    public async Task<OciDescriptor> AddBlobAsync(
        string mediaType,
        Func<Stream, CancellationToken, Task> write,
        CancellationToken cancellationToken
    )
    {
        var unnamed = Path.Combine(Blobs, $".{Guid.NewGuid():N}");
        try
        {
            await using var stream = new FileStream(unnamed, FileMode.CreateNew, FileAccess.ReadWrite);
            await write(stream, cancellationToken);
            stream.Position = 0;
            var hex = Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellationToken));
            File.Move(unnamed, Path.Combine(Blobs, hex), overwrite: true);
            return new OciDescriptor(mediaType, $"sha256:{hex}", stream.Length);
        }
        finally
        {
            File.Delete(unnamed);
        }
    }

    /// <summary>Moves the name to this image. The one that had it stays, by its digest: a version may still run it.</summary>
    public async Task NameAsync(string name, OciDescriptor manifest, CancellationToken cancellationToken)
    {
        var index = await ReadIndexAsync(cancellationToken);
        var images = index["manifests"] as JsonArray ?? throw NotAnIndex();
        foreach (var image in images.OfType<JsonObject>().ToList())
        {
            if (Holds(image, "digest", manifest.Digest))
            {
                images.Remove(image);
            }
            else if (image["annotations"] is JsonObject annotations && Holds(annotations, NameAnnotation, name))
            {
                annotations.Remove(NameAnnotation);
            }
        }
        images.Add(
            new JsonObject
            {
                ["mediaType"] = manifest.MediaType,
                ["digest"] = manifest.Digest,
                ["size"] = manifest.Size,
                ["annotations"] = new JsonObject { [NameAnnotation] = name },
            }
        );

        var next = Path.Combine(_directory, $".index-{Guid.NewGuid():N}");
        await File.WriteAllTextAsync(next, index.ToJsonString(), cancellationToken);
        File.Move(next, Index, overwrite: true);
    }

    private static bool Holds(JsonObject node, string key, string value) =>
        string.Equals(node[key]?.ToString(), value, StringComparison.Ordinal);

    private async Task<JsonObject> ReadIndexAsync(CancellationToken cancellationToken)
    {
        if (!File.Exists(Index))
        {
            return new JsonObject
            {
                ["schemaVersion"] = OciManifest.Schema,
                ["mediaType"] = OciMediaType.Index,
                ["manifests"] = new JsonArray(),
            };
        }
        if (new FileInfo(Index).Length > MaxIndexBytes)
        {
            throw NotAnIndex();
        }
        try
        {
            var text = await File.ReadAllTextAsync(Index, cancellationToken);
            return JsonNode.Parse(text) as JsonObject ?? throw NotAnIndex();
        }
        catch (JsonException)
        {
            throw NotAnIndex();
        }
    }

    private InvalidDataException NotAnIndex() => new($"{Index} is not an OCI image index.");
}
