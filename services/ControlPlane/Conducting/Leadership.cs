namespace Orchestrator.ControlPlane.Conducting;

/// <summary>One uninterrupted time of leading. What runs for the leader stops when <see cref="Ended"/> is cancelled.</summary>
internal sealed class Leadership : IDisposable
{
    private readonly CancellationTokenSource _ended;

    public Leadership(long epoch, CancellationToken stopping)
    {
        Epoch = epoch;
        _ended = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        Ended = _ended.Token;
    }

    public long Epoch { get; }

    public CancellationToken Ended { get; }

    public Task EndAsync() => _ended.CancelAsync();

    public void Dispose() => _ended.Dispose();
}
