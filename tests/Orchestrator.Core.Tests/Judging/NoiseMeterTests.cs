using Orchestrator.Core.Judging;

namespace Orchestrator.Core.Tests.Judging;

/// <summary>A/A phases of a day in samples of ten seconds, seeded.</summary>
public sealed class NoiseMeterTests
{
    private const int Day = 8640;

    private static readonly TimeSpan Period = TimeSpan.FromSeconds(10);

    [Fact]
    public void Independent_requests_need_neither_wide_buckets_nor_much_tempering()
    {
        var noise = NoiseMeter.Measure(Independent(seed: 1), Period);

        Assert.True(noise.AllowsFast);
        Assert.InRange(noise.Dispersion, low: 1, high: 1.5);
        Assert.InRange(noise.Temper, low: 1, high: 1.5);
        Assert.Equal(Period, noise.Width);
    }

    [Fact]
    public void Bursts_of_five_vary_five_times_as_much_and_forbid_fast_evidence()
    {
        var random = new SmallRandom(seed: 2);

        var noise = Measured(_ => new ArmCounts(500, 5 * random.NextPoisson(0.2), 500, 5 * random.NextPoisson(0.2)));

        Assert.InRange(noise.Dispersion, low: 4.5, high: 8);
        Assert.False(noise.AllowsFast);
        Assert.True(noise.AllowsRobust);
        Assert.InRange(noise.Temper, low: 1, high: 1.6);
    }

    [Fact]
    public void What_hits_both_arms_alike_is_no_noise()
    {
        var random = new SmallRandom(seed: 3);

        var noise = Measured(slot =>
        {
            var mean = slot / 60 % 2 == 0 ? 0.2 : 5;
            return new ArmCounts(500, random.NextPoisson(mean), 500, random.NextPoisson(mean));
        });

        Assert.True(noise.AllowsFast);
    }

    [Fact]
    public void Arms_that_drift_apart_for_minutes_are_tempered_or_judged_in_wider_buckets()
    {
        var noise = NoiseMeter.Measure(Drifting(coefficient: 0.9, seed: 4), Period);

        Assert.False(noise.AllowsFast);
        Assert.True(noise.AllowsRobust);
        Assert.True(noise.Temper * noise.Width > 5 * Period);
    }

    [Fact]
    public void Arms_that_drift_apart_for_longer_than_any_bucket_cannot_be_judged()
    {
        foreach (var differences in (Difference[][])[Constant(bias: 3), Drifting(coefficient: 0.999, seed: 8)])
        {
            var noise = NoiseMeter.Measure(differences, Period);

            Assert.False(noise.AllowsFast);
            Assert.False(noise.AllowsRobust);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(300)]
    public void Too_short_a_phase_tells_nothing(int samples)
    {
        var noise = NoiseMeter.Measure(Independent(seed: 5).AsSpan(0, samples), Period);

        Assert.Equal(Noise.Unknown, noise);
        Assert.False(noise.AllowsFast);
        Assert.True(noise.AllowsRobust);
    }

    [Fact]
    public void A_phase_without_any_hit_tells_nothing()
    {
        var noise = Measured(_ => new ArmCounts(500, 0, 500, 0));

        Assert.Equal(Noise.Unknown, noise);
    }

    [Fact]
    public void The_less_is_known_the_more_is_tempered()
    {
        var day = Independent(seed: 6);

        Assert.True(NoiseMeter.Measure(day.AsSpan(0, Day / 8), Period).Temper > NoiseMeter.Measure(day, Period).Temper);
    }

    private static Noise Measured(Func<int, ArmCounts> sample) =>
        NoiseMeter.Measure(Enumerable.Range(0, Day).Select(slot => Difference.Of(sample(slot))).ToArray(), Period);

    private static Difference[] Independent(ulong seed)
    {
        var random = new SmallRandom(seed);
        return
        [
            .. Enumerable
                .Range(0, Day)
                .Select(_ => Difference.Of(new ArmCounts(500, random.NextPoisson(2), 500, random.NextPoisson(2)))),
        ];
    }

    /// <summary>Autoregressive from sample to sample, of variance 1.</summary>
    private static Difference[] Drifting(double coefficient, ulong seed)
    {
        var random = new SmallRandom(seed);
        var state = 0.0;
        var differences = new Difference[Day];
        for (var index = 0; index < Day; index++)
        {
            state = (coefficient * state) + (Math.Sqrt(1 - (coefficient * coefficient)) * random.NextNormal());
            differences[index] = new Difference(state, Variance: 1);
        }

        return differences;
    }

    private static Difference[] Constant(double bias)
    {
        var random = new SmallRandom(seed: 7);
        return [.. Enumerable.Range(0, Day).Select(_ => new Difference(bias + random.NextNormal(), Variance: 1))];
    }
}
