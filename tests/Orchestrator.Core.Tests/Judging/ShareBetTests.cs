using System.Collections.Immutable;
using Orchestrator.Core.Judging;

namespace Orchestrator.Core.Tests.Judging;

/// <summary>The robust evidence on hits, which takes a bucket for one observation however many hits it has.</summary>
public sealed class ShareBetTests
{
    private static readonly ImmutableArray<Alternative> Worse = Alternative.EquallyWeighted([1.5, 5, 100]);

    [Fact]
    public void A_bucket_of_one_hit_counts_as_that_hit_does()
    {
        var (bets, hits) = (new OddsMixture(Worse), new OddsMixture(Worse));

        bets.ObserveShare(share: 1, odds: 0.25);
        bets.ObserveShare(share: 0, odds: 0.5);
        hits.Observe(hits: 1, trials: 1, odds: 0.25);
        hits.Observe(hits: 0, trials: 1, odds: 0.5);

        Assert.Equal(hits.LogEvidence(), bets.LogEvidence(), tolerance: 1e-12);
    }

    [Fact]
    public void A_bucket_can_be_worked_out_by_hand()
    {
        // Null odds 1:3, θ = 1/4; five times as much is 5:3, θ = 5/8. Half of the hits: 1/2·(5/8)/(1/4) + 1/2·(3/8)/(3/4) = 3/2.
        var bets = new OddsMixture([new Alternative(OddsRatio: 5, Weight: 1)]);

        bets.ObserveShare(share: 0.5, odds: 1.0 / 3);

        Assert.Equal(Math.Log(1.5), bets.LogEvidence(), tolerance: 1e-12);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Evidence_is_not_expected_to_grow_however_hits_hang_together(double temper)
    {
        // All hits of a bucket fall on one arm, or on both halves: shares 0, ½ and 1, of mean 0.25 each time.
        (double Share, double Probability)[] together = [(0, 0.75), (1, 0.25)];
        (double Share, double Probability)[] split = [(0, 0.6), (0.5, 0.3), (1, 0.1)];

        var expected = (
            from first in together
            from second in split
            from third in together
            let bets = BetOn(temper, first.Share, second.Share, third.Share)
            select first.Probability * second.Probability * third.Probability * Math.Exp(bets.LogEvidence())
        ).Sum();

        Assert.InRange(expected, low: temper > 1 ? 0.5 : 1 - 1e-9, high: 1 + 1e-9);
    }

    [Fact]
    public void Bursts_are_no_evidence_to_bets_and_much_to_single_hits()
    {
        // Bursts of five, each as likely on one arm as on the other.
        var (bets, hits) = (new OddsMixture(Worse), new OddsMixture(Worse));
        var random = new SmallRandom(seed: 5);
        var (mostOfBets, mostOfHits) = (0.0, 0.0);
        for (var bucket = 0; bucket < 2000; bucket++)
        {
            var isCanary = random.NextUnit() < 0.5;
            bets.ObserveShare(isCanary ? 1 : 0, odds: 1);
            hits.Observe(isCanary ? 5 : 0, trials: 5, odds: 1);
            mostOfBets = Math.Max(mostOfBets, bets.LogEvidence());
            mostOfHits = Math.Max(mostOfHits, hits.LogEvidence());
        }

        Assert.True(mostOfBets < Math.Log(20));
        Assert.True(mostOfHits > Math.Log(20));
    }

    [Fact]
    public void A_bound_that_is_quick_is_never_below_the_evidence()
    {
        var bets = new OddsMixture(Worse, temper: 2);
        var random = new SmallRandom(seed: 6);
        for (var bucket = 0; bucket < 200; bucket++)
        {
            bets.ObserveShare(random.NextUnit(), odds: 0.7);

            Assert.True(bets.LogBound() >= bets.LogEvidence());
        }
    }

    [Fact]
    public void Tempered_evidence_is_a_root_of_the_whole()
    {
        ImmutableArray<Alternative> single = [new(OddsRatio: 3, Weight: 1)];
        var (whole, tempered) = (new OddsMixture(single), new OddsMixture(single, temper: 4));
        foreach (var mixture in (OddsMixture[])[whole, tempered])
        {
            mixture.Observe(hits: 7, trials: 9, odds: 0.5);
            mixture.ObserveShare(share: 0.9, odds: 0.5);
        }

        Assert.Equal(whole.LogEvidence() / 4, tempered.LogEvidence(), tolerance: 1e-12);
    }

    private static OddsMixture BetOn(double temper, params double[] shares)
    {
        var bets = new OddsMixture(Worse, temper);
        Array.ForEach(shares, share => bets.ObserveShare(share, odds: 1.0 / 3));
        return bets;
    }
}
