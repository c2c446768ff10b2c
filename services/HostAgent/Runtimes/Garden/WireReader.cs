using System.Globalization;
using System.Net;
using System.Text;

namespace Orchestrator.HostAgent.Runtimes.Garden;

/// <summary>
/// Reads what Garden sends on a connection it has taken over: the head of an HTTP/1.1 answer, and then, whatever that says
/// about chunks, bare lines or bare bytes. What exceeds a bound or is no such thing throws
/// <see cref="InvalidDataException"/>.
/// </summary>
internal sealed class WireReader(Stream stream)
{
    /// <summary>Garden's heads have a few hundred bytes.</summary>
    private const int MaxHeadBytes = 16 * 1024;

    private const int BufferBytes = 16 * 1024;

    private const string Version = "HTTP/1.";

    private readonly byte[] _buffer = new byte[BufferBytes];
    private int _start;
    private int _end;

    public async Task<WireHead> ReadHeadAsync(CancellationToken cancellationToken)
    {
        var left = MaxHeadBytes;
        var status = ParseStatus(await NextAsync());
        long? length = null;
        while (await NextAsync() is { Length: > 0 } line)
        {
            var cut = line.IndexOf(':', StringComparison.Ordinal);
            if (cut <= 0)
            {
                throw new InvalidDataException("A header of the answer has no name.");
            }

            if (line.AsSpan(0, cut).Equals("Content-Length", StringComparison.OrdinalIgnoreCase))
            {
                length = ParseLength(line.AsSpan(cut + 1).Trim());
            }
        }

        return new WireHead(status, length);

        async Task<string> NextAsync()
        {
            var line =
                await ReadLineAsync(left, cancellationToken)
                ?? throw new EndOfStreamException("The connection ended before the answer did.");
            left -= line.Length + 1;
            return Encoding.Latin1.GetString(line).TrimEnd('\r');
        }
    }

    /// <summary>Without its line break; null at the end. A line that the end cuts off is none.</summary>
    public async Task<byte[]?> ReadLineAsync(int maxBytes, CancellationToken cancellationToken)
    {
        var line = new ArraySegmentWriter(maxBytes);
        while (true)
        {
            if (_start == _end && !await FillAsync(cancellationToken))
            {
                return null;
            }

            var held = _buffer.AsSpan(_start, _end - _start);
            var cut = held.IndexOf((byte)'\n');
            line.Append(cut < 0 ? held : held[..cut]);
            _start += cut < 0 ? held.Length : cut + 1;
            if (cut >= 0)
            {
                return line.ToArray();
            }
        }
    }

    /// <summary>Some bytes as they come; 0 at the end.</summary>
    public async ValueTask<int> ReadAsync(Memory<byte> destination, CancellationToken cancellationToken)
    {
        if (_start == _end)
        {
            return await stream.ReadAsync(destination, cancellationToken);
        }

        var count = Math.Min(destination.Length, _end - _start);
        _buffer.AsSpan(_start, count).CopyTo(destination.Span);
        _start += count;
        return count;
    }

    private async ValueTask<bool> FillAsync(CancellationToken cancellationToken)
    {
        _start = 0;
        _end = await stream.ReadAsync(_buffer, cancellationToken);
        return _end > 0;
    }

    private static HttpStatusCode ParseStatus(string line)
    {
        var fields = line.Split(' ', 3);
        return
            fields.Length >= 2
            && fields[0].StartsWith(Version, StringComparison.Ordinal)
            && fields[1].Length == 3
            && int.TryParse(fields[1], NumberStyles.None, CultureInfo.InvariantCulture, out var code)
            ? (HttpStatusCode)code
            : throw new InvalidDataException("The answer is not HTTP.");
    }

    private static long ParseLength(ReadOnlySpan<char> text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var length)
            ? length
            : throw new InvalidDataException("The length of the answer is not a number.");

    /// <summary>Grows with what is there, not with what is allowed.</summary>
    private sealed class ArraySegmentWriter(int maxBytes)
    {
        private readonly List<byte> _bytes = [];

        public void Append(ReadOnlySpan<byte> bytes)
        {
            if (_bytes.Count + bytes.Length > maxBytes)
            {
                throw new InvalidDataException($"A line is longer than {maxBytes} bytes.");
            }

            _bytes.AddRange(bytes);
        }

        public byte[] ToArray() => [.. _bytes];
    }
}

/// <param name="Length">Null if the answer does not say.</param>
internal sealed record WireHead(HttpStatusCode Status, long? Length)
{
    public bool HasSucceeded => Status is HttpStatusCode.OK or HttpStatusCode.Created;
}
