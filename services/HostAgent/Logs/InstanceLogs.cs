namespace Orchestrator.HostAgent.Logs;

/// <summary>
/// The log of each instance, one directory per instance. It outlives the instance, so that one can read why a rolled
/// back version failed; of those that are gone the newest stay.
/// </summary>
internal sealed class InstanceLogs(string directory, LogFormat format)
{
    /// <summary>Of instances that are gone; at 16 MiB each they take half a gibibyte at most.</summary>
    private const int MaxGone = 32;

    /// <summary>What an answer may hold: it is one message on the bus.</summary>
    private const int MaxTextBytes = 64 * 1024;

    /// <summary>A tag takes half as much again as a short line, and the tail is counted in lines of text.</summary>
    private const int MaxTailBytes = 4 * MaxTextBytes;

    /// <summary>An answer holds no more lines than this, if they are empty.</summary>
    private const int MaxTailLines = MaxTextBytes;

    private string FileName => format == LogFormat.Tagged ? "output.tagged" : "output";

    /// <summary>Makes the directory that the file will be in.</summary>
    public string PathOf(string instanceId)
    {
        var own = Path.Combine(directory, instanceId);
        Directory.CreateDirectory(own);
        return Path.Combine(own, FileName);
    }

    /// <summary>The end of the log, or null if there is none.</summary>
    public LogPiece? ReadTail(string instanceId, int lines)
    {
        using var file = Open(instanceId);
        if (file is null)
        {
            return null;
        }

        var end = file.Length;
        var start = Math.Max(0, end - MaxTailBytes);
        var content = Read(file, start, (int)(end - start));
        if (start > 0)
        {
            content = content[(content.AsSpan().IndexOf((byte)'\n') + 1)..]; // Not from the middle of a line.
        }

        var text = LogText.Of(content, format);
        var wanted = LogText.LastLines(text, Math.Clamp(lines, 0, MaxTailLines));
        return new LogPiece(LogText.LastBytes(wanted, MaxTextBytes), end);
    }

    /// <summary>
    /// What follows an offset of an earlier answer, or null if there is no log. When the file was begun anew since, the
    /// offset is beyond its end: then from its beginning.
    /// </summary>
    public LogPiece? ReadFrom(string instanceId, long offset)
    {
        using var file = Open(instanceId);
        if (file is null)
        {
            return null;
        }

        var start = offset < 0 || offset > file.Length ? 0 : offset;
        var content = Read(file, start, (int)Math.Min(MaxTextBytes, file.Length - start));
        var whole = LogText.WholeLength(content, format);
        return new LogPiece(LogText.Of(content.AsSpan(0, whole).ToArray(), format), start + whole);
    }

    /// <summary>Deletes the oldest logs of instances that are gone, beyond those that we keep.</summary>
    public void Prune(IReadOnlySet<string> present)
    {
        if (!Directory.Exists(directory))
        {
            return;
        }

        var old = new DirectoryInfo(directory)
            .EnumerateDirectories()
            .Where(own => !present.Contains(own.Name))
            .OrderByDescending(own => own.LastWriteTimeUtc)
            .Skip(MaxGone);
        foreach (var own in old.ToList())
        {
            own.Delete(recursive: true);
        }
    }

    private FileStream? Open(string instanceId)
    {
        var path = Path.Combine(directory, instanceId, FileName);
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    private static byte[] Read(FileStream file, long start, int count)
    {
        file.Position = start;
        var content = new byte[count];
        var read = file.ReadAtLeast(content, count, throwOnEndOfStream: false);
        return read == count ? content : content[..read]; // Begun anew while we read.
    }
}

internal sealed record LogPiece(string Text, long NextOffset);
