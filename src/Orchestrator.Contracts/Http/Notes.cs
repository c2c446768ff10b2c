namespace Orchestrator.Contracts.Http;

/// <summary>What a train or a version brings to a stage, service by service.</summary>
public sealed record NotesView
{
    /// <summary>A train's id, or the service.</summary>
    public required string Of { get; init; }

    /// <summary>Empty where two versions were named.</summary>
    public required string Stage { get; init; }

    public required IReadOnlyList<CarNotesView> Cars { get; init; }
}

public sealed record CarNotesView
{
    public required string Service { get; init; }

    /// <summary>Empty where none ran.</summary>
    public required string FromVersion { get; init; }

    public required string ToVersion { get; init; }

    /// <summary>Whether it goes back to an older version: then all of this is what is taken away.</summary>
    public required bool IsWayBack { get; init; }

    /// <summary>Null where they are not known, or there are none.</summary>
    public required CommitRangeView? Commits { get; init; }

    /// <summary>The newest first.</summary>
    public required IReadOnlyList<VersionNotesView> Versions { get; init; }

    /// <summary>How many older versions are left out.</summary>
    public required int MoreVersions { get; init; }

    /// <summary>Sentences: what is missing, or peculiar.</summary>
    public required IReadOnlyList<string> Remarks { get; init; }
}

/// <param name="From">Not among them; empty for all up to the other one.</param>
/// <param name="CompareUrl">Empty where the form of the host's pages is not known.</param>
public sealed record CommitRangeView(string Repository, string From, string To, string CompareUrl);

/// <param name="Commits">Since the version below it; null where they are not known.</param>
/// <param name="IsConfigurationOnly">Whether its image is that of the version below it.</param>
/// <param name="Changes">Of its configuration, where that alone is another.</param>
/// <param name="Yanked">By whom and why it does not travel any more; empty if it does.</param>
public sealed record VersionNotesView(
    string Version,
    string PublishedBy,
    DateTimeOffset PublishedAt,
    CommitRangeView? Commits,
    bool IsConfigurationOnly,
    IReadOnlyList<string> Changes,
    string Yanked
);
