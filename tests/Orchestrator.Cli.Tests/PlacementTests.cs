using Orchestrator.Cli.Tests.Support;
using Orchestrator.Contracts.Http;

namespace Orchestrator.Cli.Tests;

public sealed class PlacementTests
{
    private static readonly HostScoreView Best = new(
        "h3",
        Score: 906,
        Points: 3625,
        Weight: 4,
        [new ScorePartView("headroom", 625, 1000, 1), new ScorePartView("spread over hosts", 1000, 1000, 3)]
    );

    private static readonly PlanView Fits = new()
    {
        StateAt = OrcRun.Noon,
        StateRevision = "1.42",
        IsPlaceable = true,
        IsComplete = true,
        Objects = [],
        Deployments =
        [
            new DeploymentPlanView
            {
                Service = "checkoutservice",
                Stage = "prod",
                FromVersion = "1.0.0",
                ToVersion = "1.1.0",
                Before = 5,
                After = 5,
                Placed = [new HostCountView("h1", 3), new HostCountView("h2", 2)],
                Stopped = [new HostCountView("h3", 5)],
                Unplaced = 0,
                Reason = "",
                Surge = 1,
                SurgeCpuMillicores = 500,
                SurgeMemoryMebibytes = 128,
            },
        ],
        Notes = [],
    };

    [Fact]
    public async Task A_service_at_a_stage_is_explained_part_by_part()
    {
        await using var server = await FakeControlPlane.StartAsync();
        server.On(
            "GET /v1/explain/checkoutservice?stage=prod",
            new ExplainView
            {
                Service = "checkoutservice",
                Stage = "prod",
                Version = "1.1.0",
                Hosts = 3,
                Fitting = 1,
                Refusals = new Dictionary<string, int>(StringComparer.Ordinal) { ["LacksMemory"] = 2 },
                Chosen = Best,
                RunnerUp = null,
                PerHost =
                [
                    new HostExplainView("h3", 906, []),
                    new HostExplainView("h1", 0, ["It lacks 256 MiB."]),
                    new HostExplainView("h2", 0, ["It is cordoned.", "It lacks 1 MiB."]),
                ],
                NearestMiss = "",
                Preemption = "adservice.prod.3 (priority 0) would have to leave h1",
                Missing = "no host has room; waits for room on h1",
            }
        );

        var run = await OrcRun.Of(server, "explain", "checkoutservice.prod");

        Assert.Equal(0, run.Code);
        Assert.Contains("1/3 fit", run.Out, StringComparison.Ordinal);
        Assert.Contains("h3 (score 906 of 1000)", run.Out, StringComparison.Ordinal);
        Assert.Contains("spread over hosts     1000    1000  3       3000", run.Out, StringComparison.Ordinal);
        Assert.Contains("score = sum / weight  906     1000  4       3625", run.Out, StringComparison.Ordinal);
        Assert.Contains("It is cordoned. It lacks 1 MiB.", run.Out, StringComparison.Ordinal);
        Assert.Contains("adservice.prod.3 (priority 0) would have to leave h1", run.Out, StringComparison.Ordinal);
        Assert.Contains("waits for room on h1", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_host_by_name_tells_every_reason_against_it()
    {
        await using var server = await FakeControlPlane.StartAsync();
        server.On(
            "GET /v1/explain/checkoutservice/hosts/h2?stage=prod",
            new HostAnswerView
            {
                Service = "checkoutservice",
                Stage = "prod",
                Host = "h2",
                Score = null,
                Reasons = ["It is cordoned.", "It lacks 1 MiB."],
            }
        );

        var run = await OrcRun.Of(server, "explain", "checkoutservice.prod", "--host", "h2");

        Assert.Equal(0, run.Code);
        Assert.Contains("h2 takes no more instance of checkoutservice.prod", run.Out, StringComparison.Ordinal);
        Assert.Contains("It lacks 1 MiB.", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_instance_is_explained_by_its_decision_and_by_today()
    {
        await using var server = await FakeControlPlane.StartAsync();
        server.On(
            "GET /v1/instances/checkoutservice.prod.14/explain",
            new InstanceExplainView
            {
                Instance = A.Instance("checkoutservice.prod.14", "1.1.0", "h1") with { Host = "h1" },
                PlacedAt = OrcRun.Noon.AddMinutes(-3),
                Decision = "1.1.0 on h1, score 950 of 1000, best of 3 hosts that fit",
                Now = null,
                Reasons = ["It is draining and takes no new instance."],
                Best = Best,
            }
        );

        var run = await OrcRun.Of(server, "explain", "checkoutservice.prod.14");

        Assert.Contains("best of 3 hosts that fit", run.Out, StringComparison.Ordinal);
        Assert.Contains(
            "h1 would refuse it, and it would go to h3 (score 906 of 1000)",
            run.Out,
            StringComparison.Ordinal
        );
        Assert.Contains("It is draining and takes no new instance.", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_plan_in_which_everything_fits_is_short_and_ends_with_0()
    {
        await using var server = await FakeControlPlane.StartAsync();
        server.On("POST /v1/plan/drain", Fits);

        var run = await OrcRun.Of(server, "plan", "drain", "h3");

        Assert.Equal(0, run.Code);
        Assert.Contains(
            "checkoutservice.prod  1.0.0 → 1.1.0  5 → 5      h1 ×3, h2 ×2  h3 ×5    +1 (500m, 128Mi)",
            run.Out,
            StringComparison.Ordinal
        );
        Assert.Contains("(revision 1.42); nothing has changed.", run.Out, StringComparison.Ordinal);
        Assert.Contains("next: orc drain h3", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_rebalance_is_shown_with_its_moves_and_what_they_make_better()
    {
        await using var server = await FakeControlPlane.StartAsync();
        var before = new RebalanceFiguresView
        {
            Hosts = 3,
            UsedHosts = 3,
            MeanFullnessPercent = 21.4,
            FullestPercent = 31,
            EmptiestPercent = 12.1,
            WorstSkew = 0,
            BeyondSpreadRules = 0,
        };
        server.On(
            "POST /v1/plan/rebalance",
            new RebalancePlanView
            {
                StateAt = Fits.StateAt,
                StateRevision = "1.42",
                Pool = "default",
                Goal = "pack",
                Moves = [new RebalanceMoveView("cartservice.staging.1", "h3", "h1", 1, "empties h3")],
                Before = before,
                After = before with { UsedHosts = 2, EmptiestPercent = 0 },
                End = "budget",
            }
        );

        var run = await OrcRun.Of(server, "plan", "rebalance", "--goal", "pack", "--moves", "5");

        Assert.Equal(0, run.Code);
        Assert.Contains("cartservice.staging.1  h3    h1  1     empties h3", run.Out, StringComparison.Ordinal);
        Assert.Contains("hosts used              3/3     2/3", run.Out, StringComparison.Ordinal);
        Assert.Contains("emptiest                12.1 %  0.0 %", run.Out, StringComparison.Ordinal);
        Assert.Contains(
            "1 move to pack default; what comes next needs more moves than are left.",
            run.Out,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_rebalance_is_asked_for_looked_at_and_cancelled()
    {
        await using var server = await FakeControlPlane.StartAsync();
        var figures = new RebalanceFiguresView
        {
            Hosts = 3,
            UsedHosts = 3,
            MeanFullnessPercent = 21.4,
            FullestPercent = 31,
            EmptiestPercent = 12.1,
            WorstSkew = 0,
            BeyondSpreadRules = 0,
        };
        var one = new RebalanceView
        {
            Id = "3",
            Pool = "default",
            Goal = "pack",
            Phase = "Running",
            AskedBy = "ops",
            Reason = "tidy up",
            StartedAt = Fits.StateAt,
            EndedAt = null,
            Budget = 50,
            Planned = 7,
            Moved = 2,
            Skipped = 1,
            Before = figures,
            After = figures with { UsedHosts = 2 },
            Steps =
            [
                new RebalanceStepView
                {
                    Instance = "cart.prod.1",
                    From = "h3",
                    To = "h1",
                    Wave = 1,
                    Why = "empties h3",
                    State = "Skipped",
                    Replacement = "",
                    Reason = "it is not there any more",
                },
            ],
        };
        server.On("POST /v1/rebalances", new ActionResult("3", "Rebalance 3 is under way.", "orc get rebalances"));
        server.On("POST /v1/rebalances/3/cancel", new ActionResult("3", "Rebalance 3 is cancelled.", ""));
        server.On("GET /v1/rebalances", new Page<RebalanceView>([one]));
        server.On("GET /v1/rebalances/3", one);

        var begun = await OrcRun.Of(server, "rebalance", "--goal", "pack", "--moves", "50", "--reason", "tidy up");
        var listed = await OrcRun.Of(server, "get", "rebalances");
        var described = await OrcRun.Of(server, "describe", "rebalance", "3");
        var cancelled = await OrcRun.Of(server, "rebalance", "--cancel", "3");

        Assert.Equal((0, 0, 0, 0), (begun.Code, listed.Code, described.Code, cancelled.Code));
        Assert.Contains("Rebalance 3 is under way.", begun.Out, StringComparison.Ordinal);
        Assert.Matches("3 +default +pack +Running +2/7 +1 +3 → 2 ", listed.Out);
        Assert.Matches("cart.prod.1 +h3 +h1 +1 +Skipped +.*it is not there any more", described.Out);
        Assert.Contains("orc rebalance --cancel 3", described.Out, StringComparison.Ordinal);
        Assert.Contains("Rebalance 3 is cancelled.", cancelled.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_plan_that_leaves_something_without_a_place_or_was_cut_off_ends_with_7(bool isComplete)
    {
        await using var server = await FakeControlPlane.StartAsync();
        var short2 = Fits.Deployments[0] with { Unplaced = 2, Reason = "no host fits (LacksCpu: 3)" };
        server.On(
            "POST /v1/plan/scale",
            Fits with
            {
                IsPlaceable = false,
                IsComplete = isComplete,
                Deployments = [short2, short2 with { Stage = "staging" }],
            }
        );

        var run = await OrcRun.Of(server, "plan", "scale", "checkoutservice.prod", "7");

        Assert.Equal(7, run.Code);
        Assert.Contains(
            "4 instances of checkoutservice.prod, checkoutservice.staging: no host fits (LacksCpu: 3)",
            run.Out,
            StringComparison.Ordinal
        );
        Assert.Equal(!isComplete, run.Out.Contains("CUT OFF", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Nothing to plan is named.", "plan")]
    [InlineData("'checkoutservice' is not a service at a stage.", "plan", "scale", "checkoutservice", "5")]
    [InlineData("'+2' is not a count of instances.", "plan", "scale", "checkoutservice.prod", "+2")]
    [InlineData("'0' is not a count of instances.", "plan", "scale", "checkoutservice.prod", "0")]
    [InlineData("The goal is missing.", "plan", "rebalance", "--moves", "5")]
    [InlineData("'pakc' is not a goal.", "plan", "rebalance", "--goal", "pakc", "--moves", "5")]
    [InlineData("The number of moves is missing.", "plan", "rebalance", "--goal", "pack")]
    [InlineData("'-1' is not a number of moves.", "plan", "rebalance", "--goal", "pack", "--moves=-1")]
    [InlineData("The goal is missing.", "rebalance", "--moves", "5")]
    [InlineData("The number of moves is missing.", "rebalance", "--goal", "spread")]
    [InlineData("Required argument missing", "plan", "drain")]
    [InlineData("names the stage prod, and --stage names staging", "explain", "shop.prod", "--stage", "staging")]
    public async Task What_is_typed_wrong_is_told_before_anything_is_asked(string told, params string[] arguments)
    {
        await using var server = await FakeControlPlane.StartAsync();

        var run = await OrcRun.Of(server, arguments);

        Assert.Equal(2, run.Code);
        Assert.Contains(told, run.Error, StringComparison.Ordinal);
    }
}
