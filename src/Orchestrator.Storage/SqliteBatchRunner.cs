using System.Data.Common;

namespace Orchestrator.Storage;

/// <summary>One prepared statement, run row by row: there is no round trip to save.</summary>
internal sealed class SqliteBatchRunner : BatchRunner
{
    public override async Task<int> ExecuteAsync<T>(
        DbTransaction transaction,
        BatchStatement<T> statement,
        string cell,
        IReadOnlyList<T> rows,
        CancellationToken cancellationToken
    )
    {
        await using var command = Command(transaction, statement.PerRow);
        AddParameter(command, "cell", cell);
        var parameters = statement
            .Columns.Select(column => (column.Read, Parameter: AddParameter(command, column.Name, value: null)))
            .ToArray();

        var written = 0;
        foreach (var row in rows)
        {
            foreach (var (read, parameter) in parameters)
            {
                parameter.Value = read(row);
            }

            written += await command.ExecuteNonQueryAsync(cancellationToken);
        }

        return written;
    }
}
