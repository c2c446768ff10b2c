namespace Orchestrator.HostAgent.Platform;

/// <summary>Replaces a file as a whole: a reader sees the old content or the new one, whenever the writer dies.</summary>
internal static class AtomicFile
{
    private const string Unfinished = ".tmp";

    /// <summary>Takes away what writers of this directory left that died. For a time when nobody writes there.</summary>
    public static void Sweep(string directory)
    {
        foreach (var path in Directory.GetFiles(directory, "*" + Unfinished))
        {
            File.Delete(path);
        }
    }

    /// <summary>Survives a power cut once it has completed.</summary>
    public static async Task WriteDurablyAsync(
        string path,
        ReadOnlyMemory<byte> content,
        CancellationToken cancellationToken
    )
    {
        var temporary = path + Unfinished;
        await using (var file = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None))
        {
            await file.WriteAsync(content, cancellationToken);
            file.Flush(flushToDisk: true);
        }

        File.Move(temporary, path, overwrite: true);
        Libc.SyncDirectory(Path.GetDirectoryName(path) ?? "/");
    }

    /// <summary>Survives the death of this process, but after a power cut the file may be missing or empty.</summary>
    public static async Task WriteAsync(string path, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        var temporary = path + Unfinished;
        await File.WriteAllBytesAsync(temporary, content, cancellationToken);
        File.Move(temporary, path, overwrite: true);
    }
}
