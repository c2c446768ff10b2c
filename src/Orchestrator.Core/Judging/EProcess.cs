namespace Orchestrator.Core.Judging;

/// <summary>
/// Evidence against a null: it starts at 1 and is never expected to grow while the null holds, so the probability that it ever
/// reaches 1/α is at most α (Ville's inequality), at whatever moment one looks.
/// </summary>
internal abstract class EProcess
{
    public abstract double LogEvidence();

    /// <summary>At least <see cref="LogEvidence"/>, and quick: most looks need no exponential to know that it is not enough.</summary>
    public abstract double LogBound();

    public bool Reaches(double logLimit) => LogBound() >= logLimit && LogEvidence() >= logLimit;
}

/// <summary>Where nothing may be concluded: it stays at 1.</summary>
internal sealed class NoEvidence : EProcess
{
    public static readonly NoEvidence Instance = new();

    private NoEvidence() { }

    public override double LogEvidence() => 0;

    public override double LogBound() => 0;
}
