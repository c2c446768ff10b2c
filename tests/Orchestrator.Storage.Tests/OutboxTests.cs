using Orchestrator.Tests.Shared;

namespace Orchestrator.Storage.Tests;

public abstract class OutboxTests(Target target) : StoreTests(target)
{
    [Fact]
    public async Task No_more_come_out_than_asked_for()
    {
        await AddAsync(CellName, [Owed("c", 1), Owed("a", 2), Owed("b", 3)]);

        var pending = await Outbox.ReadPendingAsync(Database, CellName, limit: 2, Cancel);

        Assert.Equal([Owed("a", 2), Owed("b", 3)], pending);
    }

    [Fact]
    public async Task A_newer_level_supersedes_the_unsent_one_of_its_kind_and_receiver()
    {
        await AddAsync(CellName, [Owed("a", 1), Owed("b", 1)]);
        await AddAsync(CellName, [Owed("a", 2), Owed("a", 9) with { Kind = "routes" }]);

        var pending = await Outbox.ReadPendingAsync(Database, CellName, limit: 10, Cancel);

        Assert.Equal([Owed("a", 2), Owed("b", 1), Owed("a", 9) with { Kind = "routes" }], pending);
    }

    [Fact]
    public async Task Of_two_in_one_batch_the_last_counts()
    {
        await AddAsync(CellName, [Owed("a", 1), Owed("a", 2)]);

        var pending = await Outbox.ReadPendingAsync(Database, CellName, limit: 10, Cancel);

        Assert.Equal([Owed("a", 2)], pending);
    }

    [Fact]
    public async Task What_was_sent_is_forgotten()
    {
        await AddAsync(CellName, [.. Enumerable.Range(0, 2_500).Select(number => Owed($"{number}", 1))]);
        var pending = await Outbox.ReadPendingAsync(Database, CellName, limit: 2_400, Cancel);

        await Outbox.RemoveAsync(Database, CellName, pending, Cancel);

        Assert.Equal(100, (await Outbox.ReadPendingAsync(Database, CellName, limit: 10_000, Cancel)).Length);
    }

    [Fact]
    public async Task Removing_a_level_that_was_superseded_while_it_was_sent_leaves_its_successor()
    {
        await AddAsync(CellName, [Owed("a", 1), Owed("b", 1)]);
        var sent = await Outbox.ReadPendingAsync(Database, CellName, limit: 10, Cancel);
        await AddAsync(CellName, [Owed("a", 2), Owed("b", 1) with { Epoch = 2 }]);

        await Outbox.RemoveAsync(Database, CellName, sent, Cancel);
        var pending = await Outbox.ReadPendingAsync(Database, CellName, limit: 10, Cancel);

        Assert.Equal([Owed("a", 2), Owed("b", 1) with { Epoch = 2 }], pending);
    }

    [Fact]
    public async Task Cells_do_not_touch_each_other()
    {
        await AddAsync(CellName, [Owed("a", 1)]);
        await AddAsync("other", [Owed("a", 2)]);
        await Outbox.RemoveAsync(Database, "other", [Owed("a", 1)], Cancel);

        var pending = await Outbox.ReadPendingAsync(Database, CellName, limit: 10, Cancel);

        Assert.Equal([Owed("a", 1)], pending);
    }

    private async Task AddAsync(string cell, IReadOnlyList<OwedMessage> messages) =>
        await CommitAsync(await AcquireAsync(cell), unit => Outbox.AddAsync(unit, messages, Cancel));

    private static OwedMessage Owed(string receiver, long revision) => new("assignment", receiver, Epoch: 1, revision);
}

public sealed class OutboxOnSqliteTests() : OutboxTests(new SqliteTarget());

public sealed class OutboxOnPostgresTests(PostgresServer server) : OutboxTests(new PostgresTarget(server));
