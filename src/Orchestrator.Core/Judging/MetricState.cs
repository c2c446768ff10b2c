namespace Orchestrator.Core.Judging;

/// <summary>Where one metric of a canary stands.</summary>
public enum MetricState
{
    NoData,

    /// <summary>Its newest data is too old to pass anybody.</summary>
    Stale,

    /// <summary>Not enough seen either way.</summary>
    Undecided,

    GoodEnough,

    /// <summary>By means that may be wrong here; it holds the canary.</summary>
    LooksWorse,

    Worse,

    /// <summary>A rule of limits leaves it to a person.</summary>
    Inconclusive,
}

/// <summary>What another rule than evidence says of a metric.</summary>
/// <param name="Reason">Of ranks: what all metrics that are judged by them come to together.</param>
public sealed record RuleFinding(JudgingRule Rule, string Reason);

/// <summary>Neither is valid under peeking.</summary>
public enum JudgingRule
{
    Thresholds,
    Ranks,
}
