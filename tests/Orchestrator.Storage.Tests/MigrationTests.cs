using Orchestrator.Tests.Shared;

namespace Orchestrator.Storage.Tests;

public abstract class MigrationTests(Target target) : StoreTests(target)
{
    [Fact]
    public async Task Opening_again_changes_nothing()
    {
        var lease = await AcquireAsync(CellName);

        await using var again = await Target.OpenAsync();

        Assert.True(await Leases.RenewAsync(again, lease, Cancel));
    }

    [Fact]
    public async Task Many_that_open_at_once_take_turns()
    {
        await using var empty = Target.Another();
        await empty.CreateAsync();

        var opened = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(empty.OpenAsync)));

        foreach (var database in opened)
        {
            Assert.Empty(await Tokens.ListAsync(database, Cancel));
            await database.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_schema_that_a_newer_version_made_is_refused()
    {
        await Target.ExecuteAsync(
            "insert into schema_history (scriptname, applied) values ('9999_future.sql', '2030-01-01')"
        );

        var refusal = await Assert.ThrowsAsync<SchemaTooNewException>(Target.OpenAsync);

        Assert.Contains("9999_future.sql", refusal.Message);
    }
}

public sealed class MigrationOnSqliteTests() : MigrationTests(new SqliteTarget())
{
    [Fact]
    public async Task Only_the_owner_can_read_the_files()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no such modes.");

        await AcquireAsync(CellName);

        var files = Directory.GetFiles(Path.GetDirectoryName(((SqliteTarget)Target).Path)!);

        Assert.Contains(files, file => file.EndsWith("-wal", StringComparison.Ordinal));
#pragma warning disable CA1416 // Windows was skipped.
        Assert.All(
            files,
            file => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file))
        );
#pragma warning restore CA1416
    }
}

public sealed class MigrationOnPostgresTests(PostgresServer server) : MigrationTests(new PostgresTarget(server));
