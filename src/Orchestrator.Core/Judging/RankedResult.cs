namespace Orchestrator.Core.Judging;

/// <summary>What Mann–Whitney says of one metric.</summary>
/// <param name="IsCritical">Whether it alone fails the canary.</param>
public sealed record RankedResult(string Name, bool IsCritical, RankedStanding Standing);

public enum RankedStanding
{
    TooFew,
    NotWorse,
    Worse,
}
