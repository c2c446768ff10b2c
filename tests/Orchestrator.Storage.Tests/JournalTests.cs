using System.Buffers.Binary;
using System.Data.Common;
using System.Security.Cryptography;
using System.Text;
using Orchestrator.Core.Reconciliation;
using Orchestrator.Tests.Shared;

namespace Orchestrator.Storage.Tests;

public abstract class JournalTests(Target target) : StoreTests(target)
{
    [Fact]
    public async Task Entries_come_back_in_order_and_in_pages()
    {
        await AppendAsync(CellName, 3);
        await AppendAsync(CellName, 2);

        var first = await Journal.ReadAsync(Database, CellName, after: 0, limit: 2, Cancel);
        var rest = await Journal.ReadAsync(Database, CellName, after: 2, limit: 10, Cancel);

        Assert.Equal([1, 2], first.Select(stored => stored.Sequence));
        Assert.Equal([3, 4, 5], rest.Select(stored => stored.Sequence));
        Assert.Equal([AnEntry(1), AnEntry(2), AnEntry(3)], [.. first.Select(stored => stored.Entry), rest[0].Entry]);
        Assert.Equal(AnEntry(1), rest[1].Entry);
    }

    [Fact]
    public async Task Entries_of_some_actions_come_back_from_an_instant_on_the_newest_of_too_many()
    {
        JournalEntry[] entries =
        [
            new(Noon, "ann", "a", "1", ""),
            new(Noon.AddMinutes(1), "ann", "b", "2", ""),
            new(Noon.AddMinutes(2), "ann", "a", "3", ""),
            new(Noon.AddMinutes(3), "ann", "c", "4", ""),
            new(Noon.AddMinutes(4), "ann", "b", "5", ""),
        ];
        await CommitAsync(await AcquireAsync(CellName), unit => Journal.AppendAsync(unit, entries, Cancel));

        var found = await Journal.ReadOfAsync(Database, CellName, ["a", "b"], Noon.AddMinutes(1), limit: 10, Cancel);
        var newest = await Journal.ReadOfAsync(Database, CellName, ["a", "b"], Noon, limit: 2, Cancel);

        Assert.Equal(["2", "3", "5"], found.Select(entry => entry.Subject));
        Assert.Equal(["3", "5"], newest.Select(entry => entry.Subject));
    }

    [Fact]
    public async Task The_hash_is_what_the_documentation_says()
    {
        var entry = new JournalEntry(Noon.AddTicks(17), "ann", "publish", "shöp", "");
        await CommitAsync(await AcquireAsync(CellName), unit => Journal.AppendAsync(unit, [entry], Cancel));

        var stored = (await Journal.ReadAsync(Database, CellName, after: 0, limit: 1, Cancel))[0];

        var bytes = new List<byte>(new byte[32]);
        foreach (var field in (string[])[CellName, "1", "1777896000000001", "ann", "publish", "shöp", ""])
        {
            var length = new byte[4];
            BinaryPrimitives.WriteInt32BigEndian(length, Encoding.UTF8.GetByteCount(field));
            bytes.AddRange([.. length, .. Encoding.UTF8.GetBytes(field)]);
        }

        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData([.. bytes])), stored.Hash);
    }

    [Fact]
    public async Task An_untouched_journal_is_intact_over_several_pages()
    {
        await AppendAsync(CellName, 1_500);
        await AppendAsync("other", 3);

        var check = await Journal.VerifyAsync(Database, CellName, Cancel);
        var other = await Journal.VerifyAsync(Database, "other", Cancel);

        Assert.Equal(new JournalCheck.Intact(Count: 1_500), check);
        Assert.Equal(new JournalCheck.Intact(Count: 3), other);
    }

    [Theory]
    [InlineData("actor = 'eve'")]
    [InlineData("action = 'approve'")]
    [InlineData("subject = 'another'")]
    [InlineData("reason = 'because'")]
    [InlineData("at = at + 1")]
    [InlineData("hash = substr(hash, 2)")]
    [InlineData("actor = actor || action, action = ''")]
    public async Task An_altered_entry_is_found(string alteration)
    {
        await AppendAsync(CellName, 5);
        await TamperAsync($"update journal set {alteration} where sequence = 3");

        var check = await Journal.VerifyAsync(Database, CellName, Cancel);

        Assert.Equal(new JournalCheck.Broken(FirstBadSequence: 3), check);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(5)]
    public async Task A_removed_entry_is_found(long sequence)
    {
        await AppendAsync(CellName, 5);
        await TamperAsync($"delete from journal where sequence = {sequence}");

        var check = await Journal.VerifyAsync(Database, CellName, Cancel);

        Assert.Equal(new JournalCheck.Broken(sequence), check);
    }

    [Fact]
    public async Task A_renumbered_entry_is_found()
    {
        await AppendAsync(CellName, 5);
        await TamperAsync("update journal set sequence = 9 where sequence = 5");

        var check = await Journal.VerifyAsync(Database, CellName, Cancel);

        Assert.Equal(new JournalCheck.Broken(FirstBadSequence: 5), check);
    }

    [Fact]
    public async Task A_journal_that_was_emptied_is_found()
    {
        await AppendAsync(CellName, 5);
        await TamperAsync("delete from journal");

        var check = await Journal.VerifyAsync(Database, CellName, Cancel);

        Assert.Equal(new JournalCheck.Broken(FirstBadSequence: 1), check);
    }

    [Fact]
    public async Task An_entry_that_was_moved_to_another_cell_is_found()
    {
        await AppendAsync(CellName, 1);
        await TamperAsync("update journal set cell = 'other'; update journal_head set cell = 'other'");

        var check = await Journal.VerifyAsync(Database, "other", Cancel);

        Assert.Equal(new JournalCheck.Broken(FirstBadSequence: 1), check);
    }

    [Theory]
    [InlineData("update journal set actor = 'eve'")]
    [InlineData("delete from journal")]
    public async Task The_database_refuses_to_change_what_is_written(string sql)
    {
        await AppendAsync(CellName, 1);

        var refusal = await Assert.ThrowsAnyAsync<DbException>(() => Target.ExecuteAsync(sql));

        Assert.Contains("append-only", refusal.Message);
    }

    protected async Task AppendAsync(string cell, int count) =>
        await CommitAsync(
            await AcquireAsync(cell),
            unit => Journal.AppendAsync(unit, [.. Enumerable.Range(1, count).Select(AnEntry)], Cancel)
        );

    protected abstract Task TamperAsync(string sql);

    private static JournalEntry AnEntry(int number) =>
        new(Noon.AddMicroseconds(number), $"actor {number}", "publish", "shop", "☃ \"quoted\"");
}

public sealed class JournalOnSqliteTests() : JournalTests(new SqliteTarget())
{
    [Fact]
    public async Task The_database_refuses_to_replace_what_is_written()
    {
        await AppendAsync(CellName, 1);

        var refusal = await Assert.ThrowsAnyAsync<DbException>(() =>
            Target.ExecuteAsync("insert or replace into journal select * from journal")
        );

        Assert.Contains("append-only", refusal.Message);
    }

    protected override Task TamperAsync(string sql) =>
        Target.ExecuteAsync($"drop trigger journal_no_update; drop trigger journal_no_delete; {sql}");
}

public sealed class JournalOnPostgresTests(PostgresServer server) : JournalTests(new PostgresTarget(server))
{
    [Fact]
    public async Task The_database_refuses_to_truncate_what_is_written()
    {
        await AppendAsync(CellName, 1);

        var refusal = await Assert.ThrowsAnyAsync<DbException>(() => Target.ExecuteAsync("truncate journal"));

        Assert.Contains("append-only", refusal.Message);
    }

    protected override Task TamperAsync(string sql) =>
        Target.ExecuteAsync($"drop trigger journal_append_only on journal; {sql}");
}
