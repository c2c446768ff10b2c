namespace Orchestrator.Storage;

/// <summary>A column of a table, and where its value comes from.</summary>
/// <param name="ArrayType">PostgreSQL's type for many values of it.</param>
internal sealed record Column<T>(
    string Name,
    string ArrayType,
    Func<T, object> Read,
    Func<IReadOnlyList<T>, Array> ReadAll
);

/// <summary>Columns by the type they have in the database.</summary>
internal static class Column
{
    public static Column<T> Text<T>(string name, Func<T, string> read) => new(name, "text[]", read, All(read));

    public static Column<T> Number<T>(string name, Func<T, long> read) =>
        new(name, "bigint[]", row => read(row), All(read));

    public static Column<T> Bytes<T>(string name, Func<T, byte[]> read) => new(name, "bytea[]", read, All(read));

    /// <summary>The object itself.</summary>
    public static Column<T> Body<T>() =>
        new("body", "json[]", StoredJson.Serialize, All<T, string>(StoredJson.Serialize));

    /// <summary>What <paramref name="read"/> wrote as JSON.</summary>
    public static Column<T> Json<T>(string name, Func<T, string> read) => new(name, "json[]", read, All(read));

    private static Func<IReadOnlyList<T>, Array> All<T, TValue>(Func<T, TValue> read) =>
        rows => rows.Select(read).ToArray();
}
