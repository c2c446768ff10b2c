using System.Collections.Immutable;

namespace Orchestrator.Core.Reconciliation;

/// <summary>A service at a stage: what is desired there. Rollouts change it; reconciliation makes it true.</summary>
public sealed record Deployment
{
    public required ServiceName Service { get; init; }

    public required StageName Stage { get; init; }

    public required PoolName Pool { get; init; }

    /// <summary>The last version that succeeded here; null before the first.</summary>
    public required SemanticVersion? Current { get; init; }

    /// <summary>At most two: the old and the new version. Sorted by version.</summary>
    public required ImmutableArray<VersionTarget> Targets { get; init; }

    /// <summary>The number of the next instance; never goes back.</summary>
    public required long NextInstanceNumber { get; init; }

    /// <summary>Why instances are missing, for people; empty when none are.</summary>
    public required string Unplaced { get; init; }

    /// <summary>Of a batch: the run of the version that was started last. Null before the first, and for other kinds.</summary>
    public BatchRun? Run { get; init; }
}

/// <param name="Count">Of a batch: completions while it shall run, else 0.</param>
/// <param name="WeightPercent">Share of the requests, 0 to 100 in tenths.</param>
public sealed record VersionTarget(SemanticVersion Version, int Count, decimal WeightPercent);
