using System.Data.Common;

namespace Orchestrator.Storage;

/// <summary>One statement and one round trip for all rows.</summary>
internal sealed class PostgresBatchRunner : BatchRunner
{
    public override async Task<int> ExecuteAsync<T>(
        DbTransaction transaction,
        BatchStatement<T> statement,
        string cell,
        IReadOnlyList<T> rows,
        CancellationToken cancellationToken
    )
    {
        await using var command = Command(transaction, statement.AllRows);
        AddParameter(command, "cell", cell);
        foreach (var column in statement.Columns)
        {
            AddParameter(command, column.Name, column.ReadAll(rows));
        }

        return await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
