using System.Security.Cryptography;
using System.Text.Json;
using Orchestrator.HostAgent.Images;
using Orchestrator.HostAgent.Platform;

namespace Orchestrator.HostAgent.Runtimes.Rkt;

/// <summary>
/// Gives unpacked images to rkt's own store, each once. Which it has is noted on disk; where the note is wrong, since
/// somebody has cleared rkt's store, <see cref="ForgetIfGoneAsync"/> finds out.
/// </summary>
internal sealed class RktImages(RktCommands rkt, string directory) : IDisposable
{
    private const int KeyLength = 32;

    /// <summary>As many digits as rkt shows of an id.</summary>
    private const int MinIdLength = 64;

    /// <summary>One at a time: importing is bound by the disk, and many instances start from the same image at once.</summary>
    private readonly SemaphoreSlim _importing = new(1, 1);

    private string Temporary => Path.Combine(directory, "importing");

    public void Prepare()
    {
        Directory.CreateDirectory(directory);
        AtomicFile.Sweep(directory);
        if (Directory.Exists(Temporary))
        {
            Directory.Delete(Temporary, recursive: true); // Left by an agent that died while it imported.
        }

        Directory.CreateDirectory(Temporary);
    }

    /// <summary>Its id in rkt's store.</summary>
    public async Task<string> EnsureAsync(UnpackedImage image, CancellationToken cancellationToken)
    {
        var key = KeyOf(image);
        await _importing.WaitAsync(cancellationToken);
        try
        {
            if (File.Exists(NoteOf(key)))
            {
                return await File.ReadAllTextAsync(NoteOf(key), cancellationToken);
            }

            var id = await ImportAsync(image, key, cancellationToken);
            await AtomicFile.WriteAsync(NoteOf(key), System.Text.Encoding.ASCII.GetBytes(id), cancellationToken);
            return id;
        }
        finally
        {
            _importing.Release();
        }
    }

    /// <summary>Whether rkt's store has lost an image, so that it is worth another try.</summary>
    public async Task<bool> ForgetIfGoneAsync(UnpackedImage image, string id, CancellationToken cancellationToken)
    {
        var answer = await rkt.TryAsync(["image", "cat-manifest", id], cancellationToken);
        if (answer.HasSucceeded)
        {
            return false;
        }

        File.Delete(NoteOf(KeyOf(image)));
        return true;
    }

    /// <summary>Takes it out of rkt's store. The note goes last: what it tells of is looked for again, and missed by nobody.</summary>
    public async Task RemoveAsync(UnpackedImage image, CancellationToken cancellationToken)
    {
        var note = NoteOf(KeyOf(image));
        await _importing.WaitAsync(cancellationToken);
        try
        {
            if (!File.Exists(note))
            {
                return;
            }

            var id = await File.ReadAllTextAsync(note, cancellationToken);
            var removed = await rkt.TryAsync(["image", "rm", id], cancellationToken);
            if (
                !removed.HasSucceeded
                && (await rkt.TryAsync(["image", "cat-manifest", id], cancellationToken)).HasSucceeded
            )
            {
                throw RktCommands.Refused("image rm", removed);
            }

            File.Delete(note);
        }
        finally
        {
            _importing.Release();
        }
    }

    public void Dispose() => _importing.Dispose();

    private async Task<string> ImportAsync(UnpackedImage image, string key, CancellationToken cancellationToken)
    {
        var path = Path.Combine(Temporary, key + ".aci");
        try
        {
            var manifest = AciManifest.Of(image, $"orchestrator.local/{key}", key);
            var id = await Task.Run(
                () => AciWriter.Write(path, manifest, image.RootDirectory, cancellationToken),
                cancellationToken
            );
            var fetched = await rkt.RunAsync(["fetch", path], mark: "", RktCommands.ImageDeadline, cancellationToken);
            if (!fetched.HasSucceeded)
            {
                throw RktCommands.Refused("fetch", fetched);
            }

            // It may say more than the id, and shows only the first half of that.
            var shown = fetched
                .Output.Split('\n', StringSplitOptions.TrimEntries)
                .LastOrDefault(line => line.Length > 0);
            return shown?.Length >= MinIdLength && id.StartsWith(shown, StringComparison.Ordinal)
                ? shown
                : throw new RuntimeFailedException($"rkt fetch says '{shown}' of the image that is {id}.");
        }
        finally
        {
            File.Delete(path);
        }
    }

    private string NoteOf(string key) => Path.Combine(directory, key + ".id");

    /// <summary>The files by the name of their directory, which is the digest of their layers; and how they are run.</summary>
    private static string KeyOf(UnpackedImage image) =>
        Convert.ToHexStringLower(
            SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(image, OciJson.Default.UnpackedImage))
        )[..KeyLength];
}
