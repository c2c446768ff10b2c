namespace Orchestrator.Core.Judging;

/// <summary>What the judge concludes from all buckets of a step so far.</summary>
public sealed record Verdict
{
    public required VerdictOutcome Outcome { get; init; }

    /// <summary>For people: which evidence, against which limit.</summary>
    public required string Reason { get; init; }

    public required long CanaryRequests { get; init; }

    public required long CanaryErrors { get; init; }

    public required long ControlRequests { get; init; }

    public required long ControlErrors { get; init; }

    /// <summary>e-value against "the canary is no worse"; 1 is no evidence.</summary>
    public required double RegressionEvidence { get; init; }

    /// <summary>1/α.</summary>
    public required double RegressionLimit { get; init; }

    /// <summary>e-value against "the canary's error rate is not acceptable"; 1 is no evidence.</summary>
    public required double AcceptanceEvidence { get; init; }

    /// <summary>1/β.</summary>
    public required double AcceptanceLimit { get; init; }
}

public enum VerdictOutcome
{
    /// <summary>Not enough evidence either way.</summary>
    Continue,

    Pass,

    Fail,
}
