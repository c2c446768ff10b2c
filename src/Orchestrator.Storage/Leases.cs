namespace Orchestrator.Storage;

/// <summary>The right to write a cell. The epoch grows by one with each acquisition, and never goes back.</summary>
public sealed record Lease(string Cell, string Holder, long Epoch, TimeSpan Duration);

/// <summary>Who holds a cell now, for those who forward to it.</summary>
public sealed record LeaseHolder(string Holder, long Epoch, TimeSpan Remaining);

/// <summary>Somebody else has acquired the cell: whoever sees this must stop writing and drop what it holds in memory.</summary>
public sealed class LeaseLostException(string message) : Exception(message);

/// <summary>Leases on cells. All times are of the database's clock, so the clocks of replicas may differ.</summary>
public static class Leases
{
    /// <summary>Null when somebody else holds it. The same holder gets it at once, under a new epoch: it has restarted.</summary>
    public static async Task<Lease?> AcquireAsync(
        Database database,
        string cell,
        string holder,
        TimeSpan duration,
        CancellationToken cancellationToken
    )
    {
        ArgumentException.ThrowIfNullOrEmpty(holder);
        var sql = $"""
            insert into lease (cell, holder, epoch, expires_at)
            values (@cell, @holder, 1, {database.Now} + @microseconds)
            on conflict (cell) do update
            set holder = excluded.holder, epoch = lease.epoch + 1, expires_at = excluded.expires_at
            where lease.holder = excluded.holder or lease.expires_at <= {database.Now}
            returning epoch
            """;
        var arguments = new
        {
            cell,
            holder,
            microseconds = Instant.ToMicroseconds(duration),
        };

        await using var session = await database.WriteAsync(cancellationToken);
        var epoch = await session.QuerySingleOrDefaultAsync<long?>(sql, arguments, cancellationToken);
        await session.CommitAsync(cancellationToken);
        return epoch is { } acquired ? new Lease(cell, holder, acquired, duration) : null;
    }

    /// <summary>Holds it for another duration from now. False when it was lost.</summary>
    public static async Task<bool> RenewAsync(Database database, Lease lease, CancellationToken cancellationToken)
    {
        var sql = $"""
            update lease set expires_at = {database.Now} + @microseconds
            where cell = @Cell and holder = @Holder and epoch = @Epoch
            """;
        var arguments = new
        {
            lease.Cell,
            lease.Holder,
            lease.Epoch,
            microseconds = Instant.ToMicroseconds(lease.Duration),
        };

        await using var session = await database.WriteAsync(cancellationToken);
        var renewed = await session.ExecuteAsync(sql, arguments, cancellationToken);
        await session.CommitAsync(cancellationToken);
        return renewed == 1;
    }

    /// <summary>Lets others acquire it at once. Changes nothing if it was lost.</summary>
    public static async Task ReleaseAsync(Database database, Lease lease, CancellationToken cancellationToken)
    {
        const string sql = """
            update lease set holder = '', expires_at = 0
            where cell = @Cell and holder = @Holder and epoch = @Epoch
            """;

        await using var session = await database.WriteAsync(cancellationToken);
        await session.ExecuteAsync(
            sql,
            new
            {
                lease.Cell,
                lease.Holder,
                lease.Epoch,
            },
            cancellationToken
        );
        await session.CommitAsync(cancellationToken);
    }

    /// <summary>Null when nobody holds it.</summary>
    public static async Task<LeaseHolder?> FindAsync(
        Database database,
        string cell,
        CancellationToken cancellationToken
    )
    {
        var sql = $"""
            select holder as Holder, epoch as Epoch, expires_at - {database.Now} as RemainingMicroseconds
            from lease where cell = @cell and expires_at > {database.Now}
            """;

        await using var session = await database.ReadAsync(cancellationToken);
        var row = await session.QuerySingleOrDefaultAsync<Row>(sql, new { cell }, cancellationToken);
        return row is null
            ? null
            : new LeaseHolder(row.Holder, row.Epoch, TimeSpan.FromMicroseconds(row.RemainingMicroseconds));
    }

    /// <summary>Keeps the lease from being acquired until the transaction ends.</summary>
    internal static async Task FenceAsync(
        Database database,
        Session session,
        Lease lease,
        CancellationToken cancellationToken
    )
    {
        var sql = $"""
            select epoch from lease
            where cell = @Cell and holder = @Holder and epoch = @Epoch {database.ForUpdate}
            """;
        var arguments = new
        {
            lease.Cell,
            lease.Holder,
            lease.Epoch,
        };
        if (await session.QuerySingleOrDefaultAsync<long?>(sql, arguments, cancellationToken) is null)
        {
            throw new LeaseLostException(
                $"{lease.Holder} has lost cell {lease.Cell}, which it held at epoch {lease.Epoch}."
            );
        }
    }

    private sealed record Row(string Holder, long Epoch, long RemainingMicroseconds);
}
