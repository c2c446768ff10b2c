using System.Buffers;
using System.Globalization;
using System.Text;
using Orchestrator.HostAgent.Logs;

namespace Orchestrator.HostAgent.Runtimes.Docker;

/// <summary>
/// The log of a container as we keep it, written from the daemon's. The daemon can tell it again only from some second
/// on, so this knows by the times in it what it has already: also what an earlier agent wrote.
/// </summary>
internal sealed class EngineLog : IDisposable
{
    /// <summary>Podman's times are whole seconds: all lines of the last one should be in here.</summary>
    private const int MaxTailBytes = 1024 * 1024;

    /// <summary>RFC 3339 with nanoseconds has 30 characters, and a few more with a zone.</summary>
    private const int MaxTimeBytes = 40;

    private readonly string _path;
    private readonly ArrayBufferWriter<byte> _pending = new();
    private FileStream _file;

    /// <summary>The time of the newest line here, and how many lines have it.</summary>
    private string _newest = "";
    private int _linesOfNewest;

    /// <summary>What the daemon tells again: everything before this time, and so many lines of it.</summary>
    private string _known = "";
    private int _knownLines;

    /// <summary>Of the frame that is being written.</summary>
    private string _time = "";

    public EngineLog(string path)
    {
        _path = path;
        _file = new FileStream(
            path,
            FileMode.OpenOrCreate,
            FileAccess.ReadWrite,
            FileShare.ReadWrite | FileShare.Delete
        );
        ReadNewest();
    }

    /// <summary>Begins to take what the daemon tells, from so many seconds since 1970 on: 0 is from its beginning.</summary>
    public long Resume()
    {
        (_known, _knownLines) = (_newest, _linesOfNewest);
        return ParseTime(_known) is { } time ? time.ToUnixTimeSeconds() : 0;
    }

    /// <exception cref="InvalidDataException">A frame does not begin with its time.</exception>
    public void Write(FramePiece piece)
    {
        var content = piece.Content.Span;
        if (piece.IsFirst)
        {
            var end = content[..Math.Min(content.Length, MaxTimeBytes)].IndexOf((byte)' ');
            _time = end < 0 ? "" : Encoding.ASCII.GetString(content[..end]);
            if (ParseTime(_time) is null)
            {
                throw new InvalidDataException("A line of a log has no time.");
            }

            content = content[(end + 1)..];
        }

        for (var end = content.IndexOf((byte)'\n'); end >= 0; end = content.IndexOf((byte)'\n'))
        {
            WriteLine(content[..end], piece.IsError, isWhole: true);
            content = content[(end + 1)..];
        }

        if (!content.IsEmpty)
        {
            WriteLine(content, piece.IsError, isWhole: false);
        }
    }

    public void Flush()
    {
        _file.Write(_pending.WrittenSpan);
        _file.Flush();
        _pending.ResetWrittenCount();
    }

    public void Dispose() => _file.Dispose();

    private void WriteLine(ReadOnlySpan<byte> text, bool isError, bool isWhole)
    {
        var order = string.CompareOrdinal(_time, _known);
        if (order < 0)
        {
            return;
        }

        if (order == 0 && _knownLines > 0)
        {
            _knownLines--;
            return;
        }

        var tag = $"{_time} {(isError ? "stderr" : "stdout")} {(isWhole ? 'F' : 'P')} ";
        if (_file.Length + _pending.WrittenCount + tag.Length + text.Length >= LogRotation.MaxBytes)
        {
            BeginAnew(Line(tag, text));
        }
        else
        {
            _pending.Write(Line(tag, text));
        }

        Count(_time);
    }

    private static byte[] Line(string tag, ReadOnlySpan<byte> text)
    {
        var line = new byte[tag.Length + text.Length + 1];
        Encoding.ASCII.GetBytes(tag, line);
        text.CopyTo(line.AsSpan(tag.Length));
        line[^1] = (byte)'\n';
        return line;
    }

    /// <summary>As conmon does. The first line comes with the file, so that it always tells where it ends.</summary>
    private void BeginAnew(byte[] line)
    {
        Flush();
        var temporary = _path + ".new";
        File.WriteAllBytes(temporary, line);
        File.Move(temporary, _path, overwrite: true);
        _file.Dispose();
        _file = new FileStream(_path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        _file.Seek(0, SeekOrigin.End);
    }

    private void Count(string time)
    {
        switch (string.CompareOrdinal(time, _newest))
        {
            case > 0:
                (_newest, _linesOfNewest) = (time, 1);
                break;
            case 0:
                _linesOfNewest++;
                break;
            default:
                break; // Of the other stream, a little late.
        }
    }

    /// <summary>Also takes off the half line that an agent which was killed may have left.</summary>
    private void ReadNewest()
    {
        var start = Math.Max(0, _file.Length - MaxTailBytes);
        var tail = new byte[_file.Length - start];
        _file.Position = start;
        _file.ReadExactly(tail);
        var whole = tail.AsSpan().LastIndexOf((byte)'\n') + 1;
        _file.SetLength(start + whole);
        _file.Seek(0, SeekOrigin.End);
        foreach (var line in Encoding.UTF8.GetString(tail, 0, whole).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var end = line.IndexOf(' ', StringComparison.Ordinal);
            if (end > 0 && ParseTime(line[..end]) is not null)
            {
                Count(line[..end]);
            }
        }
    }

    private static DateTimeOffset? ParseTime(string text) =>
        text.Length <= MaxTimeBytes
        && text.Contains('T', StringComparison.Ordinal)
        && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            ? time
            : null;
}
