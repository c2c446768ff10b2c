namespace Orchestrator.Storage;

/// <summary>One transaction, fenced by a lease. What is not committed when it is disposed never was.</summary>
public sealed class UnitOfWork : IAsyncDisposable
{
    internal UnitOfWork(Lease lease, Session session) => (Lease, Session) = (lease, session);

    public Lease Lease { get; }

    internal Session Session { get; }

    /// <summary>Durable once it returns. If it throws, whether it is durable is unknown: load again.</summary>
    public Task CommitAsync(CancellationToken cancellationToken) => Session.CommitAsync(cancellationToken);

    public ValueTask DisposeAsync() => Session.DisposeAsync();
}
