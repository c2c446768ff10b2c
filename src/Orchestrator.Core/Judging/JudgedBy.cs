namespace Orchestrator.Core.Judging;

/// <summary>By which rule a metric is judged.</summary>
public abstract record JudgedBy
{
    private JudgedBy() { }

    /// <summary>E-values, valid however often one looks.</summary>
    public sealed record Evidence : JudgedBy;

    /// <summary>Fixed limits for the canary alone. Not valid under peeking.</summary>
    /// <param name="Every">Time from one check to the next; more than zero.</param>
    public sealed record Thresholds(ThresholdPolicy Policy, TimeSpan Every) : JudgedBy;

    /// <summary>Mann–Whitney, together with all others by ranks: <see cref="CanaryPolicy.Ranks"/>. Not valid under peeking.</summary>
    /// <param name="IsCritical">Whether it alone fails the canary.</param>
    /// <param name="Every">Time that one point stands for; more than zero.</param>
    public sealed record Ranks(bool IsCritical, TimeSpan Every) : JudgedBy;
}
