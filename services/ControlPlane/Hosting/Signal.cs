namespace Orchestrator.ControlPlane.Hosting;

/// <summary>Wakes one waiter. Setting it is cheap, safe from anywhere, and counts once until the waiter has seen it.</summary>
internal sealed class Signal : IDisposable
{
    private readonly SemaphoreSlim _set = new(initialCount: 0, maxCount: 1);

    public void Set()
    {
        try
        {
            _set.Release();
        }
        catch (SemaphoreFullException)
        {
            // It is set already.
        }
    }

    /// <summary>Returns when it was set, or when the time is over.</summary>
    public async Task WaitAsync(TimeSpan most, TimeProvider clock, CancellationToken cancellationToken)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await Task.WhenAny(_set.WaitAsync(over.Token), Task.Delay(most, clock, over.Token));
        await over.CancelAsync();
        cancellationToken.ThrowIfCancellationRequested();
    }

    public void Dispose() => _set.Dispose();
}
