using System.Text;
using System.Text.Json;

namespace Orchestrator.HostAgent.Runtimes.Garden;

/// <summary>
/// The routes whose answers are not HTTP: their head announces chunks, but lines or bytes follow as they are, which no
/// HTTP library takes. So these requests are written and read here.
/// </summary>
internal sealed class GardenStreams(GardenAddress address)
{
    /// <summary>Running a program takes a tenth of a second.</summary>
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    /// <summary>An answer that does not say how long it is ends when the connection does, or is taken as it is.</summary>
    private static readonly TimeSpan ErrorDeadline = TimeSpan.FromSeconds(2);

    private const int MaxErrorBytes = 64 * 1024;

    private readonly GardenFailures _failures = new(address);

    /// <summary>Starts a program. After a failure that is no refusal it may run all the same.</summary>
    public Task<GardenProcess> RunAsync(string handle, GardenProgram program, CancellationToken cancellationToken) =>
        OpenProcessAsync(
            "POST",
            $"/containers/{Uri.EscapeDataString(handle)}/processes",
            JsonSerializer.SerializeToUtf8Bytes(program, GardenJson.Default.GardenProgram),
            $"start {program.Path}",
            cancellationToken
        );

    public Task<GardenProcess> AttachAsync(string handle, string processId, CancellationToken cancellationToken) =>
        OpenProcessAsync(
            "GET",
            PathOf(handle, processId),
            body: [],
            $"attach to the process {processId}",
            cancellationToken
        );

    /// <summary>Signals on a connection of its own, since one whose input has ended is not read any more.</summary>
    public async Task SignalAsync(
        string handle,
        string processId,
        GardenSignal signal,
        CancellationToken cancellationToken
    )
    {
        await using var process = await AttachAsync(handle, processId, cancellationToken);
        try
        {
            await process.SignalAsync(signal, cancellationToken);
        }
        catch (IOException e)
        {
            throw _failures.Unreachable(e);
        }
    }

    /// <summary>Copies one of the two outputs until Garden ends it.</summary>
    public async Task CopyOutputAsync(
        string handle,
        string processId,
        string streamId,
        GardenOutput output,
        Func<ReadOnlyMemory<byte>, CancellationToken, ValueTask> write,
        CancellationToken cancellationToken
    )
    {
        var name = output == GardenOutput.Errors ? "stderr" : "stdout";
        var path = $"{PathOf(handle, processId)}/attaches/{Uri.EscapeDataString(streamId)}/{name}";
        var asked = $"hand out {name}";
        var (connection, reader) = await WithinAsync(
            asked,
            token => OpenAsync("GET", path, body: [], asked, token),
            cancellationToken
        );
        await using (connection)
        {
            var buffer = new byte[16 * 1024];
            while (await ReadAsync(reader, buffer, cancellationToken) is > 0 and var count)
            {
                await write(buffer.AsMemory(0, count), cancellationToken);
            }
        }
    }

    private static string PathOf(string handle, string processId) =>
        $"/containers/{Uri.EscapeDataString(handle)}/processes/{Uri.EscapeDataString(processId)}";

    private async ValueTask<int> ReadAsync(WireReader reader, byte[] buffer, CancellationToken cancellationToken)
    {
        try
        {
            return await reader.ReadAsync(buffer, cancellationToken);
        }
        catch (IOException e)
        {
            throw _failures.Unreachable(e);
        }
    }

    private Task<GardenProcess> OpenProcessAsync(
        string method,
        string path,
        byte[] body,
        string asked,
        CancellationToken cancellationToken
    ) =>
        WithinAsync(
            asked,
            async token =>
            {
                var (connection, reader) = await OpenAsync(method, path, body, asked, token);
                try
                {
                    return await GardenProcess.BeginAsync(connection, reader, token);
                }
                catch
                {
                    await connection.DisposeAsync();
                    throw;
                }
            },
            cancellationToken
        );

    /// <summary>Sends a request and reads the head of the answer; the connection is the caller's if that is good.</summary>
    private async Task<(Stream Connection, WireReader Reader)> OpenAsync(
        string method,
        string path,
        byte[] body,
        string asked,
        CancellationToken cancellationToken
    )
    {
        var connection = await address.ConnectAsync(cancellationToken);
        try
        {
            var head =
                $"{method} {path} HTTP/1.1\r\nHost: {address.BaseAddress.Authority}\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n";
            await connection.WriteAsync((byte[])[.. Encoding.ASCII.GetBytes(head), .. body], cancellationToken);
            var reader = new WireReader(connection);
            var answer = await reader.ReadHeadAsync(cancellationToken);
            return answer.HasSucceeded
                ? (connection, reader)
                : throw GardenFailures.Refused(
                    asked,
                    answer.Status,
                    await ReadErrorAsync(reader, answer, cancellationToken)
                );
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    private static async Task<byte[]> ReadErrorAsync(
        WireReader reader,
        WireHead head,
        CancellationToken cancellationToken
    )
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(ErrorDeadline);
        var body = new byte[(int)Math.Min(MaxErrorBytes, head.Length ?? MaxErrorBytes)];
        var length = 0;
        try
        {
            while (
                length < body.Length
                && await reader.ReadAsync(body.AsMemory(length), patience.Token) is > 0 and var count
            )
            {
                length += count;
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // The connection stays open behind it.
        }

        return body[..length];
    }

    private async Task<T> WithinAsync<T>(
        string asked,
        Func<CancellationToken, Task<T>> call,
        CancellationToken cancellationToken
    )
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(Deadline);
        try
        {
            return await call(deadline.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw _failures.Late(asked, Deadline);
        }
        catch (Exception e) when (GardenFailures.IsOfTheConnection(e))
        {
            throw _failures.Unreachable(e);
        }
    }
}

internal enum GardenOutput
{
    Output,
    Errors,
}
