using System.Collections.Immutable;

namespace Orchestrator.Core.Catalog;

/// <summary>Fixed limits of one metric of the canary, as Argo Rollouts and Flagger have them. Not valid under peeking.</summary>
public sealed record MetricThresholds
{
    /// <summary><c>errors</c>, <c>latency</c>, or the name of a <see cref="MetricRule"/>.</summary>
    public required string Metric { get; init; }

    /// <summary>Beyond it a check is bad: a share from 0 to 1, milliseconds of latency, or a level.</summary>
    public required double Limit { get; init; }

    /// <summary>At it or better a check is good, between the two it is inconclusive; not worse than <see cref="Limit"/>.</summary>
    public required double GoodLimit { get; init; }

    /// <summary>From one check to the next; more than zero.</summary>
    public required TimeSpan Every { get; init; }

    /// <summary>Good checks needed to pass; at least 1.</summary>
    public required int Checks { get; init; }

    /// <summary>Bad checks that are forgiven; not negative, as the others.</summary>
    public required int FailureLimit { get; init; }

    public required int InconclusiveLimit { get; init; }

    /// <summary>Checks in a row without a number that are forgiven.</summary>
    public required int ConsecutiveErrorLimit { get; init; }
}

/// <summary>Mann–Whitney with scores, as Kayenta's NetflixACAJudge has them. Not valid under peeking.</summary>
public sealed record MetricRanks
{
    /// <summary><c>errors</c>, <c>latency</c>, or names of <see cref="MetricRule"/>s; at least one.</summary>
    public required ImmutableArray<string> Metrics { get; init; }

    /// <summary>Those of them of which each alone fails the canary.</summary>
    public required ImmutableArray<string> Critical { get; init; }

    /// <summary>Time that one point stands for; more than zero.</summary>
    public required TimeSpan Every { get; init; }

    /// <summary>Points of each arm that a metric needs; at least 1.</summary>
    public required int MinimumPoints { get; init; }

    /// <summary>Of the interval, two-sided; above 0, below 1.</summary>
    public required double Confidence { get; init; }

    /// <summary>How much of the estimated difference the interval must be away from 0; from 0, below 1.</summary>
    public required double Tolerance { get; init; }

    /// <summary>Score below which a canary fails; 0 to 100.</summary>
    public required double Marginal { get; init; }

    /// <summary>Score from which on it passes; from <see cref="Marginal"/> to 100.</summary>
    public required double Pass { get; init; }
}
