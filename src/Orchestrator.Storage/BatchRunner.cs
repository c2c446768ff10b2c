using System.Data.Common;

namespace Orchestrator.Storage;

/// <summary>Runs a statement for many rows the way the engine is fastest at. Answers the number of rows written.</summary>
internal abstract class BatchRunner
{
    public abstract Task<int> ExecuteAsync<T>(
        DbTransaction transaction,
        BatchStatement<T> statement,
        string cell,
        IReadOnlyList<T> rows,
        CancellationToken cancellationToken
    );

    private protected static DbCommand Command(DbTransaction transaction, string sql)
    {
        var connection = transaction.Connection ?? throw new ArgumentException("It has ended.", nameof(transaction));
        var command = connection.CreateCommand();
        command.Transaction = transaction;
#pragma warning disable CA2100 // Made from names of tables and columns in this assembly; values go as parameters.
        command.CommandText = sql;
#pragma warning restore CA2100
        return command;
    }

    private protected static DbParameter AddParameter(DbCommand command, string name, object? value)
    {
        var parameter = command.CreateParameter();
        parameter.ParameterName = name;
        parameter.Value = value;
        command.Parameters.Add(parameter);
        return parameter;
    }
}
