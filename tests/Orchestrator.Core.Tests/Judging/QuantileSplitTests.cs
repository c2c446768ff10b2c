using System.Collections.Immutable;
using CsCheck;
using Orchestrator.Core.Judging;

namespace Orchestrator.Core.Tests.Judging;

public sealed class QuantileSplitTests
{
    private const double Probability = 0.9;
    private const double Tolerated = 1.3;
    private const double Inferior = 2.5;

    /// <summary>Lengths around what a processor adds at once, and many zeros.</summary>
    private static readonly Gen<long[]> AnyCounts = Gen.Int[0, 20]
        .SelectMany(length => Gen.Frequency((2, Gen.Const(0L)), (1, Gen.Long[0, 50])).Array[length]);

    [Fact]
    public void The_cut_is_where_the_control_s_answers_so_far_reach_the_quantile_wherever_they_move() =>
        Gen.Int[1, 18]
            .SelectMany(bounds =>
                Gen.Frequency((2, Gen.Const(0L)), (1, Gen.Long[0, 50])).Array[bounds + 1].Array[1, 20]
            )
            .Sample(
                series =>
                {
                    ImmutableArray<double> bounds = [.. Enumerable.Range(1, series[0].Length - 1).Select(n => n / 8.0)];
                    var split = new QuantileSplit(new MetricMeasure.Quantile(Probability, bounds), Tolerated, Inferior);
                    var learned = new long[bounds.Length + 1];
                    foreach (var control in series)
                    {
                        split.Learn(control);
                        for (var bucket = 0; bucket < learned.Length; bucket++)
                        {
                            learned[bucket] += control[bucket];
                        }

                        Assert.Equal(Defined(bounds, learned), split.Find());
                    }
                },
                iter: 2_000
            );

    [Fact]
    public void Many_at_once_come_to_what_one_by_one_does() =>
        Gen.Select(AnyCounts, Gen.Int[-1, 19])
            .Sample(
                (counts, bound) =>
                {
                    var above = Math.Min(bound, counts.Length - 1);
                    var twice = counts.ToArray();
                    Histogram.Add(twice, counts);

                    Assert.Equal(counts.Sum(), Histogram.Sum(counts));
                    Assert.Equal(counts.Skip(above + 1).Sum(), Histogram.Above(counts, above));
                    Assert.Equal(counts.Select(count => 2 * count), twice);
                    Assert.Equal(counts.Aggregate(0L, (bits, count) => bits | count), Histogram.Bits(counts));
                },
                iter: 1_000
            );

    [Fact]
    public void A_negative_count_is_seen_wherever_it_is() =>
        AnyCounts.Sample(
            counts =>
            {
                for (var place = 0; place < counts.Length; place++)
                {
                    var wrong = counts.ToArray();
                    wrong[place] = -1;
                    Assert.True(Histogram.Bits(wrong) < 0);
                }
            },
            iter: 200
        );

    /// <summary>As one would say it: the first bound that nine in ten are not above, and what that is with a margin.</summary>
    private static QuantileSplit.Cut? Defined(ImmutableArray<double> bounds, long[] learned)
    {
        var total = learned.Sum();
        var places = Enumerable.Range(0, bounds.Length).ToList();
        var control = places.FindIndex(place => learned.Take(place + 1).Sum() >= Probability * total);
        if (total == 0 || control < 0)
        {
            return null;
        }

        var tolerated = places.FindIndex(place => bounds[place] >= bounds[control] * Tolerated);
        var inferior = places.FindLastIndex(place => bounds[place] <= bounds[control] * Inferior);
        return tolerated < 0 ? null : new QuantileSplit.Cut(control, tolerated, inferior);
    }
}
