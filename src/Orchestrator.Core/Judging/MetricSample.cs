using System.Collections.Immutable;

namespace Orchestrator.Core.Judging;

/// <summary>What one metric was at canary and control in one interval.</summary>
public abstract record MetricSample
{
    private MetricSample(DateTimeOffset from, DateTimeOffset to)
    {
        From = from;
        To = to;
    }

    public DateTimeOffset From { get; init; }

    public DateTimeOffset To { get; init; }

    /// <summary>For <see cref="MetricMeasure.Share"/>.</summary>
    public sealed record Counted(
        DateTimeOffset From,
        DateTimeOffset To,
        long CanaryTotal,
        long CanaryHits,
        long ControlTotal,
        long ControlHits
    ) : MetricSample(From, To);

    /// <summary>For <see cref="MetricMeasure.Quantile"/>: answers by bucket, one more than there are bounds.</summary>
    public sealed record Histograms(
        DateTimeOffset From,
        DateTimeOffset To,
        ImmutableArray<long> Canary,
        ImmutableArray<long> Control
    ) : MetricSample(From, To);

    /// <summary>For <see cref="MetricMeasure.Level"/>.</summary>
    public sealed record Levels(DateTimeOffset From, DateTimeOffset To, double Canary, double Control)
        : MetricSample(From, To);

    /// <summary>The provider failed, or an arm said nothing.</summary>
    public sealed record Missing(DateTimeOffset From, DateTimeOffset To, string Why) : MetricSample(From, To);
}
