using System.Data.Common;
using System.Diagnostics;
using Dapper;

namespace Orchestrator.Storage;

/// <summary>A connection with a transaction on it, which rolls back unless committed.</summary>
/// <param name="giveBack">What to do with the connection at the end.</param>
internal sealed class Session(DbTransaction transaction, BatchRunner batches, Func<ValueTask> giveBack)
    : IAsyncDisposable
{
    private readonly DbConnection _connection =
        transaction.Connection ?? throw new ArgumentException("The transaction has ended.", nameof(transaction));

    private bool _hasEnded;

    public async Task<IReadOnlyList<T>> QueryAsync<T>(
        string sql,
        object arguments,
        CancellationToken cancellationToken
    ) => (await _connection.QueryAsync<T>(Command(sql, arguments, cancellationToken))).AsList();

    /// <summary>Null when no row answers.</summary>
    public Task<T?> QuerySingleOrDefaultAsync<T>(string sql, object arguments, CancellationToken cancellationToken) =>
        _connection.QuerySingleOrDefaultAsync<T>(Command(sql, arguments, cancellationToken));

    /// <summary>Answers the number of rows written.</summary>
    public Task<int> ExecuteAsync(string sql, object arguments, CancellationToken cancellationToken) =>
        _connection.ExecuteAsync(Command(sql, arguments, cancellationToken));

    /// <summary>Answers the number of rows written, all together.</summary>
    public Task<int> ExecuteAsync<T>(
        BatchStatement<T> statement,
        string cell,
        IReadOnlyList<T> rows,
        CancellationToken cancellationToken
    ) =>
        rows.Count == 0
            ? Task.FromResult(0)
            : batches.ExecuteAsync(transaction, statement, cell, rows, cancellationToken);

    /// <summary>Throws unless each row was written.</summary>
    public async Task WriteAllAsync<T>(
        BatchStatement<T> statement,
        string cell,
        IReadOnlyList<T> rows,
        CancellationToken cancellationToken
    )
    {
        var written = await ExecuteAsync(statement, cell, rows, cancellationToken);
        if (written != rows.Count)
        {
            throw new UnreachableException($"{written} of {rows.Count} rows were written by: {statement.PerRow}");
        }
    }

    public Task CommitAsync(CancellationToken cancellationToken) => transaction.CommitAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (_hasEnded)
        {
            return;
        }

        _hasEnded = true;
        try
        {
            await transaction.DisposeAsync();
        }
        finally
        {
            await giveBack();
        }
    }

    private CommandDefinition Command(string sql, object arguments, CancellationToken cancellationToken) =>
        new(sql, arguments, transaction, cancellationToken: cancellationToken);
}
