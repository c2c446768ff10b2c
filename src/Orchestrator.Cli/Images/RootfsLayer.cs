using System.Collections.Immutable;
using System.Formats.Tar;

namespace Orchestrator.Cli.Images;

/// <summary>
/// Writes a directory as a tar archive in which only content counts: entries sorted by name, no times, owner root,
/// modes kept. Symbolic links stay what they are, wherever they lead: nothing outside the directory is ever read.
/// </summary>
internal static class RootfsLayer
{
    /// <summary>Several times a full distribution; more means the wrong directory was named.</summary>
    private const int MaxEntries = 500_000;

    /// <summary>As <see cref="MaxEntries"/>.</summary>
    private const long MaxBytes = 16L * 1024 * 1024 * 1024;

    private const UnixFileMode LinkMode =
        UnixFileMode.UserRead
        | UnixFileMode.UserWrite
        | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead
        | UnixFileMode.GroupWrite
        | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead
        | UnixFileMode.OtherWrite
        | UnixFileMode.OtherExecute;

    /// <summary>Returns a warning for each thing that no image can hold: sockets, pipes and devices.</summary>
    public static async Task<ImmutableArray<string>> WriteAsync(
        DirectoryInfo rootfs,
        Stream output,
        CancellationToken cancellationToken
    )
    {
        var warnings = ImmutableArray.CreateBuilder<string>();
        var entries = 0;
        var bytes = 0L;
        // GNU, as the Pax headers that .NET writes carry the number of the process.
        await using var writer = new TarWriter(output, TarEntryFormat.Gnu, leaveOpen: true);
        foreach (var (path, item) in Walk(rootfs))
        {
            bytes += item is FileInfo { LinkTarget: null } file ? file.Length : 0;
            if (++entries > MaxEntries || bytes > MaxBytes)
            {
                throw new InvalidDataException(
                    $"{rootfs.FullName} is too large for an image: over {MaxEntries} entries or {MaxBytes} bytes."
                );
            }
            if (!await TryWriteAsync(writer, path, item, cancellationToken))
            {
                warnings.Add($"skipped {path}: only files, directories and symbolic links go into an image.");
            }
        }
        return warnings.ToImmutable();
    }

    /// <summary>Everything below the directory, parents first, each level sorted by name.</summary>
    private static IEnumerable<(string Path, FileSystemInfo Item)> Walk(DirectoryInfo rootfs)
    {
        var open = new Stack<(string Path, FileSystemInfo Item)>();
        Push("", rootfs);
        while (open.TryPop(out var next))
        {
            yield return next;
            if (next.Item is DirectoryInfo { LinkTarget: null } directory)
            {
                Push(next.Path, directory);
            }
        }

        void Push(string prefix, DirectoryInfo directory)
        {
            var items = directory.GetFileSystemInfos();
            foreach (var item in items.OrderByDescending(item => item.Name, StringComparer.Ordinal))
            {
                open.Push(
                    (item is DirectoryInfo { LinkTarget: null } ? $"{prefix}{item.Name}/" : prefix + item.Name, item)
                );
            }
        }
    }

    private static async Task<bool> TryWriteAsync(
        TarWriter writer,
        string path,
        FileSystemInfo item,
        CancellationToken cancellationToken
    )
    {
        if (item.LinkTarget is { } target)
        {
            var link = AnEntry(TarEntryType.SymbolicLink, path, LinkMode);
            link.LinkName = target;
            await writer.WriteEntryAsync(link, cancellationToken);
            return true;
        }
        if (item is DirectoryInfo)
        {
            await writer.WriteEntryAsync(AnEntry(TarEntryType.Directory, path, item.UnixFileMode), cancellationToken);
            return true;
        }
        if (IsSpecial((FileInfo)item))
        {
            return false;
        }

        await using var content = File.OpenRead(item.FullName);
        var file = AnEntry(TarEntryType.RegularFile, path, item.UnixFileMode);
        file.DataStream = content;
        await writer.WriteEntryAsync(file, cancellationToken);
        return true;
    }

    private static GnuTarEntry AnEntry(TarEntryType type, string path, UnixFileMode mode) =>
        new(type, path)
        {
            Mode = mode,
            Uid = 0,
            Gid = 0,
            UserName = "",
            GroupName = "",
            ModificationTime = DateTimeOffset.UnixEpoch,
            AccessTime = default,
            ChangeTime = default,
        };

    /// <summary>
    /// .NET tells no pipe from a file, and opening a pipe waits for a writer for ever. But its tar writer looks without
    /// opening: it refuses sockets and names the type of the rest. Only what has no length can be one of them.
    /// </summary>
    private static bool IsSpecial(FileInfo file)
    {
        if (file.Length > 0)
        {
            return false;
        }
        using var probe = new MemoryStream();
        try
        {
            using var writer = new TarWriter(probe, TarEntryFormat.Gnu, leaveOpen: true);
            writer.WriteEntry(file.FullName, "probe");
        }
        catch (IOException)
        {
            return true;
        }
        probe.Position = 0;
        using var reader = new TarReader(probe);
        return reader.GetNextEntry()?.EntryType is not TarEntryType.RegularFile;
    }
}
