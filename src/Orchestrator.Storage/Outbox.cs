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
    /// <summary>SQLite takes 32,766 parameters; far fewer keep the statement short.</summary>
    private const int MaxIdsPerStatement = 1_000;

    private static readonly ImmutableArray<Column<OutboxMessage>> Key =
    [
        Column.Text<OutboxMessage>("destination", message => message.Destination),
        Column.Text<OutboxMessage>("kind", message => message.Kind),
    ];

    private static readonly BatchStatement<OutboxMessage> Superseded = BatchStatement.Delete("outbox", Key);

    private static readonly BatchStatement<OutboxMessage> Added = BatchStatement.Insert(
        "outbox",
        [.. Key, Column.Text<OutboxMessage>("body", message => message.Body)]
    );

    /// <summary>Supersedes unsent messages of the same destination and kind.</summary>
    public static async Task AddAsync(
        UnitOfWork unit,
        IReadOnlyList<OutboxMessage> messages,
        CancellationToken cancellationToken
    )
    {
        var newest = messages
            .GroupBy(message => (message.Destination, message.Kind))
            .Select(level => level.Last())
            .ToArray();
        // Not an upsert: a message keeps no id of the one before, so whoever has just sent that one does not remove this one.
        await unit.Session.ExecuteAsync(Superseded, unit.Lease.Cell, newest, cancellationToken);
        await unit.Session.WriteAllAsync(Added, unit.Lease.Cell, newest, cancellationToken);
    }

    /// <summary>Oldest first.</summary>
    public static async Task<ImmutableArray<PendingMessage>> ReadPendingAsync(
        Database database,
        string cell,
        int limit,
        CancellationToken cancellationToken
    )
    {
        const string sql = """
            select id as Id, destination as Destination, kind as Kind, body as Body
            from outbox where cell = @cell order by id limit @limit
            """;
        await using var session = await database.ReadAsync(cancellationToken);
        var rows = await session.QueryAsync<Row>(sql, new { cell, limit }, cancellationToken);
        return [.. rows.Select(row => row.ToMessage())];
    }

    /// <summary>Forgets what was sent. An id that was superseded meanwhile is gone already; its successor stays.</summary>
    public static async Task RemoveAsync(
        Database database,
        IReadOnlyList<long> ids,
        CancellationToken cancellationToken
    )
    {
        var sql = $"delete from outbox where {database.IsOneOf("id", "@some")}";
        await using var session = await database.WriteAsync(cancellationToken);
        foreach (var some in ids.Chunk(MaxIdsPerStatement))
        {
            await session.ExecuteAsync(sql, new { some }, cancellationToken);
        }

        await session.CommitAsync(cancellationToken);
    }

    private sealed record Row(long Id, string Destination, string Kind, string Body)
    {
        public PendingMessage ToMessage() => new(Id, new OutboxMessage(Destination, Kind, Body));
    }
}
