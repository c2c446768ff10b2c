namespace Orchestrator.Core.Rollouts;

/// <summary>What became of one run of a batch.</summary>
public abstract record BatchOutcome
{
    private BatchOutcome() { }

    public sealed record Running : BatchOutcome;

    public sealed record Completed : BatchOutcome;

    /// <param name="Reason">For people.</param>
    public sealed record Failed(string Reason) : BatchOutcome;
}

/// <summary>The run of a rollout's new version.</summary>
/// <param name="Completions">Instances that must exit with 0; at least 1.</param>
public sealed record BatchProgress(int Completions, BatchOutcome Outcome);
