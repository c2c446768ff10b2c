using System.Globalization;
using System.Text;

namespace Orchestrator.HostAgent.Tests.Runtimes.Garden;

/// <summary>Just enough of an HTTP/1.1 server to send what no library would send.</summary>
internal sealed class FakeHttp(Stream stream)
{
    private readonly byte[] _byte = new byte[4096];
    private int _start;
    private int _end;

    public Stream Stream => stream;

    /// <summary>Null when the client has closed the connection.</summary>
    public async Task<FakeRequest?> ReadAsync(CancellationToken cancellationToken)
    {
        if (await ReadLineAsync(cancellationToken) is not { } first)
        {
            return null;
        }

        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        while (await ReadLineAsync(cancellationToken) is { Length: > 0 } line)
        {
            var cut = line.IndexOf(':', StringComparison.Ordinal);
            headers[line[..cut]] = line[(cut + 1)..].Trim();
        }

        var target = first.Split(' ')[1].Split('?', 2);
        return new FakeRequest
        {
            Method = first.Split(' ')[0],
            Path = [.. target[0].Split('/', StringSplitOptions.RemoveEmptyEntries).Select(Uri.UnescapeDataString)],
            Query = target.Length == 1 ? [] : ParseQuery(target[1]),
            ContentType = headers.GetValueOrDefault("Content-Type", ""),
            Body = await ReadBodyAsync(headers, cancellationToken),
        };
    }

    /// <summary>Also what a taken-over connection sends.</summary>
    public async Task<string?> ReadLineAsync(CancellationToken cancellationToken)
    {
        var line = new List<byte>();
        while (true)
        {
            if (await ReadByteAsync(cancellationToken) is not { } one)
            {
                return null;
            }

            if (one == '\n')
            {
                return Encoding.UTF8.GetString([.. line]).TrimEnd('\r');
            }

            line.Add(one);
        }
    }

    public async Task ReplyAsync(int status, string body, string contentType, CancellationToken cancellationToken) =>
        await stream.WriteAsync(
            Encoding.UTF8.GetBytes(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"HTTP/1.1 {status} X\r\nContent-Type: {contentType}\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}"
                )
            ),
            cancellationToken
        );

    /// <summary>Announces chunks; whoever calls it sends none.</summary>
    public async Task TakeOverAsync(int status, CancellationToken cancellationToken) =>
        await stream.WriteAsync(
            Encoding.ASCII.GetBytes(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
                )
            ),
            cancellationToken
        );

    private async Task<byte[]> ReadBodyAsync(Dictionary<string, string> headers, CancellationToken cancellationToken)
    {
        if (!headers.ContainsKey("Transfer-Encoding"))
        {
            return await ReadExactlyAsync(
                int.Parse(headers.GetValueOrDefault("Content-Length", "0"), CultureInfo.InvariantCulture),
                cancellationToken
            );
        }

        var body = new List<byte>();
        while (true)
        {
            var line = await ReadLineAsync(cancellationToken) ?? throw new EndOfStreamException();
            var size = int.Parse(line, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            body.AddRange(await ReadExactlyAsync(size, cancellationToken));
            await ReadLineAsync(cancellationToken);
            if (size == 0)
            {
                return [.. body];
            }
        }
    }

    private async Task<byte[]> ReadExactlyAsync(int count, CancellationToken cancellationToken)
    {
        var content = new byte[count];
        for (var index = 0; index < count; index++)
        {
            content[index] = await ReadByteAsync(cancellationToken) ?? throw new EndOfStreamException();
        }

        return content;
    }

    private async ValueTask<byte?> ReadByteAsync(CancellationToken cancellationToken)
    {
        if (_start == _end)
        {
            _start = 0;
            _end = await stream.ReadAsync(_byte, cancellationToken);
        }

        return _end == 0 ? null : _byte[_start++];
    }

    private static Dictionary<string, string> ParseQuery(string text) =>
        text.Split('&')
            .Select(pair => pair.Split('=', 2))
            .ToDictionary(
                pair => Uri.UnescapeDataString(pair[0]),
                pair => Uri.UnescapeDataString(pair[1]),
                StringComparer.Ordinal
            );
}

internal sealed record FakeRequest
{
    public required string Method { get; init; }

    public required IReadOnlyList<string> Path { get; init; }

    public required IReadOnlyDictionary<string, string> Query { get; init; }

    public required string ContentType { get; init; }

    public required byte[] Body { get; init; }

    /// <summary>As a handler finds it: a form's body was eaten by the router, which looked for its fields.</summary>
    public string Text =>
        ContentType.Split(';')[0] is "application/json" or "application/x-tar" ? Encoding.UTF8.GetString(Body) : "";

    public override string ToString() => $"{Method} /{string.Join('/', Path)}";
}
