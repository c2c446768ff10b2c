using System.Diagnostics;
using Npgsql;
using Orchestrator.Core.Reconciliation;
using Orchestrator.Tests.Shared;

namespace Orchestrator.Storage.Tests;

public abstract class UnitOfWorkTests(Target target) : StoreTests(target)
{
    protected static readonly JournalEntry Entry = new(Noon, "ann", "publish", "shop", "");

    [Fact]
    public async Task Who_lost_the_lease_cannot_begin()
    {
        var lost = await AcquireAsync(CellName);
        await AcquireAsync(CellName);

        await Assert.ThrowsAsync<LeaseLostException>(() => Database.BeginAsync(lost, Cancel));
    }

    [Fact]
    public async Task Who_released_the_lease_cannot_begin()
    {
        var lease = await AcquireAsync(CellName);
        await Leases.ReleaseAsync(Database, lease, Cancel);

        await Assert.ThrowsAsync<LeaseLostException>(() => Database.BeginAsync(lease, Cancel));
    }

    [Fact]
    public async Task Who_was_refused_does_not_keep_others_from_writing()
    {
        var lost = await AcquireAsync(CellName);
        var held = await AcquireAsync(CellName);
        await Assert.ThrowsAsync<LeaseLostException>(() => Database.BeginAsync(lost, Cancel));

        await CommitAsync(held, unit => Journal.AppendAsync(unit, [Entry], Cancel));

        Assert.Single(await Journal.ReadAsync(Database, CellName, after: 0, limit: 10, Cancel));
    }

    [Fact]
    public async Task What_was_not_committed_never_was()
    {
        var lease = await AcquireAsync(CellName);
        await using (var unit = await Database.BeginAsync(lease, Cancel))
        {
            await Journal.AppendAsync(unit, [Entry], Cancel);
            await Outbox.AddAsync(unit, [new OwedMessage("assignment", "a", Epoch: 1, Revision: 1)], Cancel);
            await CellStore.SaveAsync(unit, Changes.None with { Hosts = [Sample.Of<Core.Fleet.Host>()] }, Cancel);
        }

        Assert.Empty(await Journal.ReadAsync(Database, CellName, after: 0, limit: 10, Cancel));
        Assert.Empty(await Outbox.ReadPendingAsync(Database, CellName, limit: 10, Cancel));
        Assert.Empty((await CellStore.LoadAsync(Database, CellName, Cancel)).Hosts);
        Assert.Equal(new JournalCheck.Intact(Count: 0), await Journal.VerifyAsync(Database, CellName, Cancel));
    }

    [Fact]
    public async Task Who_writes_while_the_database_is_closed_is_let_end()
    {
        await using var other = Target.Another();
        await other.CreateAsync();
        var database = await other.OpenAsync();
        var lease = await Leases.AcquireAsync(database, CellName, "r1", TimeSpan.FromMinutes(1), Cancel);
        var unit = await database.BeginAsync(lease!, Cancel);

        var closing = Task.Run(() => database.DisposeAsync().AsTask(), Cancel);
        await Journal.AppendAsync(unit, [Entry], Cancel);
        await unit.CommitAsync(Cancel);
        await unit.DisposeAsync();
        await closing;

        await using var again = await other.OpenAsync();
        Assert.Single(await Journal.ReadAsync(again, CellName, after: 0, limit: 10, Cancel));
    }

    [Fact]
    public async Task Readers_do_not_wait_for_a_writer_and_do_not_see_what_it_has_not_committed()
    {
        var lease = await AcquireAsync(CellName);
        await using var unit = await Database.BeginAsync(lease, Cancel);
        await Journal.AppendAsync(unit, [Entry], Cancel);

        var before = await Journal.ReadAsync(Database, CellName, after: 0, limit: 10, Cancel);
        await unit.CommitAsync(Cancel);
        var after = await Journal.ReadAsync(Database, CellName, after: 0, limit: 10, Cancel);

        Assert.Equal((0, 1), (before.Length, after.Length));
    }
}

public sealed class UnitOfWorkOnSqliteTests() : UnitOfWorkTests(new SqliteTarget())
{
    [Fact]
    public async Task A_power_cut_before_the_commit_leaves_nothing_and_one_after_it_everything()
    {
        var lease = await AcquireAsync(CellName);
        await using var unit = await Database.BeginAsync(lease, Cancel);
        await Journal.AppendAsync(unit, [.. Enumerable.Repeat(Entry, 5_000)], Cancel);

        using var before = CopyFiles();
        await unit.CommitAsync(Cancel);
        using var after = CopyFiles();

        Assert.Equal((0, 5_000), (await CountAsync(before.Path), await CountAsync(after.Path)));
    }

    private FileCopy CopyFiles() => new(((SqliteTarget)Target).Path);

    private static async Task<int> CountAsync(string path)
    {
        await using var database = await Database.OpenSqliteAsync(path, Cancel);
        return (await Journal.ReadAsync(database, CellName, after: 0, limit: 10_000, Cancel)).Length;
    }

    /// <summary>The files as they are on the disk now, as a machine finds them that comes up again.</summary>
    private sealed class FileCopy : IDisposable
    {
        private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("orc-copy-");

        public FileCopy(string path)
        {
            foreach (var file in new[] { path, $"{path}-wal" }.Where(File.Exists))
            {
                File.Copy(file, System.IO.Path.Combine(_folder.FullName, System.IO.Path.GetFileName(file)));
            }

            Path = System.IO.Path.Combine(_folder.FullName, System.IO.Path.GetFileName(path));
        }

        public string Path { get; }

        public void Dispose() => _folder.Delete(recursive: true);
    }
}

public sealed class UnitOfWorkOnPostgresTests(PostgresServer server) : UnitOfWorkTests(new PostgresTarget(server))
{
    [Fact]
    public async Task A_connection_that_dies_before_the_commit_leaves_nothing()
    {
        var lease = await AcquireAsync(CellName);
        await using var unit = await Database.BeginAsync(lease, Cancel);
        await Journal.AppendAsync(unit, [Entry], Cancel);

        await Target.ExecuteAsync(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
        );

        await Assert.ThrowsAnyAsync<NpgsqlException>(() => unit.CommitAsync(Cancel));
        await unit.DisposeAsync();
        Assert.Empty(await Journal.ReadAsync(Database, CellName, after: 0, limit: 10, Cancel));
        Assert.Equal(2, (await AcquireAsync(CellName)).Epoch);
    }

    [Fact]
    public async Task Who_acquires_the_cell_waits_until_an_open_unit_has_ended()
    {
        var lease = await AcquireAsync(CellName);
        await using var unit = await Database.BeginAsync(lease, Cancel);
        await Journal.AppendAsync(unit, [Entry], Cancel);

        var acquiring = AcquireAsync(CellName);
        await WaitUntilSomebodyWaitsForALockAsync();
        await unit.CommitAsync(Cancel);
        var next = await acquiring;

        Assert.Equal(2, next.Epoch);
        Assert.Single(await Journal.ReadAsync(Database, CellName, after: 0, limit: 10, Cancel));
    }

    /// <summary>Else a conductor that stops dead within a unit could never be replaced.</summary>
    [Fact]
    public async Task The_server_ends_a_unit_that_falls_silent()
    {
        await using var unit = await Database.BeginAsync(await AcquireAsync(CellName), Cancel);

        var timeout = await unit.Session.QuerySingleOrDefaultAsync<string>(
            "select current_setting('idle_in_transaction_session_timeout')",
            new { },
            Cancel
        );

        Assert.Equal("10s", timeout);
    }

    private async Task WaitUntilSomebodyWaitsForALockAsync()
    {
        const string sql = """
            select count(*) from pg_stat_activity
            where datname = current_database() and wait_event_type = 'Lock'
            """;
        var waited = Stopwatch.StartNew();
        while (waited.Elapsed < TimeSpan.FromSeconds(30))
        {
            await using var session = await Database.ReadAsync(Cancel);
            if (await session.QuerySingleOrDefaultAsync<long>(sql, new { }, Cancel) > 0)
            {
                return;
            }
        }

        throw new TimeoutException("Nobody waits for a lock.");
    }
}
