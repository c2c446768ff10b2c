using System.Text.Json;
using Orchestrator.HostAgent.Platform;

namespace Orchestrator.HostAgent.Images;

/// <summary>
/// Content-addressed: <c>files/{digest of the layers}</c> holds what was unpacked, <c>images/{manifest digest}.json</c>
/// says which files and which config an image has. Both appear by rename, so what is there is whole and was checked; and both
/// go by one step each, the word before the files, so what is half removed has no name any more.
/// </summary>
internal sealed class ImageStore : IDisposable
{
    private readonly string _images;
    private readonly string _files;
    private readonly string _temporary;
    private readonly IReadOnlyList<string> _sources;
    private readonly UnpackLimits _limits;

    /// <summary>One at a time: unpacking is bound by the disk, and many instances start from the same image at once.</summary>
    private readonly SemaphoreSlim _unpacking = new(1, 1);

    public ImageStore(string directory, IReadOnlyList<string> sources, UnpackLimits limits)
    {
        _images = Path.Combine(directory, "images");
        _files = Path.Combine(directory, "files");
        _temporary = Path.Combine(directory, "unpacking");
        _sources = sources;
        _limits = limits;
        Held = new HeldImages(_images);
        Directory.CreateDirectory(_files);
        if (Directory.Exists(_temporary))
        {
            Directory.Delete(_temporary, recursive: true); // Left by an agent that died while it unpacked.
        }

        Directory.CreateDirectory(_temporary);
        AtomicFile.Sweep(_images);
        Sweep();
    }

    public HeldImages Held { get; }

    /// <param name="image"><c>name@sha256:…</c>.</param>
    /// <exception cref="ImageRefusedException">It is nowhere, or not fit to run.</exception>
    public async Task<UnpackedImage> EnsureAsync(string image, CancellationToken cancellationToken)
    {
        var digest = Sha256Digest.OfReference(image);
        if (await FindAsync(digest, cancellationToken) is { } known)
        {
            Held.Use(digest);
            return known;
        }

        await _unpacking.WaitAsync(cancellationToken);
        try
        {
            var unpacked =
                await FindAsync(digest, cancellationToken)
                ?? await Task.Run(() => UnpackAsync(digest, cancellationToken), cancellationToken);
            Held.Use(digest);
            return unpacked;
        }
        finally
        {
            _unpacking.Release();
        }
    }

    /// <summary>Takes it away with its files, unless another image has the same. For one that nobody uses or fetches.</summary>
    public async Task RemoveAsync(Sha256Digest digest, CancellationToken cancellationToken)
    {
        await _unpacking.WaitAsync(cancellationToken);
        try
        {
            Held.Forget(digest);
            // Else a power cut could bring back the word and not the files.
            Libc.SyncDirectory(_images);
            await Task.Run(Sweep, cancellationToken);
        }
        finally
        {
            _unpacking.Release();
        }
    }

    public void Dispose() => _unpacking.Dispose();

    /// <summary>Null if it is not here.</summary>
    public async Task<UnpackedImage?> FindAsync(Sha256Digest digest, CancellationToken cancellationToken)
    {
        if (!File.Exists(Held.PathOf(digest)))
        {
            return null;
        }

        var image = Read(await File.ReadAllBytesAsync(Held.PathOf(digest), cancellationToken));
        return image is not null && Directory.Exists(image.RootDirectory) ? image : null;
    }

    /// <summary>Null if the disk has damaged it: the image is unpacked again.</summary>
    private static UnpackedImage? Read(byte[] word)
    {
        try
        {
            return JsonSerializer.Deserialize(word, OciJson.Default.UnpackedImage);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Takes away files that no image has: of one that was removed, or whose agent died before it had named it.</summary>
    private void Sweep()
    {
        var words = Directory.EnumerateFiles(_images, "*.json").Select(path => Read(File.ReadAllBytes(path))).ToList();
        if (words.Contains(null))
        {
            return; // Something may run from the files that a damaged one had.
        }

        var named = words.Select(image => Path.GetFileName(image!.RootDirectory)).ToHashSet(StringComparer.Ordinal);
        foreach (var path in Directory.GetDirectories(_files).Where(path => !named.Contains(Path.GetFileName(path))))
        {
            // At once, for whoever dies while it deletes leaves half; and where the next agent clears away.
            var leaving = Path.Combine(_temporary, Guid.NewGuid().ToString("N"));
            Directory.Move(path, leaving);
            Directory.Delete(leaving, recursive: true);
        }
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
            Held.PathOf(digest),
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
