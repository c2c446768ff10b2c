using Orchestrator.Core.Catalog;
using Orchestrator.Core.Reconciliation;
using Orchestrator.Core.Rollouts;
using Orchestrator.Core.Trains;
using static Orchestrator.Simulation.Builders;

namespace Orchestrator.Simulation;

/// <summary>One of three instances first, then the others.</summary>
public sealed class WaveTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromMinutes(3);
    private static readonly DeploymentKey AtProd = new(Checkout, Prod);

    [Fact]
    public void Between_waves_each_version_has_its_part_for_the_time_of_the_soak()
    {
        var world = AWorldRunning();
        world.Ask(new CellInput.Publish("ana", AnOrder("1.1.0")));
        world.RunUntil(IsSoaking, Soon);
        var since = world.Now;
        world.Check = each =>
        {
            Invariants.Check(each);
            Assert.True(!IsSoaking(each) || (Ready(each, "1.0.0"), Ready(each, "1.1.0")) == (2, 1), each.Tail());
        };

        world.RunUntil(each => Newest(each).Phase is RolloutPhase.Promoting { Wave: 1 }, Soon);
        var soaked = world.Now - since;
        world.RunUntil(IsDone("1.1.0"), Soon);

        Assert.InRange(soaked, TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(11));
    }

    [Fact]
    public void A_version_that_fails_in_the_soak_goes_back()
    {
        var world = AWorldRunning();
        world.ErrorPercent["1.1.0"] = 50;

        world.Ask(new CellInput.Publish("ana", AnOrder("1.1.0")));
        world.RunUntil(each => Newest(each).Phase is RolloutPhase.RolledBack, Soon);
        world.RunUntil(each => Ready(each, "1.0.0") == 3, Soon);

        Assert.Contains(world.Journal, entry => entry is { Action: "rollout.rolling-back", Actor: "judge" });
        Assert.DoesNotContain(world.Journal, entry => entry.Action == "rollout.wave");
    }

    [Fact]
    public void Without_a_word_of_its_requests_no_wave_follows_until_a_person_says_so()
    {
        var world = AWorldRunning();
        world.Ask(new CellInput.Publish("ana", AnOrder("1.1.0")));
        world.RunUntil(IsSoaking, Soon);

        world.RequestsPerSecond = 0;
        world.RunUntil(each => Newest(each).Phase is RolloutPhase.Held, Soon);
        world.Run(TimeSpan.FromMinutes(5));
        var ready = (Ready(world, "1.0.0"), Ready(world, "1.1.0"));
        Ask(world, RolloutAsk.Skip);
        world.RunUntil(IsDone("1.1.0"), Soon);

        Assert.Equal((2, 1), ready);
    }

    [Fact]
    public void While_the_line_is_stopped_nobody_lets_all_waves_go_at_once()
    {
        var world = AWorldRunning();
        world.Ask(new CellInput.Publish("ana", AnOrder("1.1.0")));
        world.RunUntil(IsSoaking, Soon);
        world.Ask(new CellInput.Halt("ola", [], [], Within: null, "smoke"));
        world.RunUntil(each => Newest(each).Phase is RolloutPhase.Halted, Soon);

        var answer = world.Ask(
            new CellInput.AskRollout("ola", Newest(world).Id, RolloutAsk.Promote, "because", ConsistHash: null)
        );

        Assert.Equal("wrong_phase", Assert.IsType<CellAnswer.Refused>(answer).Code);
        Assert.IsType<RolloutPhase.Halted>(Newest(world).Phase);
    }

    [Fact]
    public void What_a_rule_of_limits_leaves_to_a_person_holds_the_next_wave()
    {
        var world = AWorldRunning(
            new MetricThresholds
            {
                Metric = StageJudge.Errors,
                Limit = 0.9,
                GoodLimit = 0.01,
                Every = TimeSpan.FromSeconds(2),
                Checks = 1,
                FailureLimit = 0,
                InconclusiveLimit = 1,
                ConsecutiveErrorLimit = 100,
            }
        );
        world.ErrorPercent["1.1.0"] = 30;
        world.Ask(new CellInput.Publish("ana", AnOrder("1.1.0")));

        world.RunUntil(each => Newest(each).Phase is RolloutPhase.Held, Soon);
        var held = (RolloutPhase.Held)Newest(world).Phase;
        var ready = (Ready(world, "1.0.0"), Ready(world, "1.1.0"));
        Ask(world, RolloutAsk.Skip);
        world.RunUntil(IsDone("1.1.0"), Soon);

        Assert.Matches("errors: [0-9]+ inconclusive checks, 1 are forgiven", held.Reason);
        Assert.Equal((2, 1), ready);
    }

    /// <summary>The wave that soaks has answered more by far, and the new version is not good enough any more, nor bad enough.</summary>
    [Fact]
    public void The_most_requests_of_a_step_end_nothing_once_it_is_over()
    {
        var world = AWorldRunning();
        var line = ALineBy("waves", count: 3);
        var strategy = line.Route[0].Strategy with { Steps = [AStrategy().Steps[0] with { MaximumRequests = 100 }] };
        var bounded = line with { Route = [line.Route[0] with { Strategy = strategy }] };
        var fleet = new ManifestSet(Pools: [], Services: [], Versions: [], Lines: [bounded]);
        Assert.IsType<CellAnswer.Applied>(world.Ask(new CellInput.Apply("root", fleet, PlanId: null, IsDryRun: false)));

        world.Ask(new CellInput.Publish("ana", AnOrder("1.1.0")));
        world.RunUntil(each => Newest(each).Phase is RolloutPhase.Promoting, Soon);
        (world.ErrorPercent["1.0.0"], world.ErrorPercent["1.1.0"]) = (12, 20);
        world.RunUntil(IsDone("1.1.0"), Soon);

        Assert.DoesNotContain(world.Journal, entry => entry.Action == "rollout.held");
        Assert.True(Newest(world).Verdict!.Metrics[0].Samples > 100);
    }

    [Fact]
    public void A_freeze_that_holds_takes_all_but_the_last_wave_out_again()
    {
        var world = AWorldRunning();
        world.Ask(new CellInput.Publish("ana", AnOrder("1.1.0")));
        world.RunUntil(IsSoaking, Soon);

        Freeze(world, TimeSpan.FromMinutes(2));
        world.RunUntil(each => Newest(each).Phase is RolloutPhase.Held, Soon);
        var ready = (Ready(world, "1.0.0"), Ready(world, "1.1.0"));
        var held = Newest(world).Phase;
        world.RunUntil(IsDone("1.1.0"), Soon);

        Assert.Equal((3, 0), ready);
        Assert.IsType<RolloutPhase.Planned>(Assert.IsType<RolloutPhase.Held>(held).Resume);
    }

    private static World AWorldRunning(params MetricThresholds[] thresholds)
    {
        var world = new World(seed: 1, hosts: 4);
        var line = ALineBy("waves", count: 3);
        var stage = line.Route[0] with { Judge = line.Route[0].Judge with { Thresholds = [.. thresholds] } };
        var fleet = AFleet(approval: null, "1.0.0") with { Lines = [line with { Route = [stage] }] };
        world.Ask(new CellInput.Apply("root", fleet, PlanId: null, IsDryRun: false));
        world.RunUntil(IsDone("1.0.0"), Soon);
        return world;
    }

    private static void Ask(World world, RolloutAsk ask) =>
        Assert.IsType<CellAnswer.Accepted>(
            world.Ask(new CellInput.AskRollout("ola", Newest(world).Id, ask, "because", ConsistHash: null))
        );

    private static bool IsSoaking(World world) =>
        Newest(world) is { From: not null, Phase: RolloutPhase.Promoting { SoakingSince: not null } };

    private static Rollout Newest(World world) => world.Cell.Rollouts.Values.MaxBy(each => each.PlannedAt)!;

    private static int Ready(World world, string version) =>
        world.Cell.Instances.Of(AtProd).Count(each => each.IsReady && each.Version.ToString() == version);

    private static Func<World, bool> IsDone(string version) =>
        world =>
            world.Cell.Deployments.GetValueOrDefault(AtProd)?.Current?.ToString() == version
            && world.Cell.Rollouts.Values.All(RolloutMachine.IsFinished)
            && world.Cell.Trains.Values.All(train => train.Phase is not TrainPhase.Departed);
}
