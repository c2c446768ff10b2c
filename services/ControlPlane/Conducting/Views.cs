namespace Orchestrator.ControlPlane.Conducting;

/// <summary>The newest view, and the news that it changed. One writer, any number of readers, none of whom it waits for.</summary>
internal sealed class Views
{
    private readonly Lock _lock = new();
    private volatile CellView _current = CellView.Unknown;
    private TaskCompletionSource _changed = NewSignal();

    public CellView Current => _current;

    /// <summary>Shows a view; the version is counted here.</summary>
    public void Show(CellView view, bool isChanged)
    {
        TaskCompletionSource? signal = null;
        lock (_lock)
        {
            _current = view with { Version = _current.Version + (isChanged ? 1 : 0) };
            if (isChanged)
            {
                (signal, _changed) = (_changed, NewSignal());
            }
        }

        signal?.SetResult();
    }

    /// <summary>The first view of a higher version than the one that was seen; at once if it is there.</summary>
    public async Task<CellView> WaitForChangeAsync(long seenVersion, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                if (_current.Version > seenVersion)
                {
                    return _current;
                }

                changed = _changed.Task;
            }

            await changed.WaitAsync(cancellationToken);
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
