using System.Globalization;
using System.Text;

namespace Orchestrator.HostAgent.Logs;

/// <summary>
/// Writes a log as conmon does (<see cref="LogFormat.Tagged"/>), for runtimes whose daemon hands the output over to us.
/// It appends to what is there, and begins anew when that is full.
/// </summary>
internal sealed class TaggedLog(string path, TimeProvider clock) : IDisposable
{
    /// <summary>As conmon, which cuts what it reads at once.</summary>
    private const int MaxPieceBytes = 8 * 1024;

    private readonly Lock _lock = new();
    private FileStream? _file;

    public void Write(bool isErrors, ReadOnlySpan<byte> content)
    {
        var time = clock.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'00Z'", CultureInfo.InvariantCulture);
        using var tagged = new MemoryStream(content.Length + 256);
        while (content.Length > 0)
        {
            var cut = content.IndexOf((byte)'\n');
            var isWhole = cut >= 0 && cut <= MaxPieceBytes;
            var length = isWhole ? cut : Math.Min(content.Length, MaxPieceBytes);
            tagged.Write(
                Encoding.ASCII.GetBytes($"{time} {(isErrors ? "stderr" : "stdout")} {(isWhole ? 'F' : 'P')} ")
            );
            tagged.Write(content[..length]);
            tagged.WriteByte((byte)'\n');
            content = content[(isWhole ? length + 1 : length)..];
        }

        lock (_lock)
        {
            _file ??= new FileStream(
                path,
                FileMode.OpenOrCreate, // Append would not let us cut it.
                FileAccess.Write,
                FileShare.ReadWrite | FileShare.Delete
            );
            if (_file.Length + tagged.Length > LogRotation.MaxBytes)
            {
                _file.SetLength(0);
            }

            _file.Seek(0, SeekOrigin.End);
            _file.Write(tagged.GetBuffer().AsSpan(0, (int)tagged.Length));
            _file.Flush();
        }
    }

    public void Dispose() => _file?.Dispose();
}
