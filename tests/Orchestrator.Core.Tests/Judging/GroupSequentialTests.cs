using Orchestrator.Core.Judging;

namespace Orchestrator.Core.Tests.Judging;

public sealed class GroupSequentialTests
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Its_bounds_are_those_of_Lan_and_DeMets()
    {
        double[] expected = [4.8769, 3.3570, 2.6803, 2.2898, 2.0310];

        Assert.Equal(expected, GroupSequential.Bounds(alpha: 0.025, looks: 5).Select(bound => Math.Round(bound, 4)));
    }

    [Theory]
    [InlineData(0.025, 1.959964)]
    [InlineData(0.05, 1.644854)]
    [InlineData(0.001, 3.090232)]
    public void One_look_is_the_usual_test(double alpha, double expected) =>
        Assert.Equal(expected, Assert.Single(GroupSequential.Bounds(alpha, looks: 1)), tolerance: 1e-6);

    [Fact]
    public void Bounds_fall_and_are_infinite_where_nothing_is_spent()
    {
        var bounds = GroupSequential.Bounds(alpha: 0.001, looks: 100);

        Assert.Equal(bounds.OrderDescending(), bounds);
        Assert.InRange(bounds[^1], 3.090232, 3.4);
        Assert.Equal(double.PositiveInfinity, GroupSequential.Bounds(alpha: 1e-9, looks: 100)[0]);
    }

    [Theory]
    [InlineData(0, 5)]
    [InlineData(0.5, 5)]
    [InlineData(double.NaN, 5)]
    [InlineData(0.1, 0)]
    [InlineData(0.1, 101)]
    public void Nothing_else_has_bounds(double alpha, int looks) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => GroupSequential.Bounds(alpha, looks));

    /// <summary>The share of walks that are ever beyond a bound is α, within five standard errors.</summary>
    [Fact]
    public void All_looks_together_err_with_alpha()
    {
        const int walks = 200_000;
        const int looks = 8;
        const double alpha = 0.05;
        var (bounds, random, beyond) = (GroupSequential.Bounds(alpha, looks), new Random(11), 0);
        for (var walk = 0; walk < walks; walk++)
        {
            var sum = 0.0;
            for (var look = 1; look <= looks; look++)
            {
                sum += Normal(random);
                if (sum / Math.Sqrt(look) >= bounds[look - 1])
                {
                    beyond++;
                    break;
                }
            }
        }

        Assert.Equal(alpha, (double)beyond / walks, tolerance: 5 * Math.Sqrt(alpha * (1 - alpha) / walks));
    }

    [Theory]
    [InlineData(60, 0, 10, 10, JudgementOutcome.Pass, "look 1 of 4: every metric is good enough")]
    [InlineData(60, 0, 50, 10, JudgementOutcome.Fail, "look 1 of 4: errors is ")]
    [InlineData(60, 25, 2, 1, JudgementOutcome.Inconclusive, "look 4 of 4: a person must decide: no bound was reached")]
    [InlineData(30, 25, 2, 1, JudgementOutcome.Continue, "look 2 of 4: no bound was reached")]
    public void It_judges_at_its_looks(
        int minutes,
        int goodMinutes,
        int hits,
        int control,
        JudgementOutcome expected,
        string reason
    )
    {
        var verdict = GroupSequentialRule.Judge(Inputs(minutes, goodMinutes, hits, control), looks: 4);

        Assert.Equal(expected, verdict.Outcome);
        Assert.StartsWith(reason, verdict.Reason, StringComparison.Ordinal);
        Assert.EndsWith("(this rule is valid at its planned looks only)", verdict.Reason, StringComparison.Ordinal);
    }

    /// <summary>What is seen between two looks and gone at the next does not count.</summary>
    [Fact]
    public void Between_looks_it_does_not_look()
    {
        var verdict = GroupSequentialRule.Judge(Inputs(minutes: 14, goodMinutes: 0, hits: 500, control: 10), looks: 4);

        Assert.Equal(JudgementOutcome.Continue, verdict.Outcome);
        Assert.StartsWith("look 0 of 4", verdict.Reason, StringComparison.Ordinal);
    }

    /// <summary>An hour in samples of a minute, of a thousand requests for each arm.</summary>
    /// <param name="goodMinutes">For so long the canary has as many hits as its control.</param>
    private static JudgeInputs Inputs(int minutes, int goodMinutes, int hits, int control) =>
        new()
        {
            Policy = new CanaryPolicy
            {
                Alpha = 0.001,
                Metrics = [Canaries.Errors],
                MinSoak = TimeSpan.Zero,
                MaxSoak = TimeSpan.FromHours(1),
                MaxAge = TimeSpan.FromMinutes(1),
            },
            Noises = [Canaries.Independent],
            Observations =
            [
                .. Enumerable
                    .Range(0, minutes)
                    .Select(minute => new MetricObservation(
                        Metric: 0,
                        new MetricSample.Counted(
                            Noon.AddMinutes(minute),
                            Noon.AddMinutes(minute + 1),
                            1000,
                            minute < goodMinutes ? control : hits,
                            1000,
                            control
                        )
                    )),
            ],
            Began = Noon,
            Now = Noon.AddMinutes(minutes),
        };

    /// <summary>By Box and Muller.</summary>
    private static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
