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

    /// <summary>What broke on our side, or on the way of the output.</summary>
    private Exception? _failure;

    /// <summary>Its exit code. It is killed when nobody waits for it any more.</summary>
    public async Task<int> RunAsync(ContainerExec exec, CancellationToken cancellationToken)
    {
        // Not cancelled: a program that starts behind our back would have to be looked for.
        await using var process = await streams.RunAsync(
            handle,
            GardenRequests.Program(_processId, exec.Arguments, note),
            CancellationToken.None
        );
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var outputs = Task.WhenAll(
            CopyAsync(process.StreamId, GardenOutput.Output, exec.Output, ending),
            CopyAsync(process.StreamId, GardenOutput.Errors, exec.Errors, ending)
        );
        var input = SendAsync(process, exec.Input, ending);
        var hasEnded = false;
        try
        {
            var status = await ReadExitStatusAsync(process, ending.Token);
            hasEnded = true;
            await outputs.WaitAsync(OutputDeadline, cancellationToken);
            return _failure is null ? status : throw Broken(_failure);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw Broken(_failure ?? e);
        }
        catch (TimeoutException e)
        {
            throw new RuntimeFailedException("Garden did not hand out the rest of the output.", e);
        }
        finally
        {
            await ending.CancelAsync();
            await Task.WhenAll(outputs, input)
                .WaitAsync(KillDeadline, CancellationToken.None)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!hasEnded)
            {
                await KillAsync();
            }
        }
    }

    private static RuntimeFailedException Broken(Exception reason) =>
        new($"The input or output of the program broke: {reason.Message}", reason);

    /// <summary>
    /// What is sent to a program that has just ended can take the connection and the exit status with it. A second one,
    /// on which nothing is sent, gets it; if the program still runs, its output is lost and so is the visit.
    /// </summary>
    private async Task<int> ReadExitStatusAsync(GardenProcess process, CancellationToken cancellationToken)
    {
        try
        {
            return await process.ReadExitStatusAsync(cancellationToken);
        }
        catch (Exception e) when (GardenFailures.IsOfTheConnection(e))
        {
            await using var second = await streams.AttachAsync(handle, _processId, cancellationToken);
            try
            {
                return await second.ReadExitStatusAsync(cancellationToken).WaitAsync(OutputDeadline, cancellationToken);
            }
            catch (Exception again) when (again is TimeoutException || GardenFailures.IsOfTheConnection(again))
            {
                throw new RuntimeFailedException($"The connection to the program is lost: {e.Message}", e);
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
            await BreakAsync(e, ending);
        }
    }

    private async Task SendAsync(GardenProcess process, Stream? input, CancellationTokenSource ending)
    {
        try
        {
            if (input is null || await SendTextAsync(process, input, ending.Token))
            {
                await TrySendAsync(process.EndInputAsync(ending.Token));
            }
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            await BreakAsync(e, ending);
        }
    }

    /// <summary>False if Garden takes no more.</summary>
    private static async Task<bool> SendTextAsync(
        GardenProcess process,
        Stream input,
        CancellationToken cancellationToken
    )
    {
        var bytes = new byte[PieceBytes];
        var text = new char[PieceBytes + 1];
        var decoder = Encoding.UTF8.GetDecoder(); // Characters that two pieces share arrive whole.
        while (await input.ReadAsync(bytes, cancellationToken) is > 0 and var count)
        {
            var length = decoder.GetChars(bytes.AsSpan(0, count), text, flush: false);
            if (!await TrySendAsync(process.WriteAsync(new string(text, 0, length), cancellationToken)))
            {
                return false;
            }
        }

        return true;
    }

    private static async Task<bool> TrySendAsync(Task sending)
    {
        try
        {
            await sending;
            return true;
        }
        catch (IOException)
        {
            return false; // It has ended without reading all, or the connection is lost: how it ends tells which.
        }
    }

    /// <summary>Ends the visit for something that has broken on our side.</summary>
    private async Task BreakAsync(Exception reason, CancellationTokenSource ending)
    {
        Interlocked.CompareExchange(ref _failure, reason, comparand: null);
        await ending.CancelAsync();
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
