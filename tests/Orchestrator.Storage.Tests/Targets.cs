using System.Data.Common;
using Dapper;
using Microsoft.Data.Sqlite;
using Npgsql;
using Orchestrator.Tests.Shared;

[assembly: AssemblyFixture(typeof(PostgresServer))]

namespace Orchestrator.Storage.Tests;

/// <summary>An empty database of one engine, for one test.</summary>
public abstract class Target : IAsyncDisposable
{
    public abstract Task CreateAsync();

    /// <summary>One more of the same engine.</summary>
    public abstract Target Another();

    public abstract Task<Database> OpenAsync();

    /// <summary>Runs SQL behind the stores' back.</summary>
    public async Task ExecuteAsync(string sql)
    {
        await using var connection = Connect();
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await connection.ExecuteAsync(sql);
    }

    /// <summary>Of one column, as they are stored.</summary>
    public async Task<IEnumerable<string>> ReadTextsAsync(string sql)
    {
        await using var connection = Connect();
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        return await connection.QueryAsync<string>(sql);
    }

    /// <summary>Makes the database pretend to write to a table.</summary>
    public abstract Task IgnoreInsertsAsync(string table);

    public abstract ValueTask DisposeAsync();

    protected abstract DbConnection Connect();
}

public sealed class SqliteTarget : Target
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("orc-storage-");

    public string Path => System.IO.Path.Combine(_folder.FullName, "state.db");

    public override Task CreateAsync() => Task.CompletedTask;

    public override Target Another() => new SqliteTarget();

    public override Task<Database> OpenAsync() => Database.OpenSqliteAsync(Path, TestContext.Current.CancellationToken);

    public override Task IgnoreInsertsAsync(string table) =>
        ExecuteAsync($"create trigger ignore_{table} before insert on {table} begin select raise(ignore); end");

    public override ValueTask DisposeAsync()
    {
        _folder.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }

    protected override DbConnection Connect() => new SqliteConnection($"Data Source={Path};Pooling=False");
}

public sealed class PostgresTarget(PostgresServer server) : Target
{
    private string _connectionString = "";

    public override Target Another() => new PostgresTarget(server);

    public override async Task CreateAsync()
    {
        Assert.SkipWhen(server.Missing is not null, server.Missing ?? "");
        _connectionString = await server.CreateDatabaseAsync(TestContext.Current.CancellationToken);
    }

    public override Task<Database> OpenAsync() =>
        Database.OpenPostgresAsync(_connectionString, TestContext.Current.CancellationToken);

    public override Task IgnoreInsertsAsync(string table) =>
        ExecuteAsync($"create rule ignore_{table} as on insert to {table} do instead nothing");

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask; // The server goes, and its databases with it.

    protected override DbConnection Connect() =>
        new NpgsqlConnection(new NpgsqlConnectionStringBuilder(_connectionString) { Pooling = false }.ConnectionString);
}

/// <summary>Tests that hold on every engine. A class per engine derives from each.</summary>
public abstract class StoreTests(Target target) : IAsyncLifetime
{
    protected const string CellName = "default";

    protected static readonly DateTimeOffset Noon = new(2026, 5, 4, 12, 0, 0, TimeSpan.Zero);

    protected Target Target { get; } = target;

    protected Database Database { get; private set; } = null!;

    protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await Target.CreateAsync();
        Database = await Target.OpenAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (Database is not null)
        {
            await Database.DisposeAsync();
        }

        await Target.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    protected async Task<Lease> AcquireAsync(string cell) =>
        await Leases.AcquireAsync(Database, cell, "a", TimeSpan.FromMinutes(1), Cancel)
        ?? throw new InvalidOperationException("Somebody else holds it.");

    /// <summary>Does it in one unit of work and commits.</summary>
    protected async Task CommitAsync(Lease lease, Func<UnitOfWork, Task> write)
    {
        await using var unit = await Database.BeginAsync(lease, Cancel);
        await write(unit);
        await unit.CommitAsync(Cancel);
    }
}
