using System.Formats.Tar;
using System.Text.Json.Nodes;
using Orchestrator.HostAgent.Images;

namespace Orchestrator.HostAgent.Runtimes.Docker;

/// <summary>An image of an OCI layout as the archive that <c>docker load</c> takes, made while it is read.</summary>
internal static class ImageArchive
{
    private const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary>Hands the archive to a reader, and returns once both are done.</summary>
    public static Task SendAsync(
        OciLayout layout,
        ImageContent content,
        string tag,
        Func<Stream, Task> receive,
        CancellationToken cancellationToken
    ) =>
        PipedArchive.SendAsync(
            writer => WriteAsync(layout, content, tag, writer, cancellationToken),
            receive,
            cancellationToken
        );

    private static async Task WriteAsync(
        OciLayout layout,
        ImageContent content,
        string tag,
        TarWriter writer,
        CancellationToken cancellationToken
    )
    {
        var config = content.ConfigDigest.Hex + ".json";
        await WriteFileAsync(writer, config, File.OpenRead(layout.PathOf(content.ConfigDigest)), cancellationToken);
        foreach (var blob in content.Layers.Select(layer => layer.Blob).Distinct())
        {
            await WriteFileAsync(writer, NameOf(blob), File.OpenRead(layout.PathOf(blob)), cancellationToken);
        }

        var manifest = new JsonArray(
            new JsonObject
            {
                ["Config"] = config,
                ["RepoTags"] = new JsonArray(tag),
                ["Layers"] = new JsonArray([.. content.Layers.Select(layer => (JsonNode)NameOf(layer.Blob))]),
            }
        );
        var text = System.Text.Encoding.UTF8.GetBytes(manifest.ToJsonString());
        await WriteFileAsync(writer, "manifest.json", new MemoryStream(text), cancellationToken);
    }

    private static string NameOf(Sha256Digest layer) => $"{layer.Hex}/layer.tar";

    private static async Task WriteFileAsync(
        TarWriter writer,
        string name,
        Stream content,
        CancellationToken cancellationToken
    )
    {
        await using (content)
        {
            var entry = new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = content, Mode = Mode };
            await writer.WriteEntryAsync(entry, cancellationToken);
        }
    }
}
