using System.Collections.Immutable;
using Orchestrator.Core;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Judging;
using Orchestrator.Core.Reconciliation;
using Orchestrator.Core.Rollouts;
using static Orchestrator.Simulation.Builders;

namespace Orchestrator.Simulation;

/// <summary>What rollouts are judged by, beside errors: latency, and what others measure.</summary>
public sealed class EvidenceTests
{
    private const string Lost = "payments-lost";
    private static readonly TimeSpan Soon = TimeSpan.FromMinutes(3);

    private static readonly MetricRule LostPayments = new()
    {
        Name = Lost,
        Kind = MetricKind.Share,
        IsLowerWorse = false,
        ToleratedRatio = 1,
        InferiorRatio = 2,
        MinimumSamples = 100,
        Source = new MetricSource.Push(),
    };

    private static readonly MetricThresholds ErrorLimits = new()
    {
        Metric = StageJudge.Errors,
        Limit = 0.02,
        GoodLimit = 0.02,
        Every = TimeSpan.FromSeconds(5),
        Checks = 3,
        FailureLimit = 1,
        InconclusiveLimit = 0,
        ConsecutiveErrorLimit = 4,
    };

    [Fact]
    public void A_canary_whose_answers_are_slower_goes_back()
    {
        var world = AWorld(judge => judge with { Latency = new LatencyRule(0.95, 1, 1.5) });
        world.Gateway.LatencyBucket["1.1.0"] = 30;
        Publish(world, "1.1.0");

        world.RunUntil(each => At(each, "1.1.0")?.Phase is RolloutPhase.RolledBack, Soon);

        var reason = ((RolloutPhase.RolledBack)At(world, "1.1.0")!.Phase).Reason;
        Assert.StartsWith("latency p95 ≤ 100 v ≤ 10 on ", reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_canary_that_is_as_fast_and_as_good_passes_by_both()
    {
        var world = AWorld(judge => judge with { Latency = new LatencyRule(0.95, 1, 1.5) });
        Publish(world, "1.1.0");

        world.RunUntil(each => Current(each) == "1.1.0", Soon);

        Assert.Equal(["errors", "latency"], At(world, "1.1.0")!.Verdict!.Metrics.Select(metric => metric.Name));
    }

    [Fact]
    public void A_canary_that_is_slow_while_it_is_new_goes_on_when_it_is_warm()
    {
        var world = AWorld(judge =>
            judge with
            {
                Latency = new LatencyRule(0.95, 1, 1.5) { WarmUp = TimeSpan.FromSeconds(20) },
            }
        );
        world.Gateway.LatencyBucket["1.1.0"] = 40;
        Publish(world, "1.1.0");
        world.RunUntil(each => At(each, "1.1.0")?.Phase is RolloutPhase.Baking, Soon);
        world.Run(TimeSpan.FromSeconds(19));

        Assert.IsType<RolloutPhase.Judging>(At(world, "1.1.0")!.Phase);
        Assert.Equal(0, At(world, "1.1.0")!.Verdict!.Metrics[1].Samples);
        world.Gateway.LatencyBucket["1.1.0"] = 20;
        world.RunUntil(each => At(each, "1.1.0")?.Phase is RolloutPhase.Promoting, Soon);
        world.Gateway.LatencyBucket["1.1.0"] = 40;
        world.RunUntil(each => Current(each) == "1.1.0", Soon);
    }

    /// <summary>Counts of one version are added up; what one of them does not tell nobody knows of the whole.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Latencies_count_where_every_part_tells_them(bool doAllTell)
    {
        var world = AWorld(judge => judge with { Latency = new LatencyRule(0.95, 1, 1.5) });
        Publish(world, "1.1.0");
        world.RunUntil(each => At(each, "1.1.0")?.Phase is RolloutPhase.Judging, Soon);
        ImmutableArray<TrafficCount> counts =
        [
            ACount("1.1.0", requests: 7, bucket: 20),
            ACount("1.0.0", requests: 40, bucket: 20),
            doAllTell ? ACount("1.0.0", 2, bucket: 30) : ACount("1.0.0", 2, bucket: 30) with { Latencies = [] },
            ACount("0.9.0", requests: 1_000, bucket: 40),
        ];

        var other = GatewayId.Parse("other");
        world.Ask(new CellInput.TrafficCounted(other, "s", 1, world.Now.AddSeconds(-1), world.Now, counts));

        var evidence = At(world, "1.1.0")!.Evidence!;
        var errors = Assert.IsType<MetricSample.Counted>(evidence.Last(0));
        Assert.Equal((7, 42), (errors.CanaryTotal, errors.ControlTotal));
        var last = evidence.Last(StageJudge.PlaceOf(evidence.Policy, StageJudge.Latency)!.Value);
        if (doAllTell)
        {
            var told = Assert.IsType<MetricSample.Histograms>(last);
            Assert.Equal((7, 7), (told.Canary[20], told.Canary.Sum()));
            Assert.Equal((40, 2, 42), (told.Control[20], told.Control[30], told.Control.Sum()));
        }
        else
        {
            Assert.Equal(
                "a gateway does not tell latencies, or tells others",
                Assert.IsType<MetricSample.Missing>(last).Why
            );
        }
    }

    [Fact]
    public void Without_the_samples_that_somebody_should_send_nothing_passes_and_nothing_fails()
    {
        var world = AWorld(judge => judge with { Metrics = [LostPayments] });
        Publish(world, "1.1.0");

        world.RunUntil(each => At(each, "1.1.0")?.Phase is RolloutPhase.Held, TimeSpan.FromMinutes(7));

        Assert.Equal(
            "no verdict in time: errors 0 % v 0 % on ",
            ((RolloutPhase.Held)At(world, "1.1.0")!.Phase).Reason[..40]
        );
        Assert.EndsWith(
            "a person must decide: payments-lost has no data",
            At(world, "1.1.0")!.Verdict!.Reason,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void What_is_sent_passes_a_canary_and_fails_a_bad_one()
    {
        foreach (var (hits, expected) in new[] { (1, "1.1.0"), (30, "1.0.0") })
        {
            var world = AWorld(judge => judge with { Metrics = [LostPayments], Alpha = 0.01 });
            Publish(world, "1.1.0");
            world.RunUntil(each => At(each, "1.1.0")?.Phase is RolloutPhase.Baking, Soon);
            var since = world.Now;
            while (At(world, "1.1.0")!.Phase is RolloutPhase.Baking or RolloutPhase.Judging && world.Now < since + Soon)
            {
                world.Run(TimeSpan.FromSeconds(1));
                if (At(world, "1.1.0")!.Phase is RolloutPhase.Baking or RolloutPhase.Judging)
                {
                    Assert.IsType<CellAnswer.Accepted>(Send(world, 100, hits, 900, 9));
                }
            }

            world.RunUntil(each => RolloutMachine.IsFinished(At(each, "1.1.0")!), Soon);
            Assert.Equal(expected, Current(world));
        }
    }

    [Fact]
    public void A_sample_that_cannot_count_is_refused_with_what_is_wrong()
    {
        var world = AWorld(judge =>
            judge with
            {
                Metrics =
                [
                    LostPayments,
                    LostPayments with
                    {
                        Name = "asked",
                        Source = new MetricSource.Query("prom", "{{version}}", "{{version}}", Soon),
                    },
                ],
            }
        );
        Publish(world, "1.1.0");
        Assert.Equal("rollout_unknown", CodeOf(Send(world, 100, 1, 900, 9, RolloutId.Parse("checkout/77/prod"))));
        world.RunUntil(each => At(each, "1.1.0")?.Phase is RolloutPhase.Deploying, Soon);
        Assert.Equal("no_canary", CodeOf(Send(world, 100, 1, 900, 9)));
        world.RunUntil(each => At(each, "1.1.0")?.Phase is RolloutPhase.Judging, Soon);
        var before = At(world, "1.1.0")!.Evidence!.Judged.Count;

        Assert.Equal("sample_without_weight", CodeOf(Send(world, 100, 101, 900, 9)));
        Assert.Equal("sample_without_weight", CodeOf(Send(world, -1, 0, 900, 9)));
        var early = new MetricSample.Counted(World.Start, world.Now, 100, 1, 900, 9);
        Assert.Equal("sample_without_weight", CodeOf(Send(world, Lost, early)));
        var late = new MetricSample.Counted(world.Now, world.Now.AddSeconds(1), 100, 1, 900, 9);
        Assert.Equal("sample_without_weight", CodeOf(Send(world, Lost, late)));
        var level = new MetricSample.Levels(world.Now.AddSeconds(-1), world.Now, 1, 2);
        Assert.Equal("sample_without_weight", CodeOf(Send(world, Lost, level)));
        Assert.Equal("metric_not_sent", CodeOf(Send(world, "other", level)));
        Assert.Equal("metric_not_sent", CodeOf(Send(world, "errors", level)));
        Assert.Equal("metric_not_sent", CodeOf(Send(world, "asked", level)));
        Assert.IsType<CellAnswer.Accepted>(Send(world, 100, 1, 900, 9));

        var evidence = At(world, "1.1.0")!.Evidence!;
        Assert.Single(evidence.Judged.Skip(before).Select(each => each.Sample).OfType<MetricSample.Counted>());
        Assert.IsType<RolloutPhase.Judging>(At(world, "1.1.0")!.Phase);
    }

    [Fact]
    public void A_judgement_that_something_followed_from_is_kept_once_and_replays()
    {
        var kept = new List<KeptJudgement>();
        var world = AWorld(judge => judge);
        world.Kept = kept.Add;
        Publish(world, "1.1.0");
        world.RunUntil(each => At(each, "1.1.0")?.Phase is RolloutPhase.Baking, Soon);
        world.ErrorPercent["1.1.0"] = 50;
        world.RunUntil(each => At(each, "1.1.0")?.Phase is RolloutPhase.RolledBack, Soon);
        Publish(world, "1.2.0");
        world.RunUntil(each => Current(each) == "1.2.0", Soon);

        Assert.Equal(
            [("1.1.0", 1, JudgementOutcome.Fail), ("1.2.0", 1, JudgementOutcome.Pass)],
            kept.Select(each => (world.Cell.Rollouts[each.Rollout].To.ToString(), each.Number, each.Judgement.Outcome))
        );
        Assert.All(
            kept,
            each =>
            {
                var again = CanaryJudge.Judge(each.Judgement.Inputs);
                Assert.Equal(
                    (each.Judgement.Outcome, each.Judgement.Reason, each.Judgement.Metrics[0].Worse),
                    (again.Outcome, again.Reason, again.Metrics[0].Worse)
                );
            }
        );
    }

    [Fact]
    public void Of_those_that_finished_at_a_stage_only_the_last_has_its_evidence_still()
    {
        var world = AWorld(judge => judge, step => step with { Bake = TimeSpan.FromSeconds(100) });
        Publish(world, "1.1.0");
        world.RunUntil(each => Current(each) == "1.1.0", Soon);
        var (first, pages) = (At(world, "1.1.0")!, world.StoredPages);
        Publish(world, "1.2.0");
        world.RunUntil(each => At(each, "1.2.0")?.Phase is RolloutPhase.Judging, Soon);
        var meanwhile = At(world, "1.1.0")!.Evidence;
        world.RunUntil(each => Current(each) == "1.2.0", Soon);
        world.Crash();
        world.Run(TimeSpan.FromSeconds(1));

        Assert.True(first.Evidence!.Judged.Pages > 0 && pages > 0);
        Assert.Equal(first.Evidence.Judged.Count, meanwhile?.Judged.Count);
        Assert.Null(At(world, "1.1.0")!.Evidence);
        Assert.Equal(first.Verdict!.Reason, At(world, "1.1.0")!.Verdict!.Reason);
        Assert.Equal(At(world, "1.2.0")!.Evidence!.Judged.Pages, world.StoredPages);
    }

    /// <summary>It tells nothing of the traffic there, so what the one before saw is kept.</summary>
    [Fact]
    public void A_canary_that_is_taken_out_and_given_up_leaves_nothing()
    {
        var world = AWorld(judge => judge, step => step with { Bake = TimeSpan.FromSeconds(100) });
        Publish(world, "1.1.0");
        world.RunUntil(each => Current(each) == "1.1.0", Soon);
        var pages = world.StoredPages;
        Publish(world, "1.2.0");
        world.RunUntil(each => each.StoredPages > pages, Soon);
        Freeze(world, TimeSpan.FromHours(1));
        world.RunUntil(each => At(each, "1.2.0")!.Phase is RolloutPhase.Held(RolloutPhase.Planned, _), Soon);
        world.Ask(new CellInput.AskRollout("ola", At(world, "1.2.0")!.Id, RolloutAsk.Abort, "no", ConsistHash: null));

        Assert.IsType<RolloutPhase.Cancelled>(At(world, "1.2.0")!.Phase);
        Assert.Equal(pages, world.StoredPages);
        Assert.NotNull(At(world, "1.1.0")!.Evidence);
    }

    [Fact]
    public void Of_a_store_of_earlier_days_all_evidence_but_the_last_is_forgotten_at_once()
    {
        var world = AWorld(judge => judge);
        Publish(world, "1.1.0");
        world.RunUntil(each => Current(each) == "1.1.0", Soon);
        Publish(world, "1.2.0");
        world.RunUntil(each => Current(each) == "1.2.0", Soon);
        var (older, newer) = (At(world, "1.1.0")!, At(world, "1.2.0")!);
        var stored = world.Cell with
        {
            Rollouts = world.Cell.Rollouts.SetItem(older.Id, older with { Evidence = newer.Evidence }),
        };

        var draft = CellDraft.From(stored, CellSettings.Embedded, epoch: 2, world.Now);

        Assert.Null(draft.Rollouts[older.Id].Evidence);
        Assert.NotNull(draft.Rollouts[newer.Id].Evidence);
        Assert.Contains(older.Id, CellMachine.Decide(draft, [], world.Now).Changes.RemovedEvidence);
    }

    /// <summary>Six requests a second: long before the five minutes that a verdict may take.</summary>
    [Fact]
    public void Without_a_verdict_by_the_most_requests_of_a_step_a_person_decides()
    {
        var world = AWorld(
            judge => judge with { AcceptableErrorRate = 0.0001 },
            step => step with { MaximumRequests = 120 }
        );
        world.ErrorPercent["1.0.0"] = 3;
        world.ErrorPercent["1.1.0"] = 3;
        Publish(world, "1.1.0");

        world.RunUntil(each => At(each, "1.1.0")?.Phase is RolloutPhase.Held, TimeSpan.FromMinutes(1.5));

        var rollout = At(world, "1.1.0")!;
        Assert.Contains("a person must decide: ", ((RolloutPhase.Held)rollout.Phase).Reason, StringComparison.Ordinal);
        Assert.Equal(JudgementOutcome.Inconclusive, rollout.Verdict!.Outcome);
        Assert.InRange(rollout.Verdict.Metrics[0].Samples, low: 120, high: 140);
    }

    [Fact]
    public void A_canary_that_is_judged_by_limits_goes_back_beyond_them_and_passes_within()
    {
        var kept = new List<KeptJudgement>();
        var world = AWorld(judge => judge with { Thresholds = [ErrorLimits] });
        world.Kept = kept.Add;
        Publish(world, "1.1.0");
        world.RunUntil(each => At(each, "1.1.0")?.Phase is RolloutPhase.Baking, Soon);
        world.ErrorPercent["1.1.0"] = 50;
        world.RunUntil(each => At(each, "1.1.0")?.Phase is RolloutPhase.RolledBack, Soon);
        Publish(world, "1.2.0");
        world.RunUntil(each => Current(each) == "1.2.0", Soon);

        var reason = ((RolloutPhase.RolledBack)At(world, "1.1.0")!.Phase).Reason;
        Assert.EndsWith(
            "2 checks beyond 0.02, 1 are forgiven (this rule is not valid under peeking)",
            reason,
            StringComparison.Ordinal
        );
        Assert.Equal(
            [JudgementOutcome.Fail, JudgementOutcome.Pass],
            kept.Select(each => CanaryJudge.Judge(each.Judgement.Inputs).Outcome)
        );
        Assert.All(kept, each => Assert.Equal(each.Judgement.Reason, CanaryJudge.Judge(each.Judgement.Inputs).Reason));
    }

    [Fact]
    public void A_canary_that_is_judged_by_ranks_goes_back_when_it_ranks_worse_and_passes_when_it_does_not()
    {
        var world = AWorld(judge =>
            judge with
            {
                Ranks = new MetricRanks
                {
                    Metrics = [StageJudge.Errors],
                    Critical = [],
                    Every = TimeSpan.FromSeconds(5),
                    MinimumPoints = 6,
                    Confidence = 0.98,
                    Tolerance = 0.25,
                    Marginal = 75,
                    Pass = 95,
                },
            }
        );
        Publish(world, "1.1.0");
        world.RunUntil(each => At(each, "1.1.0")?.Phase is RolloutPhase.Baking, Soon);
        world.ErrorPercent["1.1.0"] = 50;
        world.RunUntil(each => At(each, "1.1.0")?.Phase is RolloutPhase.RolledBack, Soon);
        Publish(world, "1.2.0");
        world.RunUntil(each => Current(each) == "1.2.0", Soon);

        Assert.Contains(
            "score 0 is below 75: errors worse",
            ((RolloutPhase.RolledBack)At(world, "1.1.0")!.Phase).Reason,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_metric_with_limits_that_nobody_sends_holds_the_rollout_and_neither_passes_nor_fails_it()
    {
        var world = AWorld(judge =>
            judge with
            {
                Metrics = [LostPayments with { Source = new MetricSource.Query("prom", "{{version}}", "1", Soon) }],
                Thresholds = [ErrorLimits with { Metric = Lost, ConsecutiveErrorLimit = 2 }],
            }
        );
        Publish(world, "1.1.0");
        world.RunUntil(each => At(each, "1.1.0")?.Phase is RolloutPhase.Judging, Soon);
        for (var question = 0; question < 4; question++)
        {
            world.Run(TimeSpan.FromSeconds(5));
            var gap = new MetricSample.Missing(world.Now.AddSeconds(-5), world.Now, "prom hangs");
            world.Ask(new CellInput.MetricMeasured(At(world, "1.1.0")!.Id, Lost, gap, IsAsked: true));
        }

        world.Run(TimeSpan.FromSeconds(5));
        Assert.Equal(
            "no verdict in time: payments-lost: 3 checks in a row without a number, 2 are forgiven (this rule is not valid under peeking)",
            Assert.IsType<RolloutPhase.Held>(At(world, "1.1.0")!.Phase).Reason
        );
    }

    [Fact]
    public void A_rollout_knows_what_was_measured_between_rollouts_and_the_next_one_what_it_knew()
    {
        var world = AWorld(judge => judge);
        Measure(world, TimeSpan.FromHours(8), burst: 10);
        Publish(world, "1.1.0");
        world.RunUntil(each => At(each, "1.1.0")?.Phase is RolloutPhase.Baking, Soon);

        var noise = At(world, "1.1.0")!.Evidence!.Noises[0];
        Assert.True(noise is { IsMeasured: true, AllowsFast: false }, noise.ToString());
        Assert.Equal(noise, At(world, "1.1.0")!.Noise[StageJudge.Errors]);

        world.ErrorPercent["1.1.0"] = 10;
        world.Run(TimeSpan.FromSeconds(10));
        Assert.Equal(JudgementOutcome.Hold, At(world, "1.1.0")!.Verdict!.Outcome);
        world.RunUntil(each => RolloutMachine.IsFinished(At(each, "1.1.0")!), TimeSpan.FromMinutes(10));

        world.ForgetReferences();
        world.Crash();
        Publish(world, "1.2.0");
        world.RunUntil(each => At(each, "1.2.0") is not null, Soon);
        Assert.Equal(noise, At(world, "1.2.0")!.Noise[StageJudge.Errors]);
    }

    /// <summary>What the one half did not answer the other did; what a gateway does not tell of a half is not learnt.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Between_rollouts_latencies_of_both_halves_are_learnt(bool areTold)
    {
        var world = AWorld(judge => judge with { Latency = new LatencyRule(0.95, 1, 1.5) });
        var (draft, now) = (CellDraft.From(world.Cell, CellSettings.Embedded, epoch: 2, world.Now), world.Now);
        var (whole, half) = (ACount("1.0.0", requests: 20, bucket: 20), ACount("1.0.0", requests: 9, bucket: 20));
        var part = new PartCount(half.Requests, half.Errors, areTold ? half.Latencies : []);
        ImmutableArray<KeptReference> kept = [];
        for (var sequence = 0; sequence < 10_000 && kept.IsEmpty; sequence++)
        {
            now += TimeSpan.FromSeconds(15);
            var counted = new CellInput.TrafficCounted(
                GatewayId.Parse("g"),
                "s",
                sequence,
                now.AddSeconds(-15),
                now,
                [whole with { Part = part }]
            );
            kept = CellMachine.Decide(draft, [counted], now).Changes.References;
        }

        var page = Assert.Single(kept).Page;
        Assert.NotEmpty(page.Errors);
        Assert.Equal(areTold ? page.Errors.Length : 0, page.Latencies.Length);
        Assert.All(
            page.Latencies.Cast<MetricSample.Histograms>(),
            sample =>
            {
                Assert.Equal(sample.Canary[20] * 11, sample.Control[20] * 9);
                Assert.Equal((sample.Canary[20], sample.Control[20]), (sample.Canary.Sum(), sample.Control.Sum()));
            }
        );
    }

    [Fact]
    public void What_was_measured_between_rollouts_outlives_the_leader_who_measured_it()
    {
        var world = AWorld(judge => judge);
        Measure(world, TimeSpan.FromHours(4), burst: 10);
        world.Crash();
        Measure(world, TimeSpan.FromHours(4), burst: 10);
        world.Crash();
        Publish(world, "1.1.0");
        world.RunUntil(each => At(each, "1.1.0") is not null, Soon);

        var noise = At(world, "1.1.0")!.Noise[StageJudge.Errors];
        Assert.True(noise is { IsMeasured: true, AllowsFast: false }, noise.ToString());
    }

    [Fact]
    public void Gateways_hear_of_a_service_whose_routing_changed_at_once()
    {
        var world = AWorld(judge => judge);
        Assert.Equal(RoutingRules.Usual, world.Gateway.RulesOf(Checkout));
        var rules = new RoutingRules { Sticky = new StickyRule("X-User", Cookie: null, CookieFor: null) };
        var service = AService("checkout") with { Routing = rules };
        var fleet = AFleet(approval: null) with { Services = [service], Lines = [] };

        var applied = world.Ask(new CellInput.Apply("ops", fleet, PlanId: null, IsDryRun: false));
        world.RunUntil(each => each.Gateway.RulesOf(Checkout) == rules, Soon);

        var change = Assert.Single(Assert.IsType<CellAnswer.Applied>(applied).Changes);
        Assert.Equal(["routing.sticky: (none) → header X-User"], change.Differences);
    }

    private static TrafficCount ACount(string version, int requests, int bucket)
    {
        var latencies = new long[TrafficBucket.LatencyBounds.Length + 1];
        latencies[bucket] = requests;
        return new TrafficCount(Checkout, Prod, SemanticVersion.Parse(version), requests, Errors: 0)
        {
            Latencies = [.. latencies],
        };
    }

    /// <summary>As a gateway tells it, while nothing else happens.</summary>
    private static void Measure(World world, TimeSpan time, int burst)
    {
        var random = new Random(5);
        var session = $"s{world.Now.Ticks}";
        for (var sequence = 0; sequence < time.TotalSeconds / 15; sequence++)
        {
            world.Pass(TimeSpan.FromSeconds(15));
            var (half, other) = (random.Next(3) / 2 * burst, random.Next(3) / 2 * burst);
            world.Ask(
                new CellInput.TrafficCounted(
                    GatewayId.Parse("other"),
                    session,
                    sequence,
                    world.Now.AddSeconds(-15),
                    world.Now,
                    [
                        new TrafficCount(Checkout, Prod, SemanticVersion.Parse("1.0.0"), 2000, half + other)
                        {
                            Part = new PartCount(1000, half, []),
                        },
                    ]
                )
            );
        }
    }

    private static World AWorld(Func<JudgePolicy, JudgePolicy> change) => AWorld(change, step => step);

    private static World AWorld(Func<JudgePolicy, JudgePolicy> change, Func<CanaryStep, CanaryStep> changeStep)
    {
        var world = new World(seed: 3, hosts: 3);
        var line = ALine(approval: null);
        var route = line.Route.Select(stage =>
            stage with
            {
                Judge = change(stage.Judge),
                Strategy = stage.Strategy with { Steps = [.. stage.Strategy.Steps.Select(changeStep)] },
            }
        );
        var fleet = AFleet(approval: null, "1.0.0") with { Lines = [line with { Route = [.. route] }] };
        Assert.IsType<CellAnswer.Applied>(world.Ask(new CellInput.Apply("ops", fleet, PlanId: null, IsDryRun: false)));
        world.RunUntil(each => Current(each) == "1.0.0", Soon);
        return world;
    }

    private static void Publish(World world, string version) =>
        Assert.IsType<CellAnswer.Published>(world.Ask(new CellInput.Publish("dev", AnOrder(version))));

    private static Rollout? At(World world, string version) =>
        world.Cell.Rollouts.Values.SingleOrDefault(each =>
            each.Stage.Name == Prod && each.To == SemanticVersion.Parse(version)
        );

    private static string? Current(World world) =>
        world.Cell.Deployments.GetValueOrDefault(new DeploymentKey(Checkout, Prod))?.Current?.ToString();

    private static CellAnswer Send(World world, long canary, long canaryHits, long control, long controlHits) =>
        Send(world, canary, canaryHits, control, controlHits, At(world, "1.1.0")!.Id);

    private static CellAnswer Send(
        World world,
        long canary,
        long canaryHits,
        long control,
        long controlHits,
        RolloutId rollout
    ) =>
        world.Ask(
            new CellInput.MetricMeasured(
                rollout,
                Lost,
                new MetricSample.Counted(world.Now.AddSeconds(-1), world.Now, canary, canaryHits, control, controlHits),
                IsAsked: false
            )
        );

    private static CellAnswer Send(World world, string metric, MetricSample sample) =>
        world.Ask(new CellInput.MetricMeasured(At(world, "1.1.0")!.Id, metric, sample, IsAsked: false));

    private static string CodeOf(CellAnswer answer) => Assert.IsType<CellAnswer.Refused>(answer).Code;
}
