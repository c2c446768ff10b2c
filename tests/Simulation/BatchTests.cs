using Orchestrator.Core.Catalog;
using Orchestrator.Core.Fleet;
using Orchestrator.Core.Reconciliation;
using Orchestrator.Core.Rollouts;
using Orchestrator.Core.Trains;
using static Orchestrator.Simulation.Builders;

namespace Orchestrator.Simulation;

public sealed class BatchTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromMinutes(3);
    private static readonly ServiceKind.Batch Ten = new(Completions: 10, Parallelism: 3, Retries: 2, Deadline: null);

    /// <summary>In seconds. Before the first failure nobody waits.</summary>
    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(9, 256)]
    [InlineData(10, 300)]
    [InlineData(1_000, 300)]
    public void The_pause_before_another_try_doubles_and_is_five_minutes_at_most(int failures, int seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), BatchReconciler.RetryDelay(failures));

    [Fact]
    public void There_is_no_pause_before_a_first_failure() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => BatchReconciler.RetryDelay(0));

    [Fact]
    public void A_batch_runs_to_completion_and_leaves_nothing_but_its_counts()
    {
        var world = AWorld(Ten, seed: 1);

        world.RunUntil(each => RunOf(each)?.Outcome is BatchOutcome.Completed, Soon);
        world.Run(TimeSpan.FromSeconds(30));

        var run = RunOf(world)!;
        Assert.Equal((10, 0, 0), (run.Completed, run.Failed, run.LastExit?.Code));
        Assert.Empty(world.Cell.Instances.Values);
        Assert.Equal(10, world.Hosts.Values.Sum(host => host.ExitedWell));
        Assert.IsType<RolloutPhase.Succeeded>(Newest(world)?.Phase);
        Assert.IsType<TrainPhase.Arrived>(world.Cell.Trains.Values.First().Phase);
    }

    [Fact]
    public void A_new_version_is_a_new_run()
    {
        var world = AWorld(Ten, seed: 1);
        world.RunUntil(each => Newest(each)?.Phase is RolloutPhase.Succeeded, Soon);

        world.Ask(new CellInput.Publish("ana", AnOrder("1.1.0")));
        world.RunUntil(each => RunOf(each) is { Version: var version } && version.ToString() == "1.1.0", Soon);
        world.RunUntil(each => RunOf(each)?.Outcome is BatchOutcome.Completed, Soon);

        Assert.Equal(20, world.Hosts.Values.Sum(host => host.ExitedWell));
    }

    [Fact]
    public void One_that_fails_is_replaced_after_a_delay_that_grows()
    {
        var world = AWorld(Ten with { Completions = 1 }, seed: 1);
        var failures = 0;
        Exits(world, () => failures++ < 2 ? 3 : 0);

        world.RunUntil(each => RunOf(each)?.Outcome is BatchOutcome.Completed, Soon);

        var run = RunOf(world)!;
        Assert.Equal((1, 2, 0), (run.Completed, run.Failed, run.FailedInARow));
        var placed = world.Journal.Where(entry => entry.Action == "instance.placed").Select(entry => entry.At).ToList();
        var exited = world.Journal.Where(entry => entry.Action == "instance.exited").Select(entry => entry.At).ToList();
        Assert.Equal(3, placed.Count);
        Assert.InRange(placed[1] - exited[0], TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1.2));
        Assert.InRange(placed[2] - exited[1], TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(2.2));
    }

    [Fact]
    public void A_batch_that_fails_too_often_fails_its_rollout_and_stops_what_runs()
    {
        var world = AWorld(Ten, seed: 1);
        Exits(world, () => 3);

        world.RunUntil(each => Newest(each)?.Phase is RolloutPhase.RolledBack, Soon);
        world.Run(TimeSpan.FromSeconds(30));

        var failed = Assert.IsType<BatchOutcome.Failed>(RunOf(world)?.Outcome);
        Assert.Contains("of which 2 may be retried; the last: exited with 3", failed.Reason, StringComparison.Ordinal);
        Assert.Empty(world.Cell.Instances.Values);
        Assert.Empty(world.Hosts.Values.SelectMany(host => host.Containers));
        Assert.IsType<TrainPhase.Recalled>(world.Cell.Trains.Values.First().Phase);
        Assert.Null(world.Cell.Deployments.Values.Single().Current);
    }

    [Fact]
    public void A_deadline_fails_the_batch_and_stops_what_runs()
    {
        var world = AWorld(Ten with { Deadline = TimeSpan.FromSeconds(5) }, seed: 1);

        world.RunUntil(each => RunOf(each)?.Outcome is BatchOutcome.Failed, Soon);
        Assert.Equal(TimeSpan.FromSeconds(5), world.Now - RunOf(world)!.StartedAt);
        world.RunUntil(each => Newest(each)?.Phase is RolloutPhase.RolledBack, Soon);

        var failed = Assert.IsType<BatchOutcome.Failed>(RunOf(world)?.Outcome);
        Assert.Equal($"only {RunOf(world)!.Completed} of 10 completed within 5 s", failed.Reason);
        Assert.Empty(world.Hosts.Values.SelectMany(host => host.Containers));
    }

    [Fact]
    public void A_failed_version_leaves_the_one_that_completed_before_as_the_current_and_runs_nothing()
    {
        var world = AWorld(Ten, seed: 1);
        world.RunUntil(each => Newest(each)?.Phase is RolloutPhase.Succeeded, Soon);
        Exits(world, () => 1);

        world.Ask(new CellInput.Publish("ana", AnOrder("1.1.0")));
        world.RunUntil(each => Newest(each)?.Phase is RolloutPhase.RolledBack, Soon);
        world.Run(TimeSpan.FromMinutes(1));

        Assert.Equal("1.0.0", world.Cell.Deployments.Values.Single().Current?.ToString());
        Assert.Empty(world.Cell.Instances.Values);
        Assert.Equal(10, world.Hosts.Values.Sum(host => host.ExitedWell));
    }

    [Fact]
    public void An_abort_calls_the_batch_back()
    {
        var world = AWorld(Ten, seed: 1);
        world.RunUntil(each => RunOf(each) is { Completed: > 0 }, Soon);

        world.Ask(new CellInput.AskRollout("bo", Newest(world)!.Id, RolloutAsk.Abort, "wrong data", ConsistHash: null));
        world.RunUntil(each => Newest(each)?.Phase is RolloutPhase.RolledBack, Soon);
        world.Run(TimeSpan.FromSeconds(30));

        Assert.Equal(new BatchOutcome.Failed("it was called back"), RunOf(world)?.Outcome);
        Assert.Empty(world.Cell.Instances.Values);
    }

    [Fact]
    public void An_instance_on_a_lost_host_is_replaced_and_is_no_failure()
    {
        var world = AWorld(Ten with { Retries = 0 }, seed: 1);
        world.RunUntil(each => each.Cell.Instances.Values.Any(instance => instance.IsReady), Soon);
        var victim = world.Cell.Instances.Values.First(instance => instance.IsReady).Host;

        world.Hosts[victim].PowerOff();
        world.RunUntil(each => RunOf(each)?.Outcome is BatchOutcome.Completed, Soon);
        world.Hosts[victim].PowerOn();
        world.Run(TimeSpan.FromSeconds(30));

        Assert.Equal((10, 0), (RunOf(world)!.Completed, RunOf(world)!.Failed));
        Assert.Empty(world.Cell.Instances.Values);
    }

    [Fact]
    public void What_ended_while_the_control_plane_was_away_is_counted_once_it_is_back()
    {
        var world = AWorld(Ten with { Completions = 2, Retries = 0 }, seed: 1);
        world.RunUntil(each => each.Cell.Instances.Values.Count(instance => instance.IsReady) == 2, Soon);
        foreach (var host in world.Hosts.Values)
        {
            host.IsCutOff = true;
        }

        world.Run(TimeSpan.FromSeconds(30));
        var meanwhile = RunOf(world)!.Completed;
        world.Crash();
        foreach (var host in world.Hosts.Values)
        {
            host.IsCutOff = false;
        }

        world.RunUntil(each => RunOf(each)?.Outcome is BatchOutcome.Completed, Soon);

        Assert.Equal(0, meanwhile);
        Assert.Equal(2, world.Hosts.Values.Sum(host => host.ExitedWell));
    }

    [Fact]
    public void A_draining_host_lets_a_batch_end()
    {
        var world = AWorld(Ten with { Completions = 1 }, seed: 1);
        world.RunUntil(each => each.Cell.Instances.Count == 1, Soon);
        var (id, host) = world.Cell.Instances.Values.Select(instance => (instance.Id, instance.Host)).Single();

        world.Ask(new CellInput.SetAvailability("ops", host, HostAvailability.Draining));
        world.RunUntil(each => RunOf(each)?.Outcome is BatchOutcome.Completed, Soon);

        Assert.Equal(id, RunOf(world)!.LastExit?.Instance);
    }

    [Fact]
    public void A_batch_is_not_routed()
    {
        var world = AWorld(Ten, seed: 1);

        world.RunUntil(each => RunOf(each)?.Outcome is BatchOutcome.Completed, Soon);

        Assert.False(world.Gateway.Knows(Checkout));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    public void Whatever_goes_wrong_a_batch_counts_exactly_what_it_wants_or_fails_for_a_reason(int seed)
    {
        var batch = Ten with { Completions = 25, Parallelism = 4, Retries = 12 };
        var world = AWorld(batch, seed);
        var random = new Random(seed);
        world.Faults = new Faults(
            LosePercent: 10,
            RepeatPercent: 20,
            DelayPercent: 20,
            CrashPercent: 5,
            KillPercent: 1
        );
        Exits(world, () => random.Next(100) < 10 ? 1 : 0);

        for (var round = 0; round < 6; round++)
        {
            var host = world.Hosts.Values.ElementAt(random.Next(world.Hosts.Count));
            host.PowerOff();
            world.Run(TimeSpan.FromSeconds(random.Next(1, 12)));
            host.PowerOn();
            world.Run(TimeSpan.FromSeconds(random.Next(1, 12)));
        }

        world.Faults = Faults.None;
        world.RunUntil(each => RunOf(each) is { Outcome: not BatchOutcome.Running }, TimeSpan.FromMinutes(20));
        world.RunUntil(each => each.Cell.Instances.Count == 0, TimeSpan.FromMinutes(1));

        var run = RunOf(world)!;
        Assert.True(
            run.Outcome is BatchOutcome.Completed ? run.Completed == 25 : run.Failed > batch.Retries,
            world.Tail()
        );
        var failedAt = world.Journal.Count(entry => entry.Action == "instance.exited");
        Assert.Equal(run.Completed + run.Failed, failedAt);
    }

    [Fact]
    public void At_the_deadline_of_a_drain_it_runs_anew_elsewhere_and_nothing_is_counted_as_failed()
    {
        var world = AWorld(Ten, seed: 1);
        world.RunUntil(each => each.Cell.Instances.Values.Any(), Soon);
        var host = world.Cell.Instances.Values.First().Host;

        world.Ask(new CellInput.DrainHost("ops", host, TimeSpan.FromSeconds(1), ""));
        world.RunUntil(each => each.Cell.Hosts[host].State == HostState.Drained, Soon);
        world.RunUntil(each => RunOf(each)?.Outcome is BatchOutcome.Completed, Soon);

        Assert.Equal((10, 0), (RunOf(world)!.Completed, RunOf(world)!.Failed));
        Assert.Contains(
            world.Journal,
            entry => entry.Action == "instance.stopping" && entry.Reason.Contains("the deadline that ops set is over")
        );
    }

    [Fact]
    public void A_batch_has_no_canary()
    {
        var world = new World(seed: 1, hosts: 1);
        var route = ALine(approval: null).Route[^1] with { Count = 0 };

        var answer = world.Ask(
            new CellInput.Apply(
                "root",
                new ManifestSet([], [ABatch(Ten)], [], [ALine(approval: null) with { Route = [route] }]),
                PlanId: null,
                IsDryRun: false
            )
        );

        var place = Assert.Single(Assert.IsType<CellAnswer.Refused>(answer).Places);
        Assert.Equal(("batch_canary", "spec.route[0].canary.steps"), (place.Code, place.Path));
    }

    [Fact]
    public void A_batch_is_not_recreated()
    {
        var world = new World(seed: 1, hosts: 1);
        var line = ALineBy("recreate", count: 1);

        var answer = world.Ask(
            new CellInput.Apply(
                "root",
                new ManifestSet([], [ABatch(Ten)], [], [line with { Route = [line.Route[0] with { Count = 0 }] }]),
                PlanId: null,
                IsDryRun: false
            )
        );

        var place = Assert.Single(Assert.IsType<CellAnswer.Refused>(answer).Places);
        Assert.Equal(("strategy_unexpected", "spec.route[0]"), (place.Code, place.Path));
    }

    private static World AWorld(ServiceKind.Batch batch, int seed)
    {
        var world = new World(seed, hosts: 3);
        var stage = ALine(approval: null).Route[^1] with { Count = 0, Strategy = AStrategy() with { Steps = [] } };
        Assert.IsType<CellAnswer.Applied>(
            world.Ask(
                new CellInput.Apply(
                    "root",
                    new ManifestSet(
                        [],
                        [ABatch(batch)],
                        [AnOrder("1.0.0")],
                        [ALine(approval: null) with { Route = [stage] }]
                    ),
                    PlanId: null,
                    IsDryRun: false
                )
            )
        );
        return world;
    }

    private static Service ABatch(ServiceKind.Batch batch)
    {
        var service = AService("checkout");
        return service with { Template = service.Template with { Kind = batch, Port = 0 } };
    }

    private static void Exits(World world, Func<int> code)
    {
        foreach (var host in world.Hosts.Values)
        {
            host.ExitCode = code;
        }
    }

    private static BatchRun? RunOf(World world) => world.Cell.Deployments.Values.SingleOrDefault()?.Run;

    private static Rollout? Newest(World world) => world.Cell.Rollouts.Values.LastOrDefault();
}
