using System.Net;
using System.Text;
using System.Text.Json;

namespace Orchestrator.HostAgent.Runtimes.Garden;

/// <summary>
/// A connection that Garden has taken over for one process: we send input and signals, it sends how the process ends.
/// Closing it leaves the process running. Output comes on connections of its own.
/// </summary>
internal sealed class GardenProcess : IAsyncDisposable
{
    private readonly Stream _connection;
    private readonly WireReader _reader;
    private readonly ProcessLine.Attached _attached;

    private GardenProcess(Stream connection, WireReader reader, ProcessLine.Attached attached) =>
        (_connection, _reader, _attached) = (connection, reader, attached);

    public string StreamId => _attached.StreamId;

    /// <summary>Reads the first line, which names the process. The connection stays the caller's if that fails.</summary>
    public static async Task<GardenProcess> BeginAsync(
        Stream connection,
        WireReader reader,
        CancellationToken cancellationToken
    )
    {
        var line = await ReadAsync(reader, cancellationToken);
        return line is ProcessLine.Attached attached
            ? new GardenProcess(connection, reader, attached)
            : throw new InvalidDataException("Garden did not say which process this is.");
    }

    /// <summary>Waits for its end. That is told when everybody has closed its outputs, not when it ends.</summary>
    /// <exception cref="EndOfStreamException">The connection ended first; the process may run on.</exception>
    /// <exception cref="InvalidDataException">Garden sent something else.</exception>
    /// <exception cref="RuntimeFailedException">Garden cannot tell how it ended, or whether it did.</exception>
    public async Task<int> ReadExitStatusAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            switch (await ReadAsync(_reader, cancellationToken))
            {
                case ProcessLine.Exited(var status):
                    return status;
                case ProcessLine.Failed(var error):
                    throw GardenFailures.Refused(
                        "tell how a process ended",
                        HttpStatusCode.OK,
                        Encoding.UTF8.GetBytes(error)
                    );
            }
        }
    }

    /// <summary>To its standard input. Garden's protocol is JSON, so what is no text does not arrive as it was.</summary>
    public Task WriteAsync(string text, CancellationToken cancellationToken) =>
        SendAsync($"\"source\":0,\"data\":\"{JsonEncodedText.Encode(text)}\"", cancellationToken);

    /// <summary>Ends its standard input. Garden reads nothing more from this connection then, signals neither.</summary>
    public Task EndInputAsync(CancellationToken cancellationToken) => SendAsync("\"source\":0", cancellationToken);

    public Task SignalAsync(GardenSignal signal, CancellationToken cancellationToken) =>
        SendAsync(signal == GardenSignal.Kill ? "\"signal\":1" : "\"signal\":0", cancellationToken);

    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    private static async Task<ProcessLine> ReadAsync(WireReader reader, CancellationToken cancellationToken) =>
        ProcessLine.Parse(
            await reader.ReadLineAsync(ProcessLine.MaxBytes, cancellationToken)
                ?? throw new EndOfStreamException("Garden closed the connection.")
        );

    private async Task SendAsync(string fields, CancellationToken cancellationToken) =>
        await _connection.WriteAsync(
            Encoding.UTF8.GetBytes($"{{\"process_id\":{_attached.ProcessId},{fields}}}\n"),
            cancellationToken
        );
}

internal enum GardenSignal
{
    Terminate,
    Kill,
}
