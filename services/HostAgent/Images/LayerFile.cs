using System.IO.Compression;

namespace Orchestrator.HostAgent.Images;

/// <summary>Reads the blob of a layer, and refuses it unless it is what manifest and config say, packed and unpacked.</summary>
internal static class LayerFile
{
    private const int BufferBytes = 64 * 1024;

    /// <summary>Checks every layer of an image that somebody else will unpack.</summary>
    /// <exception cref="ImageRefusedException">One is missing, damaged, forged or too large.</exception>
    public static void CheckAll(
        OciLayout layout,
        ImageContent content,
        UnpackLimits limits,
        CancellationToken cancellationToken
    )
    {
        var budget = new UnpackBudget(limits);
        var buffer = new byte[BufferBytes];
        foreach (var layer in content.Layers)
        {
            Read(layout.PathOf(layer.Blob), layer, budget, Count);
        }

        void Count(Stream archive)
        {
            for (var count = archive.Read(buffer); count > 0; count = archive.Read(buffer))
            {
                cancellationToken.ThrowIfCancellationRequested();
                budget.TakeBytes(count);
            }
        }
    }

    /// <param name="read">Gets the layer's archive; the digests are compared once it has returned.</param>
    /// <exception cref="ImageRefusedException">It is missing, damaged, forged or too large.</exception>
    public static void Read(string path, ImageLayer layer, UnpackBudget budget, Action<Stream> read)
    {
        if (!File.Exists(path))
        {
            throw new ImageRefusedException($"Layer {layer.Blob} is missing.");
        }

        using var file = File.OpenRead(path);
        if (file.Length != layer.Size)
        {
            throw new ImageRefusedException(
                $"Layer {layer.Blob} has {file.Length} bytes; its manifest says {layer.Size}."
            );
        }

        using var compressed = new CountingHashStream(file, _ => { });
        using var gzip = layer.IsGzip ? new GZipStream(compressed, CompressionMode.Decompress, leaveOpen: true) : null;
        using var archive = new CountingHashStream(
            gzip is null ? compressed : gzip,
            count => budget.CheckRatio(layer.Size, count)
        );
        try
        {
            read(archive);
            Check(archive.Finish(), layer.DiffId);
            Check(compressed.Finish(), layer.Blob);
        }
        catch (InvalidDataException e)
        {
            throw new ImageRefusedException($"Layer {layer.Blob} cannot be decompressed: {e.Message}");
        }
    }

    private static void Check(Sha256Digest actual, Sha256Digest expected)
    {
        if (actual != expected)
        {
            throw new ImageRefusedException($"A layer has digest {actual} instead of {expected}: damaged or forged.");
        }
    }
}
