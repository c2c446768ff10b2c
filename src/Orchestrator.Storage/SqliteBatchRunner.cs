using System.Data.Common;
using System.Diagnostics;
using System.Text;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Orchestrator.Storage;

/// <summary>
/// One prepared statement, run row by row: there is no round trip to save. It speaks to SQLite's own interface, because a
/// command binds every parameter anew for every row, and most rows of a batch differ in few columns.
/// </summary>
internal sealed class SqliteBatchRunner : BatchRunner
{
    public override Task<int> ExecuteAsync<T>(
        DbTransaction transaction,
        BatchStatement<T> statement,
        string cell,
        IReadOnlyList<T> rows,
        CancellationToken cancellationToken
    )
    {
        cancellationToken.ThrowIfCancellationRequested();
        var database =
            (transaction.Connection as SqliteConnection)?.Handle
            ?? throw new ArgumentException("It has ended.", nameof(transaction));
        Check(database, raw.sqlite3_prepare_v2(database, statement.PerRow, out var prepared));
        using (prepared)
        {
            return Task.FromResult(Execute(database, prepared, statement, cell, rows));
        }
    }

    private static int Execute<T>(
        sqlite3 database,
        sqlite3_stmt prepared,
        BatchStatement<T> statement,
        string cell,
        IReadOnlyList<T> rows
    )
    {
        Bind(database, prepared, IndexOf(prepared, "cell"), cell);
        var indexes = statement.Columns.Select(column => IndexOf(prepared, column.Name)).ToArray();
        var bound = new object?[indexes.Length];
        var written = 0;
        foreach (var row in rows)
        {
            for (var column = 0; column < indexes.Length; column++)
            {
                var value = statement.Columns[column].Read(row);
                if (!IsSame(value, bound[column]))
                {
                    Bind(database, prepared, indexes[column], value);
                    bound[column] = value;
                }
            }

            var result = raw.sqlite3_step(prepared);
            if (result != raw.SQLITE_DONE)
            {
                SqliteException.ThrowExceptionForRC(result, database);
            }

            written += raw.sqlite3_changes(database);
            Check(database, raw.sqlite3_reset(prepared)); // What is bound stays bound.
        }

        return written;
    }

    /// <summary>Texts that are equal and not the same are rare, and cost more to compare than to bind.</summary>
    private static bool IsSame(object value, object? bound) =>
        ReferenceEquals(value, bound) || (value is long number && bound is long before && number == before);

    private static int IndexOf(sqlite3_stmt prepared, string name) =>
        raw.sqlite3_bind_parameter_index(prepared, $"@{name}") is var index and > 0
            ? index
            : throw new UnreachableException($"The statement has no parameter @{name}.");

    private static void Bind(sqlite3 database, sqlite3_stmt prepared, int index, object value)
    {
        var result = value switch
        {
            long number => raw.sqlite3_bind_int64(prepared, index, number),
            string text => BindText(prepared, index, text),
            byte[] bytes => raw.sqlite3_bind_blob(prepared, index, bytes),
            _ => throw new UnreachableException($"No column holds a {value.GetType()}."),
        };
        Check(database, result);
    }

    private static int BindText(sqlite3_stmt prepared, int index, string text)
    {
        const int maxOnStack = 512;
        var length = Encoding.UTF8.GetMaxByteCount(text.Length);
        var bytes = length <= maxOnStack ? stackalloc byte[length] : new byte[length];
        return raw.sqlite3_bind_text(prepared, index, bytes[..Encoding.UTF8.GetBytes(text, bytes)]);
    }

    private static void Check(sqlite3 database, int result)
    {
        if (result != raw.SQLITE_OK)
        {
            SqliteException.ThrowExceptionForRC(result, database);
        }
    }
}
