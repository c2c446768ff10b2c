namespace Orchestrator.Contracts.Http;

/// <summary>Body of POST /v1/rollouts/{train}/{number}/{stage}/samples: what somebody measured of a metric in an interval.</summary>
public sealed record SampleRequest
{
    /// <summary>As the stage's manifest calls it.</summary>
    public required string Metric { get; init; }

    public required DateTimeOffset From { get; init; }

    /// <summary>Later than <see cref="From"/>, and not in the future.</summary>
    public required DateTimeOffset To { get; init; }

    /// <summary>Of the new version.</summary>
    public required ArmSample Canary { get; init; }

    /// <summary>Of the old version, in the same time.</summary>
    public required ArmSample Control { get; init; }
}

/// <summary>One version's numbers: hits and total of a share, or the value of a level.</summary>
public sealed record ArmSample
{
    public long? Total { get; init; }

    public long? Hits { get; init; }

    public double? Value { get; init; }
}

/// <summary>A judgement that something followed from, with all that it rests on.</summary>
public sealed record JudgementView
{
    /// <summary>Counts a rollout's from 1.</summary>
    public required int Number { get; init; }

    public required VerdictView Verdict { get; init; }

    public required JudgeInputsView Inputs { get; init; }
}

/// <summary>All that a judgement follows from: judged again it is the same, bit for bit.</summary>
public sealed record JudgeInputsView
{
    public required double Alpha { get; init; }

    public required TimeSpan MinSoak { get; init; }

    public required TimeSpan MaxSoak { get; init; }

    public required TimeSpan MaxAge { get; init; }

    public required DateTimeOffset Began { get; init; }

    public required DateTimeOffset Now { get; init; }

    public required IReadOnlyList<JudgedMetricView> Metrics { get; init; }

    /// <summary>In the order in which they came.</summary>
    public required IReadOnlyList<JudgedSampleView> Samples { get; init; }

    /// <summary>Of the metrics that are judged by ranks; null when there is none.</summary>
    public JudgedRanksView? Ranks { get; init; }
}

/// <summary>Mann–Whitney and its scores. Not valid under peeking.</summary>
public sealed record JudgedRanksView
{
    /// <summary>On each side of the interval.</summary>
    public required double StandardErrors { get; init; }

    public required double Tolerance { get; init; }

    public required double Marginal { get; init; }

    public required double Pass { get; init; }

    public required int MinPoints { get; init; }
}

/// <summary>One metric's fixed limits. Not valid under peeking.</summary>
public sealed record JudgedThresholdsView
{
    public required double GoodLimit { get; init; }

    public required double BadLimit { get; init; }

    public required int FailureLimit { get; init; }

    public required int InconclusiveLimit { get; init; }

    public required int ConsecutiveErrorLimit { get; init; }

    public required int Checks { get; init; }
}

/// <summary>One metric's policy, and how much arms of the same version differ in it.</summary>
public sealed record JudgedMetricView
{
    public required string Name { get; init; }

    /// <summary><c>share</c>, <c>quantile</c> or <c>level</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>Of a share: below it a canary passes anyway; null if there is none.</summary>
    public double? Acceptable { get; init; }

    /// <summary>Of a quantile.</summary>
    public double? Quantile { get; init; }

    /// <summary>Of a quantile's histograms; else empty.</summary>
    public IReadOnlyList<double> Bounds { get; init; } = [];

    public required bool IsLowerWorse { get; init; }

    public required double ToleratedRatio { get; init; }

    public required double InferiorRatio { get; init; }

    /// <summary>A critical metric's own; null for one of the pool, and for one that is not judged by evidence.</summary>
    public double? OwnAlpha { get; init; }

    /// <summary>In the pool; null for a critical one, and for one that is not judged by evidence.</summary>
    public double? Weight { get; init; }

    public required double Beta { get; init; }

    public required long MinSamples { get; init; }

    public required long MaxSamples { get; init; }

    public required bool IsNoiseMeasured { get; init; }

    public required double NoiseDispersion { get; init; }

    public required TimeSpan NoiseWidth { get; init; }

    public required double NoiseTemper { get; init; }

    /// <summary>Null where it is not judged by fixed limits.</summary>
    public JudgedThresholdsView? Thresholds { get; init; }

    /// <summary>By ranks, whether it alone fails the canary; null where it is not judged by ranks.</summary>
    public bool? IsCriticalByRanks { get; init; }

    /// <summary>By limits and ranks, time that a check or point stands for; null for evidence.</summary>
    public TimeSpan? Every { get; init; }
}

/// <summary>What a metric was in an interval: counts, levels, or why it is not known.</summary>
public sealed record JudgedSampleView
{
    /// <summary>The metric's place, from 0.</summary>
    public required int Metric { get; init; }

    public required DateTimeOffset From { get; init; }

    public required DateTimeOffset To { get; init; }

    /// <summary>Of a share its total and hits; of a quantile its histogram; else empty.</summary>
    public IReadOnlyList<long> Canary { get; init; } = [];

    /// <summary>As for the canary.</summary>
    public IReadOnlyList<long> Control { get; init; } = [];

    public double? CanaryLevel { get; init; }

    public double? ControlLevel { get; init; }

    /// <summary>Empty when it is known.</summary>
    public string Missing { get; init; } = "";
}
