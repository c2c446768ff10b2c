using System.Data;
using System.Globalization;
using Npgsql;

namespace Orchestrator.Storage;

/// <summary>A PostgreSQL database that many replicas share.</summary>
internal sealed class PostgresDatabase : Database
{
    /// <summary>
    /// A conductor that stops dead within a transaction still has the lease's row locked. The server ends such a
    /// transaction, so that another can take over. Far longer than the pause between two statements of a batch.
    /// </summary>
    private const int IdleInTransactionSeconds = 10;

    private readonly NpgsqlDataSource _source;
    private readonly PostgresBatchRunner _batches = new();

    private PostgresDatabase(NpgsqlDataSource source) => _source = source;

    internal override string Now => "(extract(epoch from now()) * 1000000)::bigint";

    internal override string ForUpdate => "for update";

    public static async Task<PostgresDatabase> OpenAsync(string connectionString, CancellationToken cancellationToken)
    {
        await Migrations.RunAsync(connectionString, cancellationToken);
        return new PostgresDatabase(NpgsqlDataSource.Create(connectionString));
    }

    public override ValueTask DisposeAsync() => _source.DisposeAsync();

    internal override async Task<Session> ReadAsync(CancellationToken cancellationToken) =>
        await BeginAsync(IsolationLevel.RepeatableRead, cancellationToken);

    internal override async Task<Session> WriteAsync(CancellationToken cancellationToken)
    {
        var session = await BeginAsync(IsolationLevel.ReadCommitted, cancellationToken);
        try
        {
            var sql = string.Create(
                CultureInfo.InvariantCulture,
                $"set local idle_in_transaction_session_timeout = '{IdleInTransactionSeconds}s'"
            );
            await session.ExecuteAsync(sql, new { }, cancellationToken);
            return session;
        }
        catch
        {
            await session.DisposeAsync();
            throw;
        }
    }

    private async Task<Session> BeginAsync(IsolationLevel isolation, CancellationToken cancellationToken)
    {
        var connection = await _source.OpenConnectionAsync(cancellationToken);
        try
        {
            var transaction = await connection.BeginTransactionAsync(isolation, cancellationToken);
            return new Session(transaction, _batches, connection.DisposeAsync);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }
}
