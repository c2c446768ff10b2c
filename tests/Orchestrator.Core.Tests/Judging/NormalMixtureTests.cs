using Orchestrator.Core.Judging;

namespace Orchestrator.Core.Tests.Judging;

/// <summary>The vectors are those of confseq's own tests: α = 0.05, tuned for V = 100.</summary>
public sealed class NormalMixtureTests
{
    private const double Alpha = 0.05;
    private const double Tuned = 100;

    private static readonly double TwoSidedRho = NormalMixture.Tuned(Tuned, Alpha);
    private static readonly double OneSidedRho = NormalMixture.Tuned(Tuned, 2 * Alpha);

    [Fact]
    public void The_mixture_is_tuned_as_published() => Assert.Equal(12.60056, TwoSidedRho, tolerance: 5e-6);

    [Fact]
    public void Evidence_at_a_point_is_as_published()
    {
        Assert.Equal(-0.6510052, NormalMixture.LogTwoSided(10, 100, TwoSidedRho), tolerance: 5e-8);
        Assert.Equal(-0.06502391, NormalMixture.LogOneSided(10, 100, OneSidedRho), tolerance: 5e-9);
    }

    [Fact]
    public void Evidence_reaches_its_limit_at_the_published_bounds()
    {
        var limit = Math.Log(1 / Alpha);

        Assert.Equal(limit, NormalMixture.LogTwoSided(30.35209, 100, TwoSidedRho), tolerance: 2e-6);
        Assert.Equal(limit, NormalMixture.LogOneSided(27.66071, 100, OneSidedRho), tolerance: 2e-6);
    }

    [Fact]
    public void The_sequential_ratio_test_of_a_mean_is_as_published() =>
        Assert.Equal(
            3.958081,
            Math.Exp(NormalMixture.LogOfMean(mean: 0.5, variance: 2, count: 50, spread: 1)),
            tolerance: 5e-7
        );

    [Fact]
    public void Differences_of_either_sign_are_not_expected_to_give_evidence()
    {
        double[] sizes = [1, 3, 0.5, 2, 2, 10, 0, 1, 4, 1];

        var expected = Signs(sizes.Length)
            .Average(signs =>
            {
                var evidence = new DifferenceEvidence(rho: 5, temper: 1);
                for (var index = 0; index < sizes.Length; index++)
                {
                    evidence.Observe(signs[index] * sizes[index]);
                }

                return Math.Exp(evidence.LogEvidence());
            });

        Assert.InRange(expected, low: 0.3, high: 1 + 1e-9);
    }

    [Fact]
    public void Bounds_that_are_quick_are_never_below_the_evidence()
    {
        foreach (var signs in Signs(count: 8))
        {
            var robust = new DifferenceEvidence(rho: 2, temper: 1.5);
            var mean = new MeanEvidence(variance: 0.5, spread: 1);
            foreach (var sign in signs)
            {
                robust.Observe(sign);
                mean.Observe(sign);

                Assert.True(robust.LogBound() >= robust.LogEvidence());
                Assert.True(mean.LogBound() >= mean.LogEvidence());
            }
        }
    }

    private static IEnumerable<int[]> Signs(int count) =>
        Enumerable
            .Range(0, 1 << count)
            .Select(bits => Enumerable.Range(0, count).Select(bit => ((bits >> bit) & 1) == 0 ? 1 : -1).ToArray());
}
