namespace Orchestrator.Core.Judging;

/// <summary>An e-value against its limit. Always finite, so that it can be stored as JSON.</summary>
internal readonly record struct Evidence(double Value, double Limit)
{
    public bool IsEnough => Value >= Limit;

    /// <param name="risk">α or β.</param>
    public static Evidence Of(double logEvidence, double risk) => new(Natural.Exp(logEvidence), 1 / risk);
}
