using System.Collections.Immutable;

namespace Orchestrator.Storage;

/// <summary>A message that is owed. What it says is read off the stored state when it is sent, so only the newest of a kind and receiver counts.</summary>
/// <param name="Kind">Which level.</param>
/// <param name="Receiver">The id of a host or gateway.</param>
/// <param name="Epoch">Of the lease under which it was decided.</param>
/// <param name="Revision">At least this one is owed.</param>
public sealed record OwedMessage(string Kind, string Receiver, long Epoch, long Revision);

/// <summary>Messages decided and not yet sent: at most one per kind and receiver.</summary>
public static class Outbox
{
    private static readonly ImmutableArray<Column<OwedMessage>> Key =
    [
        Column.Text<OwedMessage>("kind", message => message.Kind),
        Column.Text<OwedMessage>("receiver", message => message.Receiver),
    ];

    private static readonly ImmutableArray<Column<OwedMessage>> Level =
    [
        Column.Number<OwedMessage>("epoch", message => message.Epoch),
        Column.Number<OwedMessage>("revision", message => message.Revision),
    ];

    private static readonly BatchStatement<OwedMessage> Added = BatchStatement.Upsert("outbox", Key, Level);

    /// <summary>Whoever has sent an older level does not remove a newer one.</summary>
    private static readonly BatchStatement<OwedMessage> Sent = BatchStatement.Delete("outbox", [.. Key, .. Level]);

    /// <summary>Supersedes unsent messages of the same kind and receiver.</summary>
    public static async Task AddAsync(
        UnitOfWork unit,
        IReadOnlyList<OwedMessage> messages,
        CancellationToken cancellationToken
    )
    {
        var newest = messages
            .GroupBy(message => (message.Kind, message.Receiver))
            .Select(level => level.Last())
            .ToArray();
        await unit.Session.WriteAllAsync(Added, unit.Lease.Cell, newest, cancellationToken);
    }

    /// <summary>By kind and receiver.</summary>
    public static async Task<ImmutableArray<OwedMessage>> ReadPendingAsync(
        Database database,
        string cell,
        int limit,
        CancellationToken cancellationToken
    )
    {
        const string sql = """
            select kind as Kind, receiver as Receiver, epoch as Epoch, revision as Revision
            from outbox where cell = @cell order by kind, receiver limit @limit
            """;
        await using var session = await database.ReadAsync(cancellationToken);
        return [.. await session.QueryAsync<OwedMessage>(sql, new { cell, limit }, cancellationToken)];
    }

    /// <summary>Forgets what was sent; what superseded it meanwhile stays.</summary>
    public static async Task RemoveAsync(
        Database database,
        string cell,
        IReadOnlyList<OwedMessage> sent,
        CancellationToken cancellationToken
    )
    {
        await using var session = await database.WriteAsync(cancellationToken);
        await session.ExecuteAsync(Sent, cell, sent, cancellationToken);
        await session.CommitAsync(cancellationToken);
    }
}
