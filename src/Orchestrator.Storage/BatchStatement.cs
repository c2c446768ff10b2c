using System.Collections.Immutable;

namespace Orchestrator.Storage;

/// <summary>A statement for many rows of a cell, in the two forms that engines take it in.</summary>
/// <param name="PerRow">Run once for each row, with <c>@cell</c> and a parameter per column.</param>
/// <param name="AllRows">Run once, with <c>@cell</c> and an array per column.</param>
internal sealed record BatchStatement<T>(string PerRow, string AllRows, ImmutableArray<Column<T>> Columns);

/// <summary>Builds them. For the table of pools an upsert comes to:</summary>
/// <example><code>
/// insert into pool (cell, name, body) values (@cell, @name, @body)
/// on conflict (cell, name) do update set body = excluded.body
///
/// insert into pool (cell, name, body) select @cell, * from unnest(@name::text[], @body::json[])
/// on conflict (cell, name) do update set body = excluded.body
/// </code></example>
internal static class BatchStatement
{
    public static BatchStatement<T> Insert<T>(string table, ImmutableArray<Column<T>> columns)
    {
        var into = $"insert into {table} (cell, {Names(columns)})";
        return new BatchStatement<T>(
            $"{into} values (@cell, {Parameters(columns)})",
            $"{into} select @cell, * from {Unnest(columns)}",
            columns
        );
    }

    public static BatchStatement<T> Upsert<T>(
        string table,
        ImmutableArray<Column<T>> key,
        ImmutableArray<Column<T>> rest
    )
    {
        var insert = Insert(table, [.. key, .. rest]);
        var changes = string.Join(", ", rest.Select(column => $"{column.Name} = excluded.{column.Name}"));
        var onConflict =
            $" on conflict ({string.Join(", ", ["cell", .. key.Select(column => column.Name)])}) do update set {changes}";
        return insert with { PerRow = insert.PerRow + onConflict, AllRows = insert.AllRows + onConflict };
    }

    public static BatchStatement<T> Delete<T>(string table, ImmutableArray<Column<T>> key)
    {
        var from = $"delete from {table} where cell = @cell and ({Names(key)})";
        return new BatchStatement<T>($"{from} = ({Parameters(key)})", $"{from} in (select * from {Unnest(key)})", key);
    }

    private static string Names<T>(ImmutableArray<Column<T>> columns) =>
        string.Join(", ", columns.Select(column => column.Name));

    private static string Parameters<T>(ImmutableArray<Column<T>> columns) =>
        string.Join(", ", columns.Select(column => $"@{column.Name}"));

    private static string Unnest<T>(ImmutableArray<Column<T>> columns) =>
        $"unnest({string.Join(", ", columns.Select(column => $"@{column.Name}::{column.ArrayType}"))})";
}
