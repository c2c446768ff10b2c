using System.Collections.Immutable;
using Orchestrator.Core.Judging;

namespace Orchestrator.Core.Tests.Judging;

public sealed class OddsMixtureTests
{
    /// <summary>A uniform prior on the probability, approximated by so many points, gives the closed form 2^n·B(x + 1, n − x + 1).</summary>
    private const int Points = 5000;

    [Theory]
    [InlineData(9, 1, 9.309091)]
    [InlineData(15, 2, 53.542484)]
    public void A_uniform_prior_gives_the_published_e_values(int hits, int misses, double expected)
    {
        var mixture = new OddsMixture(Uniform());

        mixture.Observe(hits, hits + misses, odds: 1);

        Assert.Equal(expected, Math.Exp(mixture.LogEvidence()), tolerance: 1e-5);
    }

    [Fact]
    public void Evidence_starts_at_one() => Assert.Equal(0, new OddsMixture(Uniform()).LogEvidence(), tolerance: 1e-12);

    [Fact]
    public void Two_alternatives_can_be_worked_out_by_hand()
    {
        // Null odds 1:3, θ = 1/4. Doubled 2:3, θ = 2/5; halved 1:6, θ = 1/7. Two hits in three trials:
        // 1/2·(8/5)²·(4/5) + 1/2·(4/7)²·(8/7) = 1.024 + 0.18659 = 1.21059.
        var mixture = new OddsMixture([new Alternative(2, 0.5), new Alternative(0.5, 0.5)]);

        mixture.Observe(hits: 2, trials: 3, odds: 1.0 / 3);

        Assert.Equal(1.024 + (64.0 / 343), Math.Exp(mixture.LogEvidence()), tolerance: 1e-12);
    }

    [Fact]
    public void One_observation_is_as_good_as_its_parts()
    {
        var whole = new OddsMixture(Uniform());
        var parts = new OddsMixture(Uniform());

        whole.Observe(hits: 5, trials: 12, odds: 0.4);
        parts.Observe(hits: 0, trials: 3, odds: 0.4);
        parts.Observe(hits: 4, trials: 7, odds: 0.4);
        parts.Observe(hits: 1, trials: 2, odds: 0.4);

        Assert.Equal(whole.LogEvidence(), parts.LogEvidence(), tolerance: 1e-12);
    }

    [Theory]
    [InlineData(1e-12)]
    [InlineData(1e-3)]
    [InlineData(1e12)]
    public void The_expected_evidence_is_one_under_the_null_however_extreme_the_odds(double odds)
    {
        const int Trials = 12;
        var share = odds / (1 + odds);
        var expected = 0.0;
        for (var hits = 0; hits <= Trials; hits++)
        {
            var mixture = new OddsMixture([
                new Alternative(0.01, 0.25),
                new Alternative(1.25, 0.5),
                new Alternative(100, 0.25),
            ]);
            mixture.Observe(hits, Trials, odds);
            expected += Enumeration.Binomial(hits, Trials, share) * Math.Exp(mixture.LogEvidence());
        }

        Assert.Equal(1, expected, tolerance: 1e-9);
    }

    [Fact]
    public void Very_small_odds_keep_their_digits_over_very_many_trials()
    {
        // (1 + 2·10⁻¹³)/(1 + 10⁻¹³), to the power of 10¹³, is e.
        var mixture = new OddsMixture([new Alternative(OddsRatio: 2, Weight: 1)]);

        mixture.Observe(hits: 0, trials: 10_000_000_000_000, odds: 1e-13);

        Assert.Equal(-1, mixture.LogEvidence(), tolerance: 1e-9);
    }

    [Fact]
    public void A_billion_trials_keep_the_evidence_finite()
    {
        var mixture = new OddsMixture([new Alternative(0.01, 0.5), new Alternative(100, 0.5)]);

        mixture.Observe(hits: 500_000_000, trials: 1_000_000_000, odds: 1);

        Assert.True(double.IsFinite(mixture.LogEvidence()));
        Assert.True(mixture.LogEvidence() < -1e8);
    }

    private static ImmutableArray<Alternative> Uniform() =>
        Alternative.EquallyWeighted([
            .. Enumerable.Range(0, Points).Select(index => (index + 0.5) / Points).Select(share => share / (1 - share)),
        ]);
}
