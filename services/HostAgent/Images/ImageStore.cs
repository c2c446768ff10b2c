using System.Text.Json;
using Orchestrator.HostAgent.Platform;

namespace Orchestrator.HostAgent.Images;

/// <summary>
/// Content-addressed: <c>files/{digest of the layers}</c> holds what was unpacked, <c>images/{manifest digest}.json</c>
/// says which files and which config an image has. Both appear by rename, so what is there is whole and was checked.
/// </summary>
internal sealed class ImageStore : IDisposable
{
    private readonly HeldImages _held;
    private readonly string _files;
    private readonly string _temporary;
    private readonly IReadOnlyList<string> _sources;
    private readonly UnpackLimits _limits;

    /// <summary>One at a time: unpacking is bound by the disk, and many instances start from the same image at once.</summary>
    private readonly SemaphoreSlim _unpacking = new(1, 1);

    public ImageStore(string directory, IReadOnlyList<string> sources, UnpackLimits limits)
    {
        var images = Path.Combine(directory, "images");
        _files = Path.Combine(directory, "files");
        _temporary = Path.Combine(directory, "unpacking");
        _sources = sources;
        _limits = limits;
        Directory.CreateDirectory(images);
        _held = new HeldImages(images);
        Directory.CreateDirectory(_files);
        if (Directory.Exists(_temporary))
        {
            Directory.Delete(_temporary, recursive: true); // Left by an agent that died while it unpacked.
        }

        Directory.CreateDirectory(_temporary);
    }

    /// <summary>The first digits of the digests of what is here, the newest used first; as many as reports take.</summary>
    public IReadOnlyList<string> Held => _held.Newest();

    /// <param name="image"><c>name@sha256:…</c>.</param>
    /// <exception cref="ImageRefusedException">It is nowhere, or not fit to run.</exception>
    public async Task<UnpackedImage> EnsureAsync(string image, CancellationToken cancellationToken)
    {
        var digest = Sha256Digest.OfReference(image);
        if (await ReadAsync(digest, cancellationToken) is { } known)
        {
            _held.Use(digest);
            return known;
        }

        await _unpacking.WaitAsync(cancellationToken);
        try
        {
            var unpacked =
                await ReadAsync(digest, cancellationToken)
                ?? await Task.Run(() => UnpackAsync(digest, cancellationToken), cancellationToken);
            _held.Use(digest);
            return unpacked;
        }
        finally
        {
            _unpacking.Release();
        }
    }

    public void Dispose() => _unpacking.Dispose();

    private async Task<UnpackedImage?> ReadAsync(Sha256Digest digest, CancellationToken cancellationToken)
    {
        if (!File.Exists(_held.PathOf(digest)))
        {
            return null;
        }

        await using var file = File.OpenRead(_held.PathOf(digest));
        return await JsonSerializer.DeserializeAsync(file, OciJson.Default.UnpackedImage, cancellationToken);
    }

    private async Task<UnpackedImage> UnpackAsync(Sha256Digest digest, CancellationToken cancellationToken)
    {
        var layout =
            OciLayout.Find(_sources, digest)
            ?? throw new ImageRefusedException($"No image source of this host has {digest}.");
        var content = layout.Read(digest);
        var files = Path.Combine(_files, content.FilesDigest.Hex);
        if (!Directory.Exists(files))
        {
            UnpackLayers(layout, content, files, cancellationToken);
        }

        var unpacked = new UnpackedImage(files, content.Config);
        await AtomicFile.WriteDurablyAsync(
            _held.PathOf(digest),
            JsonSerializer.SerializeToUtf8Bytes(unpacked, OciJson.Default.UnpackedImage),
            cancellationToken
        );
        return unpacked;
    }

    private void UnpackLayers(
        OciLayout layout,
        ImageContent content,
        string destination,
        CancellationToken cancellationToken
    )
    {
        var temporary = Path.Combine(_temporary, content.FilesDigest.Hex);
        Directory.CreateDirectory(temporary);
        try
        {
            var budget = new UnpackBudget(_limits);
            foreach (var layer in content.Layers)
            {
                LayerFile.Read(
                    layout.PathOf(layer.Blob),
                    layer,
                    budget,
                    archive => new LayerUnpacker(temporary, budget).Unpack(archive, cancellationToken)
                );
            }

            Libc.SyncFileSystem(temporary);
            Directory.Move(temporary, destination);
            Libc.SyncDirectory(_files);
        }
        finally
        {
            if (Directory.Exists(temporary))
            {
                Directory.Delete(temporary, recursive: true);
            }
        }
    }
}
