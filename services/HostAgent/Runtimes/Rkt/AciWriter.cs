using System.Formats.Tar;
using System.Security.Cryptography;

namespace Orchestrator.HostAgent.Runtimes.Rkt;

/// <summary>
/// Writes App Container Images: a tar of <c>manifest</c> and <c>rootfs/</c>, every entry once. It is not compressed, as it
/// goes no further than to this machine's rkt.
/// </summary>
internal static class AciWriter
{
    private const string RootEntry = "rootfs";

    /// <summary>More than any image has, so that a loop ends.</summary>
    private const int MaxEntries = 10_000_000;

    private const UnixFileMode ManifestMode =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <returns>Its id: sha512- and the hash of the tar.</returns>
    /// <exception cref="RuntimeFailedException">The manifest is not what the specification allows.</exception>
    public static string Write(
        string path,
        AciManifest manifest,
        string rootDirectory,
        CancellationToken cancellationToken
    )
    {
        var content = manifest.ToBytes();
        using (var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None))
        using (var tar = new TarWriter(file, TarEntryFormat.Pax, leaveOpen: true))
        {
            tar.WriteEntry(
                new PaxTarEntry(TarEntryType.RegularFile, "manifest")
                {
                    DataStream = new MemoryStream(content),
                    Mode = ManifestMode,
                    ModificationTime = DateTimeOffset.UnixEpoch, // The same image has the same id whenever it is written.
                }
            );
            WriteTree(tar, rootDirectory, cancellationToken);
        }

        using var written = File.OpenRead(path);
        return $"sha512-{Convert.ToHexStringLower(SHA512.HashData(written))}";
    }

    /// <summary>In one order, whatever order the file system has them in. Links are written, not followed.</summary>
    private static void WriteTree(TarWriter tar, string rootDirectory, CancellationToken cancellationToken)
    {
        var waiting = new Stack<(string Path, string Entry)>();
        waiting.Push((rootDirectory, RootEntry));
        var count = 0;
        while (waiting.TryPop(out var next))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (++count > MaxEntries)
            {
                throw new RuntimeFailedException($"The image has more than {MaxEntries} files.");
            }

            tar.WriteEntry(next.Path, next.Entry);
            var file = new FileInfo(next.Path);
            if (!file.Attributes.HasFlag(FileAttributes.Directory) || file.LinkTarget is not null)
            {
                continue;
            }

            foreach (var child in Directory.GetFileSystemEntries(next.Path).OrderDescending(StringComparer.Ordinal))
            {
                waiting.Push((child, $"{next.Entry}/{Path.GetFileName(child)}"));
            }
        }
    }
}
