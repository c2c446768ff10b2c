namespace Orchestrator.Messaging;

/// <summary>A loop that runs until it is disposed; disposing waits for its end and shows what made it fail.</summary>
internal sealed class BackgroundLoop : IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _running;
    private int _disposed;

    public BackgroundLoop(Func<CancellationToken, Task> loop)
    {
        var token = _stopping.Token;
        _running = Task.Run(() => loop(token), CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        await _stopping.CancelAsync();
        try
        {
            await _running;
        }
        catch (OperationCanceledException)
        {
            // That is how it stops.
        }

        _stopping.Dispose();
    }
}
