using Orchestrator.Contracts.Http;

namespace Orchestrator.Cli.Notes;

/// <summary>Release notes with the subjects of commits, as a local clone has them.</summary>
/// <param name="Log">Empty unless a clone was named; for each car whose commits it has.</param>
internal sealed record LoggedNotes(
    string Of,
    string Stage,
    IReadOnlyList<CarNotesView> Cars,
    IReadOnlyList<CommitLog> Log
);

/// <summary>The newest first.</summary>
/// <param name="More">Whether older ones are left out.</param>
internal sealed record CommitLog(string Service, IReadOnlyList<LoggedCommit> Commits, bool More);

internal sealed record LoggedCommit(string Commit, string Author, string Subject);
