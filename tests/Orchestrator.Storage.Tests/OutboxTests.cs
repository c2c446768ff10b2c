using Orchestrator.Tests.Shared;

namespace Orchestrator.Storage.Tests;

public abstract class OutboxTests(Target target) : StoreTests(target)
{
    [Fact]
    public async Task Messages_come_out_oldest_first_and_no_more_than_asked_for()
    {
        await AddAsync(CellName, [AMessage("host-c", "1"), AMessage("host-a", "2"), AMessage("host-b", "3")]);

        var pending = await Outbox.ReadPendingAsync(Database, CellName, limit: 2, Cancel);

        Assert.Equal([AMessage("host-c", "1"), AMessage("host-a", "2")], pending.Select(message => message.Message));
    }

    [Fact]
    public async Task A_newer_message_supersedes_the_unsent_one_of_its_destination_and_kind()
    {
        await AddAsync(CellName, [AMessage("host-a", "1"), AMessage("host-b", "1")]);
        await AddAsync(
            CellName,
            [AMessage("host-a", "2"), AMessage("host-a", "other kind") with { Kind = "ReadLogs" }]
        );

        var pending = await Outbox.ReadPendingAsync(Database, CellName, limit: 10, Cancel);

        Assert.Equal(
            [
                AMessage("host-b", "1"),
                AMessage("host-a", "2"),
                AMessage("host-a", "other kind") with
                {
                    Kind = "ReadLogs",
                },
            ],
            pending.Select(message => message.Message)
        );
    }

    [Fact]
    public async Task Of_two_in_one_batch_the_last_counts()
    {
        await AddAsync(CellName, [AMessage("host-a", "1"), AMessage("host-a", "2")]);

        var pending = await Outbox.ReadPendingAsync(Database, CellName, limit: 10, Cancel);

        Assert.Equal([AMessage("host-a", "2")], pending.Select(message => message.Message));
    }

    [Fact]
    public async Task What_was_sent_is_forgotten()
    {
        await AddAsync(CellName, [.. Enumerable.Range(0, 2_500).Select(number => AMessage($"host-{number}", "1"))]);
        var pending = await Outbox.ReadPendingAsync(Database, CellName, limit: 2_400, Cancel);

        await Outbox.RemoveAsync(Database, [.. pending.Select(message => message.Id)], Cancel);

        Assert.Equal(100, (await Outbox.ReadPendingAsync(Database, CellName, limit: 10_000, Cancel)).Length);
    }

    [Fact]
    public async Task Removing_a_message_that_was_superseded_while_it_was_sent_leaves_its_successor()
    {
        await AddAsync(CellName, [AMessage("host-a", "1")]);
        var sent = await Outbox.ReadPendingAsync(Database, CellName, limit: 10, Cancel);
        await AddAsync(CellName, [AMessage("host-a", "2")]);

        await Outbox.RemoveAsync(Database, [.. sent.Select(message => message.Id)], Cancel);
        var pending = await Outbox.ReadPendingAsync(Database, CellName, limit: 10, Cancel);

        Assert.Equal([AMessage("host-a", "2")], pending.Select(message => message.Message));
    }

    [Fact]
    public async Task Cells_do_not_supersede_each_other()
    {
        await AddAsync(CellName, [AMessage("gateway-a", "1")]);
        await AddAsync("other", [AMessage("gateway-a", "2")]);

        var pending = await Outbox.ReadPendingAsync(Database, CellName, limit: 10, Cancel);

        Assert.Equal([AMessage("gateway-a", "1")], pending.Select(message => message.Message));
    }

    private async Task AddAsync(string cell, IReadOnlyList<OutboxMessage> messages) =>
        await CommitAsync(await AcquireAsync(cell), unit => Outbox.AddAsync(unit, messages, Cancel));

    private static OutboxMessage AMessage(string destination, string body) => new(destination, "AssignHost", body);
}

public sealed class OutboxOnSqliteTests() : OutboxTests(new SqliteTarget());

public sealed class OutboxOnPostgresTests(PostgresServer server) : OutboxTests(new PostgresTarget(server));
