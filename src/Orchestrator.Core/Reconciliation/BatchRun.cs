using Orchestrator.Core.Rollouts;

namespace Orchestrator.Core.Reconciliation;

/// <summary>One run of a batch at a stage: counts instead of the instances that are over.</summary>
public sealed record BatchRun
{
    public required SemanticVersion Version { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>Instances that must exit with 0; at least 1.</summary>
    public required int Wanted { get; init; }

    /// <summary>Instances that exited with 0; never above <see cref="Wanted"/>.</summary>
    public required int Completed { get; init; }

    /// <summary>Instances that ended otherwise; above the retries by no more than the parallelism.</summary>
    public required int Failed { get; init; }

    /// <summary>Since the last completion.</summary>
    public required int FailedInARow { get; init; }

    /// <summary>No instance is placed before.</summary>
    public required DateTimeOffset NotBefore { get; init; }

    /// <summary>Null until one has ended.</summary>
    public required BatchExit? LastExit { get; init; }

    public required BatchOutcome Outcome { get; init; }
}

/// <param name="Code">0 to 255, or -1 when it did not start or nobody saw its end.</param>
/// <param name="At">By the host's clock.</param>
/// <param name="Reason">For people.</param>
public sealed record BatchExit(InstanceId Instance, int Code, DateTimeOffset At, string Reason);
