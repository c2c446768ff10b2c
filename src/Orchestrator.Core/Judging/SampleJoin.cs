using System.Collections.Immutable;

namespace Orchestrator.Core.Judging;

/// <summary>Makes one sample of two that follow each other.</summary>
internal static class SampleJoin
{
    /// <summary>Null if they are of different kinds.</summary>
    public static MetricSample? Join(MetricSample first, MetricSample second) =>
        (first, second) switch
        {
            (MetricSample.Counted left, MetricSample.Counted right) => new MetricSample.Counted(
                left.From,
                right.To,
                left.CanaryTotal + right.CanaryTotal,
                left.CanaryHits + right.CanaryHits,
                left.ControlTotal + right.ControlTotal,
                left.ControlHits + right.ControlHits
            ),
            (MetricSample.Histograms left, MetricSample.Histograms right) => new MetricSample.Histograms(
                left.From,
                right.To,
                Sum(left.Canary, right.Canary),
                Sum(left.Control, right.Control)
            ),
            (MetricSample.Levels left, MetricSample.Levels right) => Mean(left, right),
            (MetricSample.Missing left, MetricSample.Missing right) => right with { From = left.From },
            _ => null,
        };

    private static ImmutableArray<long> Sum(ImmutableArray<long> left, ImmutableArray<long> right) =>
        [.. left.Zip(right, (one, other) => one + other)];

    /// <summary>By the time that each lasted.</summary>
    private static MetricSample.Levels Mean(MetricSample.Levels left, MetricSample.Levels right)
    {
        var (earlier, later) = ((left.To - left.From).TotalSeconds, (right.To - right.From).TotalSeconds);
        var share = earlier / (earlier + later);
        return new MetricSample.Levels(
            left.From,
            right.To,
            (left.Canary * share) + (right.Canary * (1 - share)),
            (left.Control * share) + (right.Control * (1 - share))
        );
    }
}
