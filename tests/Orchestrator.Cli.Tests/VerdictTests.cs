using System.Text.Json;
using Orchestrator.Cli.Judging;
using Orchestrator.Cli.Tests.Support;
using Orchestrator.Contracts.Http;
using Orchestrator.Core.Judging;

namespace Orchestrator.Cli.Tests;

/// <summary><c>orc verdict</c> and <c>orc sample</c>.</summary>
public sealed class VerdictTests
{
    private const string Rollout = "checkoutservice/118/prod";
    private const string Judgements = $"GET /v1/rollouts/{Rollout}/judgements";
    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task Kept_judgements_are_the_same_when_they_are_judged_again()
    {
        await using var server = await FakeControlPlane.StartAsync();
        server.OnPage(Judgements, Kept(number: 1, canaryErrors: 0), Kept(number: 2, canaryErrors: 40));

        var run = await OrcRun.Of(server, "verdict", "replay", Rollout);

        Assert.Equal(ExitCode.Done, run.Code);
        Assert.Equal(2, run.Out.Split('\n').Count(line => line.EndsWith("the same", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task One_bit_of_evidence_another_word_or_another_sample_is_told()
    {
        var kept = Kept(number: 1, canaryErrors: 40);
        var errors = kept.Verdict.Metrics[0];
        JudgementView[] altered =
        [
            kept with
            {
                Verdict = kept.Verdict with
                {
                    Metrics =
                    [
                        errors with
                        {
                            RegressionEvidence = Math.BitIncrement(errors.RegressionEvidence),
                        },
                        kept.Verdict.Metrics[1],
                        kept.Verdict.Metrics[2],
                    ],
                },
            },
            kept with
            {
                Verdict = kept.Verdict with { Outcome = "pass" },
            },
            kept with
            {
                Inputs = kept.Inputs with { Samples = [.. kept.Inputs.Samples.Skip(1)] },
            },
        ];
        foreach (var one in altered)
        {
            await using var server = await FakeControlPlane.StartAsync();
            server.OnPage(Judgements, one);

            var run = await OrcRun.Of(server, "verdict", "replay", Rollout);

            Assert.Equal(ExitCode.Failed, run.Code);
            Assert.Contains("DIFFERENT", run.Out, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task What_was_judged_by_limits_and_ranks_replays_too_and_is_labelled()
    {
        await using var server = await FakeControlPlane.StartAsync();
        var usual = Kept(number: 1, canaryErrors: 40).Inputs;
        var kept = Judged(
            number: 1,
            usual with
            {
                Metrics =
                [
                    usual.Metrics[0] with
                    {
                        OwnAlpha = null,
                        Every = TimeSpan.FromSeconds(1),
                        Thresholds = new JudgedThresholdsView
                        {
                            GoodLimit = 0.1,
                            BadLimit = 0.2,
                            FailureLimit = 0,
                            InconclusiveLimit = 0,
                            ConsecutiveErrorLimit = 4,
                            Checks = 3,
                        },
                    },
                    usual.Metrics[1],
                    usual.Metrics[2] with
                    {
                        Weight = null,
                        Every = TimeSpan.FromSeconds(1),
                        IsCriticalByRanks = false,
                    },
                ],
                Ranks = new JudgedRanksView
                {
                    StandardErrors = 2.3,
                    Tolerance = 0.25,
                    Marginal = 75,
                    Pass = 95,
                    MinPoints = 1,
                },
            }
        );
        server.OnPage(Judgements, kept);

        var run = await OrcRun.Of(server, "verdict", "replay", Rollout);
        var shown = await OrcRun.Of(server, "verdict", "show", Rollout);

        Assert.Equal("fail", kept.Verdict.Outcome);
        Assert.Equal(ExitCode.Done, run.Code);
        Assert.Contains(
            "1 checks beyond 0.2, 0 are forgiven (this rule is not valid under peeking)",
            shown.Out,
            StringComparison.Ordinal
        );
        Assert.Matches(@"worse +40 % +1 % +100 v 100 requests", shown.Out);
        server.OnPage(
            Judgements,
            kept with
            {
                Verdict = kept.Verdict with
                {
                    Metrics = [kept.Verdict.Metrics[0] with { RuleReason = "" }, .. kept.Verdict.Metrics.Skip(1)],
                },
            }
        );
        Assert.Equal(ExitCode.Failed, (await OrcRun.Of(server, "verdict", "replay", Rollout)).Code);
    }

    [Fact]
    public async Task A_kind_that_this_program_does_not_know_is_told_and_nothing_is_concluded()
    {
        await using var server = await FakeControlPlane.StartAsync();
        var kept = Kept(number: 1, canaryErrors: 0);
        server.OnPage(
            Judgements,
            kept with
            {
                Inputs = kept.Inputs with { Metrics = [kept.Inputs.Metrics[0] with { Kind = "rank" }] },
            }
        );

        var run = await OrcRun.Of(server, "verdict", "replay", Rollout);

        Assert.Equal(ExitCode.Failed, run.Code);
        Assert.Contains("what this orc does not know: rank", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Judgements_are_shown_metric_by_metric_and_nothing_is_said_to_be_nothing()
    {
        await using var server = await FakeControlPlane.StartAsync();
        server.OnPage(Judgements, Kept(number: 1, canaryErrors: 1));

        var run = await OrcRun.Of(server, "verdict", "show", Rollout);

        Assert.Equal(ExitCode.Done, run.Code);
        Assert.Contains("errors 1 % v 1 % on 100 v 100 requests; ", run.Out, StringComparison.Ordinal);
        Assert.Contains("latency  ", run.Out, StringComparison.Ordinal);
        Assert.Contains("1, last: none came", run.Out, StringComparison.Ordinal);
        server.OnPage<JudgementView>(Judgements);
        Assert.Contains(
            "Nothing followed from a judgement of",
            (await OrcRun.Of(server, "verdict", "show", Rollout)).Out,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("3/120", "9/1080", 3L, 120L, null)]
    [InlineData("0.41", "4e-1", null, null, 0.41)]
    public async Task A_sample_is_sent_with_its_time(
        string canary,
        string control,
        long? hits,
        long? total,
        double? value
    )
    {
        await using var server = await FakeControlPlane.StartAsync();
        server.On(
            $"POST /v1/rollouts/{Rollout}/samples",
            new ActionResult(Rollout, "Continue: so far", "orc rollout watch")
        );

        var run = await OrcRun.Of(
            server,
            "sample",
            Rollout,
            "lost",
            "--canary",
            canary,
            "--control",
            control,
            "--last",
            "30s"
        );

        Assert.Equal((ExitCode.Done, ""), (run.Code, run.Error));
        var sent = JsonSerializer.Deserialize<SampleRequest>(server.Asked[^1].Body, JsonSerializerOptions.Web)!;
        Assert.Equal(
            ("lost", hits, total, value),
            (sent.Metric, sent.Canary.Hits, sent.Canary.Total, sent.Canary.Value)
        );
        Assert.Equal(TimeSpan.FromSeconds(30), sent.To - sent.From);
    }

    [Theory]
    [InlineData("3 of 120", "9/1080", "'3 of 120' is no sample (--canary).")]
    [InlineData("3/120", "-9/1080", "'-9/1080' is no sample (--control).")]
    [InlineData("NaN", "1", "'NaN' is no sample (--canary).")]
    [InlineData("1/2/3", "1", "'1/2/3' is no sample (--canary).")]
    public async Task What_is_no_sample_is_not_sent(string canary, string control, string says)
    {
        await using var server = await FakeControlPlane.StartAsync();

        var run = await OrcRun.Of(
            server,
            "sample",
            Rollout,
            "lost",
            "--canary",
            canary,
            "--control",
            control,
            "--last",
            "30s"
        );
        var timeless = await OrcRun.Of(server, "sample", Rollout, "lost", "--canary", "1/2", "--control", "1/2");

        Assert.Equal(ExitCode.Usage, run.Code);
        Assert.Contains(says, run.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Usage, timeless.Code);
        Assert.Contains("Of which time is it?", timeless.Error, StringComparison.Ordinal);
        Assert.Empty(server.Asked);
    }

    /// <summary>As a control plane keeps it: with the verdict that its inputs come to.</summary>
    private static JudgementView Kept(int number, long canaryErrors)
    {
        var inputs = new JudgeInputsView
        {
            Alpha = 0.001,
            MinSoak = TimeSpan.FromSeconds(5),
            MaxSoak = TimeSpan.FromMinutes(30),
            MaxAge = TimeSpan.FromMinutes(1),
            Began = Noon,
            Now = Noon.AddSeconds(20),
            Metrics =
            [
                Metric("errors", "share") with
                {
                    Acceptable = 0.01,
                    OwnAlpha = 0.0005,
                    Weight = null,
                },
                Metric("latency", "quantile") with
                {
                    Quantile = 0.9,
                    Bounds = [1, 2],
                },
                Metric("cpu", "level"),
            ],
            Samples =
            [
                Sample(0, 0) with
                {
                    Canary = [100, canaryErrors],
                    Control = [100, 1],
                },
                Sample(1, 0) with
                {
                    Canary = [3, 2, 1],
                    Control = [4, 2, 0],
                },
                Sample(2, 1) with
                {
                    CanaryLevel = 0.1,
                    ControlLevel = 0.2,
                },
                Sample(2, 2) with
                {
                    Missing = "none came",
                },
            ],
        };
        return Judged(number, inputs);
    }

    private static JudgementView Judged(int number, JudgeInputsView inputs)
    {
        var judged = CanaryJudge.Judge(KeptInputs.Read(inputs));
        return new JudgementView
        {
            Number = number,
            Inputs = inputs,
            Verdict = A.Verdict(requests: 100, errors: 1) with
            {
                Outcome = JudgementWords.Of(judged.Outcome),
                Reason = judged.Reason,
                Metrics = [.. judged.Metrics.Select(Of)],
            },
        };
    }

    private static JudgedMetricView Metric(string name, string kind) =>
        new()
        {
            Name = name,
            Kind = kind,
            IsLowerWorse = false,
            ToleratedRatio = 1,
            InferiorRatio = 2,
            Weight = 1,
            Beta = 0.05,
            MinSamples = 1,
            MaxSamples = long.MaxValue,
            IsNoiseMeasured = true,
            NoiseDispersion = 1,
            NoiseWidth = TimeSpan.FromSeconds(1),
            NoiseTemper = 1,
        };

    private static JudgedSampleView Sample(int metric, int slot) =>
        new()
        {
            Metric = metric,
            From = Noon.AddSeconds(slot),
            To = Noon.AddSeconds(slot + 1),
        };

    private static MetricView Of(MetricFinding finding) =>
        new()
        {
            Name = finding.Name,
            Seen = finding.Seen,
            Samples = finding.Samples,
            Refused = finding.Refused,
            LastRefusal = finding.LastRefusal,
            RegressionEvidence = finding.Worse,
            RegressionLimit = finding.WorseLimit,
            AcceptanceEvidence = finding.GoodEnough,
            AcceptanceLimit = finding.GoodEnoughLimit,
            Noise = "",
            Canary = finding.Canary,
            Control = finding.Control,
            On = finding.On,
            State = finding.State == MetricState.Worse ? "worse" : "undecided",
            Rule = finding.Ruling is null ? "evidence" : "other",
            RuleReason = finding.Ruling?.Reason ?? "",
            IsValidUnderPeeking = finding.Ruling is null,
        };
}
