namespace Orchestrator.Core.Judging;

/// <summary>
/// What is still missing for a pass, as numbers: most judgements are followed by another before anybody has read them, so it
/// is put into words when somebody asks.
/// </summary>
internal abstract record Shortfall
{
    private Shortfall() { }

    public sealed override string ToString() => JudgementText.Of(this);

    public sealed record Samples(string Metric, long Seen, long Needed) : Shortfall;

    /// <param name="Beta">The inverse of what the evidence must reach.</param>
    public sealed record Evidence(string Metric, double LogEvidence, double Beta) : Shortfall;

    public sealed record InWords(string Words) : Shortfall;
}
