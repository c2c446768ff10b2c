using System.Collections.Immutable;
using Orchestrator.Core.Reconciliation;

namespace Orchestrator.Storage;

/// <param name="Sequence">From 1, without gaps within a cell.</param>
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

/// <summary>The append-only, hash-chained record of every decision.</summary>
public static class Journal
{
    public static Task AppendAsync(
        UnitOfWork unit,
        IReadOnlyList<JournalEntry> entries,
        CancellationToken cancellationToken
    ) => throw new NotImplementedException();

    /// <summary>Oldest first, those with a sequence above <paramref name="after"/>.</summary>
    public static Task<ImmutableArray<StoredEntry>> ReadAsync(
        Database database,
        string cell,
        long after,
        int limit,
        CancellationToken cancellationToken
    ) => throw new NotImplementedException();

    public static Task<JournalCheck> VerifyAsync(Database database, string cell, CancellationToken cancellationToken) =>
        throw new NotImplementedException();
}
