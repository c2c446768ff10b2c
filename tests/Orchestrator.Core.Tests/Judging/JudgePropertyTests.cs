using System.Text.Json;
using CsCheck;
using Orchestrator.Core.Judging;
using static Orchestrator.Core.Tests.Judging.Canaries;

namespace Orchestrator.Core.Tests.Judging;

public sealed class JudgePropertyTests
{
    /// <summary>Few distinct numbers on purpose: equal ones and zeros must come up.</summary>
    private static readonly Gen<(int Canary, int CanaryErrors, int Control, int ControlErrors)> AnyCounts = Gen.Select(
        Gen.Int[0, 40],
        Gen.Int[0, 4],
        Gen.Int[0, 40],
        Gen.Int[0, 4],
        (canary, canaryErrors, control, controlErrors) =>
            (canary, Math.Min(canary, canaryErrors), control, Math.Min(control, controlErrors))
    );

    private static readonly Gen<(double Canary, double Control)> AnyLevels = Gen.Select(
        Among(0.9, 1, 1.1, 1.5),
        Among(0.9, 1, 1.1, 1.5)
    );

    private static readonly Gen<Noise> AnyNoise = Among(Independent, Bursty, Noise.Unknown);

    [Fact]
    public void Lower_being_worse_is_higher_being_worse_with_the_arms_exchanged() =>
        Gen.Select(AnyCounts.Array[1, 40], AnyNoise)
            .Sample(
                (counts, noise) =>
                {
                    var higher = Judge(
                        APolicy(Errors),
                        noise,
                        [.. Slots(counts.Length, slot => Of(slot, counts[slot]))]
                    );
                    var lower = Judge(
                        APolicy(Errors with { Direction = MetricDirection.LowerIsWorse }),
                        noise,
                        [
                            .. Slots(
                                counts.Length,
                                slot =>
                                    Of(
                                        slot,
                                        (
                                            counts[slot].Control,
                                            counts[slot].ControlErrors,
                                            counts[slot].Canary,
                                            counts[slot].CanaryErrors
                                        )
                                    )
                            ),
                        ]
                    );

                    AssertSameEvidence(higher, lower, tolerance: 0);
                },
                iter: 500
            );

    [Fact]
    public void Evidence_for_one_arm_is_evidence_against_the_other_only_one_at_a_time() =>
        AnyLevels
            .Array[1, 60]
            .Sample(
                levels =>
                {
                    var there = new DifferenceEvidence(rho: 0.5, temper: 1);
                    var back = new DifferenceEvidence(rho: 0.5, temper: 1);
                    foreach (var (canary, control) in levels)
                    {
                        there.Observe(canary - control);
                        back.Observe(control - canary);
                    }

                    // Their mean is the two-sided mixture's: what one side wins, the other loses.
                    Assert.True(Math.Min(there.LogEvidence(), back.LogEvidence()) <= 1e-12);
                },
                iter: 500
            );

    [Fact]
    public void Levels_have_no_unit() =>
        Gen.Select(AnyLevels.Array[1, 60], AnyNoise)
            .Sample(
                (levels, noise) =>
                {
                    var seconds = Judge(
                        APolicy(Cpu),
                        noise,
                        [.. Slots(levels.Length, slot => Of(slot, levels[slot], 1))]
                    );
                    var bits = Judge(
                        APolicy(Cpu),
                        noise,
                        [.. Slots(levels.Length, slot => Of(slot, levels[slot], 1024))]
                    );

                    AssertSameEvidence(seconds, bits, tolerance: 1e-9);
                },
                iter: 500
            );

    [Fact]
    public void Fast_evidence_is_the_same_however_samples_are_cut()
    {
        Gen.Select(AnyCounts, Gen.Int[1, 8])
            .Sample(
                (counts, parts) =>
                {
                    var (canary, errors, control, controlErrors) = counts;
                    var one = Of(0, (canary * parts, errors * parts, control * parts, controlErrors * parts));

                    var whole = Judge(APolicy(Errors), Independent, one);
                    var cut = Judge(APolicy(Errors), Independent, [.. Slots(parts, slot => Of(slot, counts))]);

                    // A failure ends what is looked at, and comes sooner to who looks more often.
                    if (whole.Outcome != JudgementOutcome.Fail && cut.Outcome != JudgementOutcome.Fail)
                    {
                        AssertSameEvidence(whole, cut, tolerance: 1e-9);
                    }
                },
                iter: 500
            );
    }

    [Fact]
    public void More_errors_of_the_canary_are_more_evidence_against_it_and_less_for_it() =>
        Gen.Select(AnyCounts.Array[1, 12], Gen.Int[0, 11], AnyNoise)
            .Sample(
                (counts, at, noise) =>
                {
                    // Evidence against, in a bucket with as many errors as before or one error that moves to the canary.
                    var place = at % counts.Length;
                    var (canary, errors, control, controlErrors) = counts[place];
                    if (errors == canary || controlErrors == 0)
                    {
                        return;
                    }

                    var worse = counts.ToArray();
                    worse[place] = (canary, errors + 1, control, controlErrors - 1);
                    var (before, after) = (
                        Judge(Lenient, noise, [.. Slots(counts.Length, slot => Of(slot, counts[slot]))]),
                        Judge(Lenient, noise, [.. Slots(worse.Length, slot => Of(slot, worse[slot]))])
                    );

                    Assert.True(after.Metrics[0].Worse >= before.Metrics[0].Worse * (1 - 1e-9));
                    Assert.True(after.Metrics[0].GoodEnough <= before.Metrics[0].GoodEnough * (1 + 1e-9));
                },
                iter: 1000
            );

    [Fact]
    public void Missing_data_changes_nothing() =>
        Gen.Select(AnyCounts.Array[1, 40], Gen.Int[0, 39], AnyNoise)
            .Sample(
                (counts, at, noise) =>
                {
                    var samples = Slots(counts.Length, slot => Of(slot, counts[slot])).ToList();
                    var place = at % counts.Length;
                    var gone = samples[place];

                    var left = samples.Where(sample => sample != gone).ToArray();
                    var missing = samples.Select(sample =>
                        sample == gone ? new MetricSample.Missing(sample.From, sample.To, "no answer") : sample
                    );

                    var now = Inputs(APolicy(Errors), [noise], [.. samples]).Now;
                    AssertSameEvidence(
                        CanaryJudge.Judge(Inputs(APolicy(Errors), [noise], left) with { Now = now }),
                        CanaryJudge.Judge(Inputs(APolicy(Errors), [noise], [.. missing]) with { Now = now }),
                        tolerance: 0
                    );
                },
                iter: 500
            );

    [Fact]
    public void Whatever_comes_in_the_judge_answers_with_finite_numbers_and_nothing_passes_on_nothing() =>
        Gen.Select(Fuzz.Array[0, 60], AnyNoise)
            .Sample(
                (samples, noise) =>
                {
                    var policy = APolicy(
                        Errors with
                        {
                            Alpha = new AlphaUse.Own(0.0005),
                        },
                        Latency with
                        {
                            Alpha = new AlphaUse.Pooled(1),
                        },
                        Cpu
                    );
                    var judgement = CanaryJudge.Judge(Inputs(policy, [noise, noise, noise], samples, samples, samples));

                    Assert.All(
                        judgement.Metrics,
                        metric =>
                            Assert.True(
                                double.IsFinite(metric.Worse)
                                    && double.IsFinite(metric.Hint)
                                    && double.IsFinite(metric.GoodEnough)
                            )
                    );
                    if (judgement.Metrics.Any(metric => metric.Samples == 0))
                    {
                        Assert.NotEqual(JudgementOutcome.Pass, judgement.Outcome);
                    }

                    if (judgement.Metrics.All(metric => metric.Samples == 0))
                    {
                        Assert.NotEqual(JudgementOutcome.Fail, judgement.Outcome);
                        Assert.NotEqual(JudgementOutcome.Hold, judgement.Outcome);
                    }
                },
                iter: 2000
            );

    [Fact]
    public void A_judgement_that_was_stored_with_its_inputs_replays_bit_for_bit() =>
        Gen.Select(AnyCounts.Array[1, 40], AnyLevels.Array[1, 40], AnyNoise)
            .Sample(
                (counts, levels, noise) =>
                {
                    var inputs = Inputs(
                        APolicy(Errors with { Alpha = new AlphaUse.Own(0.0005) }, Cpu),
                        [noise, noise],
                        [.. Slots(counts.Length, slot => Of(slot, counts[slot]))],
                        [.. Slots(levels.Length, slot => Of(slot, levels[slot], 1.0 / 3))]
                    );
                    var judgement = CanaryJudge.Judge(inputs);

                    var replayed = CanaryJudge.Judge(Stored(judgement.Inputs));

                    Assert.Equal((judgement.Outcome, judgement.Reason), (replayed.Outcome, replayed.Reason));
                    Assert.Equal(judgement.Metrics.AsEnumerable(), replayed.Metrics.AsEnumerable());
                },
                iter: 200
            );

    /// <summary>So unlikely to err that nothing fails before its end.</summary>
    private static readonly CanaryPolicy Lenient = APolicy(Errors with { Alpha = new AlphaUse.Own(1e-100) });

    private static readonly Gen<long> AnyNumber = Gen.OneOf(
        Gen.Const(0L),
        Gen.Long[-3, 1000],
        Gen.Long,
        Gen.Const(long.MaxValue)
    );

    private static readonly Gen<double> AnyLevel = Gen.OneOf(Gen.Double, Gen.Double[0, 2], Gen.Const(double.NaN));

    private static readonly Gen<MetricSample> Fuzz = Gen.OneOf(
        Gen.Select(
            Gen.Int[0, 400],
            Gen.Select(AnyNumber, AnyNumber, AnyNumber, AnyNumber),
            (slot, number) => Counts(slot, number.Item1, number.Item2, number.Item3, number.Item4)
        ),
        Gen.Select(Gen.Int[0, 400], AnyLevel, AnyLevel, Levels),
        Gen.Select(
            Gen.Int[0, 400],
            AnyNumber.Array[0, 5],
            AnyNumber.Array[0, 5],
            (slot, canary, control) => Answers(slot, canary, control)
        ),
        Gen.Int[0, 400].Select(slot => (MetricSample)new MetricSample.Missing(At(slot), At(slot + 1), "no answer"))
    );

    private static Gen<T> Among<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(index => values[index]);

    private static MetricSample Of(int slot, (int Canary, int CanaryErrors, int Control, int ControlErrors) counts) =>
        Counts(slot, counts.Canary, counts.CanaryErrors, counts.Control, counts.ControlErrors);

    private static MetricSample Of(int slot, (double Canary, double Control) levels, double unit) =>
        Levels(slot, levels.Canary * unit, levels.Control * unit);

    private static void AssertSameEvidence(Judgement expected, Judgement actual, double tolerance)
    {
        Assert.Equal(expected.Outcome, actual.Outcome);
        foreach (var (one, other) in expected.Metrics.Zip(actual.Metrics))
        {
            AssertClose(one.Worse, other.Worse, tolerance);
            AssertClose(one.Hint, other.Hint, tolerance);
            AssertClose(one.GoodEnough, other.GoodEnough, tolerance);
        }
    }

    private static void AssertClose(double expected, double actual, double tolerance) =>
        Assert.InRange(actual, expected * (1 - tolerance), expected * (1 + tolerance));

    /// <summary>Through JSON and back.</summary>
    private static JudgeInputs Stored(JudgeInputs inputs) =>
        inputs with
        {
            Noises = [.. inputs.Noises.Select(Reread)],
            Observations = [.. inputs.Observations.Select(one => one with { Sample = Reread(one.Sample) })],
            Now = Reread(inputs.Now),
        };

    private static MetricSample Reread(MetricSample sample) =>
        sample switch
        {
            MetricSample.Counted counted => Reread(counted),
            MetricSample.Levels levels => Reread(levels),
            _ => sample,
        };

    private static T Reread<T>(T value) => JsonSerializer.Deserialize<T>(JsonSerializer.Serialize(value))!;
}
