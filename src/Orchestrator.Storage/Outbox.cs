using System.Collections.Immutable;

namespace Orchestrator.Storage;

/// <summary>A message that is owed. It carries a whole level, so the newest of its destination and kind is the only one that counts.</summary>
/// <param name="Destination">A queue.</param>
/// <param name="Kind">Which message type.</param>
/// <param name="Body">JSON.</param>
public sealed record OutboxMessage(string Destination, string Kind, string Body);

/// <param name="Id">Grows; never used again.</param>
public sealed record PendingMessage(long Id, OutboxMessage Message);

/// <summary>Messages decided and not yet sent: at most one per destination and kind.</summary>
public static class Outbox
{
    /// <summary>Supersedes unsent messages of the same destination and kind.</summary>
    public static Task AddAsync(
        UnitOfWork unit,
        IReadOnlyList<OutboxMessage> messages,
        CancellationToken cancellationToken
    ) => throw new NotImplementedException();

    /// <summary>Oldest first.</summary>
    public static Task<ImmutableArray<PendingMessage>> ReadPendingAsync(
        Database database,
        string cell,
        int limit,
        CancellationToken cancellationToken
    ) => throw new NotImplementedException();

    /// <summary>Forgets what was sent. An id that was superseded meanwhile is gone already; its successor stays.</summary>
    public static Task RemoveAsync(Database database, IReadOnlyList<long> ids, CancellationToken cancellationToken) =>
        throw new NotImplementedException();
}
