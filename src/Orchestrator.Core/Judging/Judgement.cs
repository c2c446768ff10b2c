using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace Orchestrator.Core.Judging;

/// <summary>All that a judgement follows from: judged again it is the same, bit for bit, on any machine.</summary>
public sealed record JudgeInputs
{
    public required CanaryPolicy Policy { get; init; }

    /// <summary>One for each metric of the policy, in its order: measured by <see cref="ReferencePhase"/>, or <see cref="Noise.Unknown"/>.</summary>
    public required ImmutableArray<Noise> Noises { get; init; }

    /// <summary>In the order in which they came. What is not over yet does not count.</summary>
    public required IReadOnlyList<MetricObservation> Observations { get; init; }

    /// <summary>When the canary began to take traffic.</summary>
    public required DateTimeOffset Began { get; init; }

    public required DateTimeOffset Now { get; init; }

    /// <param name="metric">Its place in the policy.</param>
    public ImmutableArray<MetricSample> SamplesOf(int metric) =>
        [.. Observations.Where(observation => observation.Metric == metric).Select(observation => observation.Sample)];
}

/// <param name="Metric">Its place in the policy.</param>
public readonly record struct MetricObservation(int Metric, MetricSample Sample)
{
    /// <summary>As they ended; at the same time, in the order of the policy.</summary>
    /// <param name="series">One for each metric.</param>
    public static ImmutableArray<MetricObservation> InOrder(IEnumerable<IEnumerable<MetricSample>> series) =>
        [
            .. series
                .SelectMany((samples, metric) => samples.Select(sample => new MetricObservation(metric, sample)))
                .OrderBy(observation => observation.Sample.To),
        ];
}

/// <summary>What the judge concludes from all samples so far, and why.</summary>
public sealed record Judgement
{
    public required JudgementOutcome Outcome { get; init; }

    /// <summary>One sentence for people: what was seen, which evidence, against which limit.</summary>
    [AllowNull]
    public string Reason
    {
        get => field ?? JudgementText.Undecided(Metrics, Lacking);
        init;
    }

    /// <summary>What is still missing, where the reason is just that and what was seen: told when somebody asks. Null elsewhere.</summary>
    internal Shortfall? Lacking { get; init; }

    /// <summary>In the order of the policy.</summary>
    public required ImmutableArray<MetricFinding> Metrics { get; init; }

    public required JudgeInputs Inputs { get; init; }
}

public enum JudgementOutcome
{
    /// <summary>Not enough evidence either way.</summary>
    Continue,

    /// <summary>It looks bad by means that may be wrong here: no more traffic until it looks good again, fails, or somebody decides.</summary>
    Hold,

    Pass,

    Fail,

    /// <summary>The maximum soak is over, by time or samples: a person decides.</summary>
    Inconclusive,
}

/// <summary>One metric's part of a judgement. Evidence is e-values; 1 is none.</summary>
public sealed record MetricFinding
{
    public required string Name { get; init; }

    /// <summary>What was seen, for people. Of a share, null says that it follows from the counts.</summary>
    [AllowNull]
    public string Seen
    {
        get => field ?? ShareText.Seen(Name, Counts);
        init;
    }

    /// <summary>What the canary was, in words; empty in judgements of earlier days, as <see cref="Control"/> and <see cref="On"/>.</summary>
    [AllowNull]
    public string Canary
    {
        get => field ?? (Counts == default ? "" : ShareText.Canary(Counts));
        init;
    }

    /// <summary>What the control was, in words.</summary>
    [AllowNull]
    public string Control
    {
        get => field ?? (Counts == default ? "" : ShareText.Control(Counts));
        init;
    }

    /// <summary>How many requests or points that rests on, in words.</summary>
    [AllowNull]
    public string On
    {
        get => field ?? (Counts == default ? "" : ShareText.On(Counts));
        init;
    }

    /// <summary>Null in judgements of earlier days.</summary>
    public MetricState? State { get; init; }

    /// <summary>Null where it is judged by evidence. Else there is none: <see cref="Worse"/> and <see cref="GoodEnough"/> are 1.</summary>
    public RuleFinding? Ruling { get; init; }

    /// <summary>Of the canary: requests, or points of a level.</summary>
    public required long Samples { get; init; }

    /// <summary>Of shares: requests and hits of both arms; else 0.</summary>
    public required ArmCounts Counts { get; init; }

    /// <summary>Samples that did not count.</summary>
    public required long Refused { get; init; }

    /// <summary>Why the last of them did not; empty when all did.</summary>
    public required string LastRefusal { get; init; }

    /// <summary>That the canary is worse than tolerated.</summary>
    public required double Worse { get; init; }

    /// <summary>1/α of its own; of the pool's for a metric in the pool; of all for one that is not judged by evidence.</summary>
    public required double WorseLimit { get; init; }

    /// <summary>That it is worse, by means that may be wrong here.</summary>
    public required double Hint { get; init; }

    /// <summary>That it is good enough.</summary>
    public required double GoodEnough { get; init; }

    /// <summary>1/β.</summary>
    public required double GoodEnoughLimit { get; init; }

    public required Noise Noise { get; init; }
}
