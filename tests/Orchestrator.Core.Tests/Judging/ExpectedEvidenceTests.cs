using Orchestrator.Core.Catalog;
using Orchestrator.Core.Judging;
using Orchestrator.Core.Rollouts;
using static Orchestrator.Core.Tests.Judging.Traffic;

namespace Orchestrator.Core.Tests.Judging;

/// <summary>The property everything rests on, by exact enumeration: under its null an e-process is not expected to grow.</summary>
public sealed class ExpectedEvidenceTests
{
    private const double Rounding = 1e-9;

    [Theory]
    [InlineData(0.001)]
    [InlineData(0.1)]
    [InlineData(0.3)]
    [InlineData(0.6)]
    public void Regression_evidence_is_not_expected_to_grow_while_the_canary_is_as_good_as_its_control(double rate)
    {
        // The weights differ from bucket to bucket, as they do while a canary ramps up.
        var expected = ExpectedRegression(1, new ArmSizes(2, rate, 6, rate), new ArmSizes(4, rate, 3, rate));

        Assert.InRange(expected, low: 0.3, high: 1 + Rounding);
    }

    [Fact]
    public void Regression_evidence_is_not_expected_to_grow_at_the_tolerated_ratio()
    {
        var expected = ExpectedRegression(1.5, new ArmSizes(3, 0.15, 5, 0.1), new ArmSizes(5, 0.3, 2, 0.2));

        Assert.InRange(expected, low: 0.3, high: 1 + Rounding);
    }

    [Fact]
    public void Regression_evidence_is_not_expected_to_grow_when_both_arms_worsen_at_once()
    {
        var expected = ExpectedRegression(1, new ArmSizes(3, 0.01, 5, 0.01), new ArmSizes(3, 0.5, 5, 0.5));

        Assert.InRange(expected, low: 0.3, high: 1 + Rounding);
    }

    [Fact]
    public void Regression_evidence_is_expected_to_grow_when_the_canary_is_worse()
    {
        var expected = ExpectedRegression(1, new ArmSizes(3, 0.5, 5, 0.1), new ArmSizes(3, 0.5, 5, 0.1));

        Assert.True(expected > 1.2);
    }

    [Theory]
    [InlineData(0.01, 0.005)]
    [InlineData(0.2, 0.1)]
    [InlineData(0.2, 0.01)]
    [InlineData(0.9, 0.45)]
    public void Acceptance_evidence_is_not_expected_to_grow_while_the_canary_is_neither_acceptable_nor_close_to_its_control(
        double canary,
        double control
    )
    {
        var expected = ExpectedAcceptance(new ArmSizes(4, canary, 5, control), new ArmSizes(3, canary, 3, control));

        Assert.InRange(expected, low: 0, high: 1 + Rounding);
    }

    [Fact]
    public void Acceptance_evidence_stays_level_at_the_limit_of_both_halves_of_its_null()
    {
        var expected = ExpectedAcceptance(new ArmSizes(20, 0.01, 0, 0), new ArmSizes(9, 0.01, 0, 0));

        Assert.Equal(1, expected, tolerance: Rounding);
    }

    [Fact]
    public void Acceptance_evidence_is_expected_to_grow_when_either_half_of_its_null_is_wrong()
    {
        var acceptable = ExpectedAcceptance(new ArmSizes(20, 0.0001, 0, 0), new ArmSizes(20, 0.0001, 0, 0));
        var close = ExpectedAcceptance(new ArmSizes(5, 0.1, 5, 0.5), new ArmSizes(5, 0.1, 5, 0.5));

        Assert.True(acceptable > 1.2);
        Assert.True(close > 1.2);
    }

    private static double ExpectedRegression(double toleratedRatio, params ArmSizes[] sizes) =>
        Expected(APolicy() with { ToleratedRatio = toleratedRatio }, evidence => evidence.Worse, sizes);

    private static double ExpectedAcceptance(params ArmSizes[] sizes) =>
        Expected(APolicy(), evidence => evidence.GoodEnough, sizes);

    private static double Expected(JudgePolicy policy, Func<MetricEvidence, EProcess> read, ArmSizes[] sizes)
    {
        var errors = StageJudge.PolicyOf(policy, step: null).Metrics[0];
        return Enumeration
            .Outcomes(sizes)
            .Sum(outcome =>
            {
                var evidence = MetricEvidence.Of(errors, Noise.Independent(TimeSpan.Zero));
                foreach (var (second, bucket) in outcome.Buckets.Index())
                {
                    evidence.Observe(SampleOf(bucket, second));
                }

                return outcome.Probability * Math.Exp(read(evidence).LogEvidence());
            });
    }
}
