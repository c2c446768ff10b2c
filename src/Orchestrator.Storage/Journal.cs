using System.Collections.Immutable;
using Orchestrator.Core.Reconciliation;

namespace Orchestrator.Storage;

/// <param name="Sequence">From 1, without gaps within a cell.</param>
/// <param name="Entry">Its instant is in microseconds.</param>
/// <param name="Hash">Covers this entry and, through the hash before it, every earlier one. Lower-case hexadecimal.</param>
public sealed record StoredEntry(long Sequence, JournalEntry Entry, string Hash);

/// <summary>What verifying a journal found.</summary>
public abstract record JournalCheck
{
    private JournalCheck() { }

    public sealed record Intact(long Count) : JournalCheck;

    /// <param name="FirstBadSequence">The first entry that is altered or missing.</param>
    public sealed record Broken(long FirstBadSequence) : JournalCheck;
}

/// <summary>
/// The append-only, hash-chained record of every decision. Who can write the whole database can also chain it anew:
/// to find that out, compare the last hash with one that was kept elsewhere.
/// </summary>
public static class Journal
{
    /// <summary>Bounds what verifying holds in memory.</summary>
    private const int VerifyPageSize = 1_000;

    private static readonly BatchStatement<ChainedEntry> Appended = BatchStatement.Insert<ChainedEntry>(
        "journal",
        [
            Column.Number<ChainedEntry>("sequence", chained => chained.Sequence),
            Column.Number<ChainedEntry>("at", chained => Instant.ToStored(chained.Entry.At)),
            Column.Text<ChainedEntry>("actor", chained => chained.Entry.Actor),
            Column.Text<ChainedEntry>("action", chained => chained.Entry.Action),
            Column.Text<ChainedEntry>("subject", chained => chained.Entry.Subject),
            Column.Text<ChainedEntry>("reason", chained => chained.Entry.Reason),
            Column.Bytes<ChainedEntry>("hash", chained => chained.Hash),
        ]
    );

    private static readonly BatchStatement<ChainHead> Head = BatchStatement.Upsert(
        "journal_head",
        key: [],
        rest:
        [
            Column.Number<ChainHead>("sequence", head => head.Sequence),
            Column.Bytes<ChainHead>("hash", head => head.Hash),
        ]
    );

    public static async Task AppendAsync(
        UnitOfWork unit,
        IReadOnlyList<JournalEntry> entries,
        CancellationToken cancellationToken
    )
    {
        if (entries.Count == 0)
        {
            return;
        }

        var cell = unit.Lease.Cell;
        var chain = new JournalChain(cell, await FindHeadAsync(unit.Session, cell, cancellationToken));
        var chained = entries.Select(chain.Add).ToArray();
        await unit.Session.WriteAllAsync(Appended, cell, chained, cancellationToken);
        await unit.Session.WriteAllAsync(Head, cell, [chain.Head], cancellationToken);
    }

    /// <summary>Oldest first, those with a sequence above <paramref name="after"/>.</summary>
    public static async Task<ImmutableArray<StoredEntry>> ReadAsync(
        Database database,
        string cell,
        long after,
        int limit,
        CancellationToken cancellationToken
    )
    {
        await using var session = await database.ReadAsync(cancellationToken);
        var rows = await PageAsync(session, cell, after, limit, cancellationToken);
        return
        [
            .. rows.Select(row => new StoredEntry(row.Sequence, row.ToEntry(), Convert.ToHexStringLower(row.Hash))),
        ];
    }

    /// <summary>Oldest first, those of some actions from an instant on; the newest of more than <paramref name="limit"/>.</summary>
    public static async Task<ImmutableArray<JournalEntry>> ReadOfAsync(
        Database database,
        string cell,
        IReadOnlyList<string> actions,
        DateTimeOffset since,
        int limit,
        CancellationToken cancellationToken
    )
    {
        const string sql = """
            select sequence as Sequence, at as At, actor as Actor, action as Action, subject as Subject,
                reason as Reason, hash as Hash
            from journal where cell = @cell and at >= @since and @actions like '%,' || action || ',%' order by sequence desc limit @limit
            """;
        await using var session = await database.ReadAsync(cancellationToken);
        var rows = await session.QueryAsync<Row>(
            sql,
            new
            {
                cell,
                since = Instant.ToStored(since),
                actions = $",{string.Join(',', actions)},", // A list in a parameter is written otherwise on each database.
                limit,
            },
            cancellationToken
        );
        return [.. rows.Reverse().Select(row => row.ToEntry())];
    }

    public static async Task<JournalCheck> VerifyAsync(
        Database database,
        string cell,
        CancellationToken cancellationToken
    )
    {
        await using var session = await database.ReadAsync(cancellationToken);
        var chain = new JournalChain(cell, ChainHead.Genesis);
        IReadOnlyList<Row> page;
        do
        {
            page = await PageAsync(session, cell, chain.Head.Sequence, VerifyPageSize, cancellationToken);
            foreach (var row in page)
            {
                var expected = chain.Add(row.ToEntry());
                if (row.Sequence != expected.Sequence || !row.Hash.AsSpan().SequenceEqual(expected.Hash))
                {
                    return new JournalCheck.Broken(expected.Sequence);
                }
            }
        } while (page.Count == VerifyPageSize);

        return Compare(chain.Head, await FindHeadAsync(session, cell, cancellationToken));
    }

    /// <summary>Entries cut off at the end, or added past it, leave the chain whole; the stored head tells.</summary>
    private static JournalCheck Compare(ChainHead found, ChainHead stored) =>
        found.Sequence == stored.Sequence && found.Hash.AsSpan().SequenceEqual(stored.Hash)
            ? new JournalCheck.Intact(found.Sequence)
            : new JournalCheck.Broken(Math.Min(found.Sequence, stored.Sequence) + 1);

    private static async Task<ChainHead> FindHeadAsync(
        Session session,
        string cell,
        CancellationToken cancellationToken
    )
    {
        const string sql = "select sequence as Sequence, hash as Hash from journal_head where cell = @cell";
        return await session.QuerySingleOrDefaultAsync<ChainHead>(sql, new { cell }, cancellationToken)
            ?? ChainHead.Genesis;
    }

    private static Task<IReadOnlyList<Row>> PageAsync(
        Session session,
        string cell,
        long after,
        int limit,
        CancellationToken cancellationToken
    )
    {
        const string sql = """
            select sequence as Sequence, at as At, actor as Actor, action as Action, subject as Subject,
                reason as Reason, hash as Hash
            from journal where cell = @cell and sequence > @after order by sequence limit @limit
            """;
        return session.QueryAsync<Row>(
            sql,
            new
            {
                cell,
                after,
                limit,
            },
            cancellationToken
        );
    }

    private sealed record Row(
        long Sequence,
        long At,
        string Actor,
        string Action,
        string Subject,
        string Reason,
        byte[] Hash
    )
    {
        public JournalEntry ToEntry() => new(Instant.FromStored(At), Actor, Action, Subject, Reason);
    }
}
