using System.Globalization;
using Orchestrator.Core.Judging;
using static Orchestrator.Core.Tests.Judging.Canaries;

namespace Orchestrator.Core.Tests.Judging;

public sealed class CanaryEvidenceTests
{
    private static readonly CanaryPolicy Policy = APolicy(Errors with { Alpha = new AlphaUse.Own(0.0005) }, Cpu);

    private static CanaryEvidence Begun => CanaryEvidence.Begin(Policy, [Independent, Calm], At(0));

    [Fact]
    public void Sample_by_sample_it_concludes_what_the_judge_does_from_all_at_once()
    {
        var random = new SmallRandom(seed: 5);
        var evidence = Begun;
        for (var slot = 0; slot < 200; slot++)
        {
            evidence = evidence.With(0, Errored(random, slot)).With(1, Levels(slot, 1 + random.NextNormal() / 50, 1));

            var judgement = evidence.JudgeAt(At(0), At(slot + 1));

            AssertSame(CanaryJudge.Judge(judgement.Inputs), judgement);
        }

        Assert.Equal(400, evidence.Judged.Count);
    }

    [Fact]
    public void Made_anew_from_what_is_kept_it_concludes_the_same_and_goes_on_the_same()
    {
        var random = new SmallRandom(seed: 6);
        var evidence = Begun;
        for (var slot = 0; slot < 3000; slot++)
        {
            evidence = evidence.With(0, Errored(random, slot));
        }

        Assert.NotNull(evidence.Pending[0]);
        var anew = new CanaryEvidence
        {
            Policy = evidence.Policy,
            Noises = evidence.Noises,
            Since = evidence.Since,
            Judged = evidence.Judged,
            Pending = evidence.Pending,
        };
        AssertSame(evidence.JudgeAt(At(0), At(3000)), anew.JudgeAt(At(0), At(3000)));
        var next = Errored(random, 3000);
        AssertSame(evidence.With(0, next).JudgeAt(At(0), At(3001)), anew.With(0, next).JudgeAt(At(0), At(3001)));
    }

    [Fact]
    public void An_older_one_still_concludes_what_it_knew()
    {
        var before = Begun.With(0, Counts(0, 100, 0, 100, 0));
        var early = before.JudgeAt(At(0), At(1));

        var after = before.With(0, Counts(1, 100, 90, 100, 0));

        Assert.Equal(JudgementOutcome.Fail, after.JudgeAt(At(0), At(2)).Outcome);
        AssertSame(early, before.JudgeAt(At(0), At(1)));
        Assert.Equal(JudgementOutcome.Fail, after.JudgeAt(At(0), At(2)).Outcome);
    }

    [Fact]
    public void The_older_the_canary_the_longer_the_samples_and_none_is_lost()
    {
        const int Slots = 50_000;
        var evidence = Begun;
        for (var slot = 0; slot < Slots; slot++)
        {
            evidence = evidence.With(0, Counts(slot, 10, 1, 20, 2));
        }

        Assert.InRange(evidence.Judged.Count, low: 1500, high: 2500);
        var counted = evidence.Judged.Select(judged => judged.Sample).Append(evidence.Pending[0]);
        Assert.Equal(10L * Slots, counted.OfType<MetricSample.Counted>().Sum(sample => sample.CanaryTotal));
        Assert.Equal(2L * Slots, counted.OfType<MetricSample.Counted>().Sum(sample => sample.ControlHits));
        var first = (MetricSample.Counted)evidence.Judged[0].Sample;
        var last = (MetricSample.Counted)evidence.Judged[^1].Sample;
        Assert.Equal(TimeSpan.FromSeconds(10), first.To - first.From);
        Assert.InRange((last.To - last.From) / (last.To - At(0)), low: 1 / 300.0, high: 1 / 200.0);
    }

    [Fact]
    public void The_first_thousand_are_judged_at_once_however_short_they_are()
    {
        var evidence = Begun;
        var late = At(1000);
        for (var number = 0; number < 1000; number++)
        {
            var from = late.AddMilliseconds(number);
            evidence = evidence.With(0, new MetricSample.Counted(from, from.AddMilliseconds(1), 1, 0, 1, 0));
            Assert.Equal(number + 1, evidence.Judged.Count);
        }

        var next = late.AddMilliseconds(1000);
        evidence = evidence.With(0, new MetricSample.Counted(next, next.AddMilliseconds(1), 1, 0, 1, 0));
        Assert.Equal((1000, next), (evidence.Judged.Count, evidence.Pending[0]!.From));
    }

    [Fact]
    public void Nonsense_is_a_gap_that_says_why_and_spoils_nothing()
    {
        var evidence = Begun
            .With(0, Counts(0, 100, 0, 100, 0))
            .With(0, Counts(1, 100, 101, 100, 0))
            .With(0, Counts(0, 100, 100, 100, 0))
            .With(0, Counts(2, 100, 0, 100, 0));

        var errors = evidence.JudgeAt(At(0), At(3)).Metrics[0];

        Assert.Equal(new ArmCounts(200, 0, 200, 0), errors.Counts);
        Assert.Equal((2, "it is older than what was judged before"), (errors.Refused, errors.LastRefusal));
    }

    private static MetricSample Errored(SmallRandom random, int slot) =>
        Counts(slot, 500, random.NextPoisson(1), 500, random.NextPoisson(1));

    private static void AssertSame(Judgement expected, Judgement actual)
    {
        Assert.Equal((expected.Outcome, expected.Reason), (actual.Outcome, actual.Reason));
        Assert.Equal(expected.Metrics.Select(Bits), actual.Metrics.Select(Bits));
    }

    private static string Bits(MetricFinding finding) =>
        string.Join(
            ' ',
            new[] { finding.Worse, finding.Hint, finding.GoodEnough }.Select(value =>
                BitConverter.DoubleToInt64Bits(value).ToString("X16", CultureInfo.InvariantCulture)
            )
        );
}
