namespace Orchestrator.Storage;

/// <summary>One transaction, fenced by a lease. What is not committed when it is disposed never was.</summary>
public sealed class UnitOfWork : IAsyncDisposable
{
    internal UnitOfWork(Lease lease) => Lease = lease;

    public Lease Lease { get; }

    public Task CommitAsync(CancellationToken cancellationToken) => throw new NotImplementedException();

    public ValueTask DisposeAsync() => throw new NotImplementedException();
}
