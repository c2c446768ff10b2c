namespace Orchestrator.Messaging;

/// <summary>Ends what the library would go on with for ever.</summary>
internal static class Deadline
{
    /// <summary>Returns at the deadline even if the action ignores its token.</summary>
    public static async Task RunAsync(
        Func<CancellationToken, Task> action,
        TimeSpan deadline,
        string lateMessage,
        CancellationToken cancellationToken
    )
    {
        using var late = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        late.CancelAfter(deadline);
        try
        {
            await action(late.Token).WaitAsync(late.Token);
        }
        catch (OperationCanceledException exception)
            when (late.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException(lateMessage, exception);
        }
    }

    /// <summary>Stops within the deadline; what did not stop by then is left to the end of the process.</summary>
    public static async Task StopAsync(Func<CancellationToken, Task> stop)
    {
        try
        {
            await RunAsync(stop, BusLimits.StopDeadline, "Did not stop in time.", CancellationToken.None);
        }
        catch (TimeoutException)
        {
            // The broker is away: it notices the lost connection and redelivers what was not acknowledged.
        }
    }
}
