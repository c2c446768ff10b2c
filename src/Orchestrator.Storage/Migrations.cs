using System.Reflection;
using Dapper;
using DbUp;
using DbUp.Builder;
using DbUp.Sqlite.Helpers;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace Orchestrator.Storage;

/// <summary>Brings the schema up to date with the scripts in <c>schemas/sql</c>: all of them or none.</summary>
internal static class Migrations
{
    private const string HistoryTable = "schema_history";

    /// <summary>Any number that nothing else in the database locks: it spells "orchestr".</summary>
    private const long AdvisoryLock = 0x6f72_6368_6573_7472;

    /// <summary>How long a replica waits for another one that migrates, and a migration may take.</summary>
    private static readonly TimeSpan MaxDuration = TimeSpan.FromMinutes(5);

    /// <summary>DbUp's transaction has the database to itself from its beginning, so two processes take turns.</summary>
    public static void Run(SqliteConnection connection)
    {
        using var shared = new SharedConnection(connection);
        Run(DeployChanges.To.SqliteDatabase(shared).JournalToSqliteTable(HistoryTable), "sqlite/");
    }

    /// <summary>The advisory lock makes replicas that start together take turns.</summary>
    public static async Task RunAsync(string connectionString, CancellationToken cancellationToken)
    {
        // Not pooled: the lock must end with the connection, whatever happens in between.
        var settings = new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false };
        await using var locking = new NpgsqlConnection(settings.ConnectionString);
        await locking.OpenAsync(cancellationToken);
        await locking.ExecuteAsync(
            new CommandDefinition(
                "select pg_advisory_lock(@AdvisoryLock)",
                new { AdvisoryLock },
                commandTimeout: (int)MaxDuration.TotalSeconds,
                cancellationToken: cancellationToken
            )
        );
        Run(
            DeployChanges
                .To.PostgresqlDatabase(settings.ConnectionString)
                .JournalToPostgresqlTable(schema: null, HistoryTable),
            "postgresql/"
        );
    }

    private static void Run(UpgradeEngineBuilder builder, string folder)
    {
        var engine = builder
            .WithScriptsEmbeddedInAssembly(
                Assembly.GetExecutingAssembly(),
                name => name.StartsWith(folder, StringComparison.Ordinal)
            )
            .WithTransaction()
            .WithVariablesDisabled()
            .WithExecutionTimeout(MaxDuration)
            .LogToNowhere()
            .Build();
        var unknown = engine.GetExecutedButNotDiscoveredScripts();
        if (unknown.Count > 0)
        {
            throw new SchemaTooNewException(
                $"The database has been migrated with {string.Join(", ", unknown)}, which this version does not know. "
                    + "Run the version that did it, or restore a backup from before."
            );
        }

        var result = engine.PerformUpgrade();
        if (!result.Successful)
        {
            throw new InvalidOperationException($"Migration {result.ErrorScript?.Name} failed.", result.Error);
        }
    }
}
