using System.Text;

namespace Orchestrator.HostAgent.Runtimes.Garden;

/// <summary>Runs another program in a running container.</summary>
internal sealed class GardenVisit(GardenStreams streams, string handle, GardenNote note)
{
    /// <summary>Once it has ended, Garden hands out the rest of its output at once.</summary>
    private static readonly TimeSpan OutputDeadline = TimeSpan.FromSeconds(5);

    /// <summary>What nobody waits for any more is not waited for long.</summary>
    private static readonly TimeSpan KillDeadline = TimeSpan.FromSeconds(5);

    private const int PieceBytes = 8 * 1024;

    private readonly string _processId = Guid.NewGuid().ToString("N");

    /// <summary>Its exit code. It is killed when nobody waits for it any more.</summary>
    public async Task<int> RunAsync(ContainerExec exec, CancellationToken cancellationToken)
    {
        await using var process = await streams.RunAsync(
            handle,
            GardenRequests.Program(_processId, exec.Arguments, note),
            cancellationToken
        );
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var outputs = Task.WhenAll(
            CopyAsync(process.StreamId, GardenOutput.Output, exec.Output, ending),
            CopyAsync(process.StreamId, GardenOutput.Errors, exec.Errors, ending)
        );
        var input = SendAsync(process, exec.Input, ending.Token);
        var hasEnded = false;
        try
        {
            var status = await process.ReadExitStatusAsync(ending.Token);
            hasEnded = true;
            await outputs.WaitAsync(OutputDeadline, cancellationToken);
            return status;
        }
        catch (OperationCanceledException) when (outputs.IsFaulted)
        {
            await outputs; // It ended for that: what was to take the output did not.
            throw;
        }
        catch (TimeoutException e)
        {
            throw new RuntimeFailedException("Garden did not hand out the rest of the output.", e);
        }
        catch (Exception e) when (GardenFailures.IsOfTheConnection(e))
        {
            throw new RuntimeFailedException($"The connection to the program is lost: {e.Message}", e);
        }
        finally
        {
            await ending.CancelAsync();
            await Task.WhenAll(outputs, input).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!hasEnded)
            {
                await KillAsync();
            }
        }
    }

    private async Task CopyAsync(
        string streamId,
        GardenOutput output,
        Stream destination,
        CancellationTokenSource ending
    )
    {
        try
        {
            await streams.CopyOutputAsync(handle, _processId, streamId, output, destination.WriteAsync, ending.Token);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            await ending.CancelAsync();
            throw;
        }
    }

    private static async Task SendAsync(GardenProcess process, Stream? input, CancellationToken cancellationToken)
    {
        try
        {
            await SendAllAsync(process, input, cancellationToken);
        }
        catch (IOException)
        {
            // It has ended without reading all, or the connection is lost: how it ends tells which.
        }
    }

    private static async Task SendAllAsync(GardenProcess process, Stream? input, CancellationToken cancellationToken)
    {
        if (input is not null)
        {
            var bytes = new byte[PieceBytes];
            var text = new char[PieceBytes + 1];
            var decoder = Encoding.UTF8.GetDecoder(); // Characters that two pieces share arrive whole.
            while (await input.ReadAsync(bytes, cancellationToken) is > 0 and var count)
            {
                var length = decoder.GetChars(bytes.AsSpan(0, count), text, flush: false);
                await process.WriteAsync(new string(text, 0, length), cancellationToken);
            }
        }

        await process.EndInputAsync(cancellationToken);
    }

    private async Task KillAsync()
    {
        using var deadline = new CancellationTokenSource(KillDeadline);
        try
        {
            await streams.SignalAsync(handle, _processId, GardenSignal.Kill, deadline.Token);
        }
        catch (Exception e) when (e is RuntimeFailedException or OperationCanceledException)
        {
            // It has ended, or Garden cannot be reached: then it goes with its container.
        }
    }
}
