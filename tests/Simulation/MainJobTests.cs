using Orchestrator.Core;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Fleet;
using Orchestrator.Core.Reconciliation;
using Orchestrator.Core.Rollouts;
using Orchestrator.Core.Trains;
using static Orchestrator.Simulation.Builders;

namespace Orchestrator.Simulation;

public sealed class MainJobTests
{
    [Fact]
    public void A_new_instance_that_takes_the_place_of_an_old_one_has_the_time_that_the_old_one_takes_to_end()
    {
        var world = new World(seed: 1, hosts: 3);
        world.Run(TimeSpan.FromSeconds(1));
        var fleet = AFleet(approval: null, "1.0.0");
        var service = fleet.Services[0];
        var slow = service.Template with
        {
            Container = service.Template.Container with { PreStop = TimeSpan.FromSeconds(40) },
        };
        var strategy = AStrategy() with
        {
            Steps = [],
            MaxSurge = 0,
            MaxUnavailable = 1,
            ReadyWithin = TimeSpan.FromSeconds(15),
        };
        world.Ask(
            new CellInput.Apply(
                "root",
                fleet with
                {
                    Services = [service with { Template = slow }],
                    Lines = [fleet.Lines[0] with { Route = [fleet.Lines[0].Route[0] with { Strategy = strategy }] }],
                },
                PlanId: null,
                IsDryRun: false
            )
        );
        world.RunUntil(
            each => each.Cell.Trains.Values.Any(train => train.Phase is TrainPhase.Arrived),
            TimeSpan.FromMinutes(2)
        );

        world.Ask(new CellInput.Publish("ana", AnOrder("1.1.0")));
        world.RunUntil(
            each => each.Cell.Trains.Values.Count(train => train.EndedAt is not null) == 2,
            TimeSpan.FromMinutes(4)
        );

        Assert.IsType<TrainPhase.Arrived>(world.Cell.Trains.Values.Last(train => train.EndedAt is not null).Phase);
    }

    private static readonly TimeSpan Soon = TimeSpan.FromMinutes(3);

    [Fact]
    public void A_first_version_reaches_every_stage()
    {
        var world = AWorldWith(approval: null);

        world.RunUntil(RunsEverywhere("1.0.0"), Soon);

        Assert.Equal(3, ReadyAt(world, Prod));
        Assert.IsType<TrainPhase.Arrived>(world.Cell.Trains.Values.First().Phase);
    }

    /// <summary>Else each step of a rollout would wait for the next tick of the conductor.</summary>
    [Fact]
    public void What_a_departure_leads_to_is_decided_at_once_and_comes_to_an_end()
    {
        var draft = CellDraft.From(Cell.Empty, CellSettings.Embedded, epoch: 1, World.Start);
        var host = new SimulatedHost(HostId.Parse("h1"), new Resources(4_000, 4_096));
        var departure = World.Start + TimeSpan.FromMinutes(1);
        var applied = new CellInput.Apply("root", AFleet(approval: null, "1.0.0"), PlanId: null, IsDryRun: false);
        CellMachine.Decide(
            draft,
            [applied, .. host.TakeNews(), new CellInput.LineTimed(LineName.Of(Checkout), departure)],
            World.Start
        );

        var decisions = 0;
        while (CellMachine.Decide(draft, [], departure).HasMore)
        {
            decisions++;
        }

        Assert.InRange(decisions, 1, 5);
        Assert.Single(draft.ToCell().Instances.Values);
    }

    [Fact]
    public void A_service_that_wants_distinct_hosts_stays_short_of_instances_rather_than_doubling_up()
    {
        var fleet = AFleet(approval: null, "1.0.0");
        var service = fleet.Services[0];
        var alone = PlacementRules.None with { MostPerHost = 1 };
        var stages = fleet.Lines[0].Route.Select(stage => stage with { Count = 4 });
        var world = new World(seed: 1, hosts: 3);

        world.Ask(
            new CellInput.Apply(
                "root",
                fleet with
                {
                    Services = [service with { Template = service.Template with { Placement = alone } }],
                    Lines = [fleet.Lines[0] with { Route = [.. stages] }],
                },
                PlanId: null,
                IsDryRun: false
            )
        );
        world.RunUntil(each => each.Cell.Instances.Count >= 3, Soon);
        world.Run(TimeSpan.FromSeconds(10));

        var staging = world.Cell.Instances.Values.Where(instance => instance.Stage == Staging).ToList();
        Assert.Equal(3, staging.Select(instance => instance.Host).Distinct().Count());
        Assert.Equal(3, staging.Count);
        var deployment = world.Cell.Deployments.Values.Single(each => each.Stage == Staging);
        Assert.Equal("no host fits (TooManyOnHost: 3)", deployment.Unplaced);
        var hosts = CellExplainer.Explain(world.Cell, new DeploymentKey(Checkout, Staging))!.Hosts;
        Assert.All(hosts, host => Assert.Equal(["It has 1 of this service already, and 1 are allowed."], host.Reasons));
    }

    [Fact]
    public void A_good_canary_is_judged_approved_and_promoted_without_a_lost_request()
    {
        var world = AWorldRunning("1.0.0", new ApprovalGate(ApprovalPoint.Promotion, AllowsPublisher: false));
        var unanswered = world.Gateway.Unanswered;

        world.Ask(new CellInput.Publish("ana", AnOrder("1.1.0")));
        world.RunUntil(each => Newest(each)?.Phase is RolloutPhase.AwaitingApproval, Soon);
        var refused = Ask(world, RolloutAsk.Approve, "ana");
        var accepted = Ask(world, RolloutAsk.Approve, "bo");
        world.RunUntil(RunsEverywhere("1.1.0"), Soon);

        Assert.Equal("own_version", Assert.IsType<CellAnswer.Refused>(refused).Code);
        Assert.IsType<CellAnswer.Accepted>(accepted);
        Assert.Equal(unanswered, world.Gateway.Unanswered);
        Assert.All(world.Cell.Instances.Values, instance => Assert.Equal("1.1.0", instance.Version.ToString()));
    }

    [Fact]
    public void A_failing_canary_gives_the_traffic_back_first_and_does_not_travel_again()
    {
        var world = AWorldRunning("1.0.0", approval: null);
        world.ErrorPercent["1.2.0"] = 20;

        world.Ask(new CellInput.Publish("ana", AnOrder("1.2.0")));
        world.RunUntil(each => LastTrain(each) is { Phase: TrainPhase.ArrivedPartial }, Soon);
        world.Run(TimeSpan.FromSeconds(60));

        var train = Assert.IsType<TrainPhase.ArrivedPartial>(LastTrain(world).Phase);
        Assert.Equal(Prod, train.FailedAt);
        Assert.Equal("1.0.0", Current(world, Prod));
        Assert.Equal(3, ReadyAt(world, Prod));
        Assert.Equal(2, world.Cell.Trains.Values.Count(each => each.Consist is not null));
        var actions = world.Journal.Where(entry => entry.Subject.EndsWith("/prod", StringComparison.Ordinal)).ToList();
        Assert.Contains(actions, entry => entry is { Action: "rollout.rolling-back", Actor: "judge" });
    }

    [Fact]
    public void Who_publishes_again_what_has_travelled_is_promised_no_train()
    {
        var world = AWorldRunning("1.0.0", approval: null);

        var again = world.Ask(new CellInput.Publish("ana", AnOrder("1.0.0")));
        var older = world.Ask(new CellInput.Publish("ana", AnOrder("0.9.0")));
        var newer = world.Ask(new CellInput.Publish("ana", AnOrder("1.1.0")));

        Assert.Null(Assert.IsType<CellAnswer.Published>(again).Train);
        Assert.Null(Assert.IsType<CellAnswer.Published>(older).Train);
        Assert.NotNull(Assert.IsType<CellAnswer.Published>(newer).Train);
    }

    [Fact]
    public void A_version_that_never_becomes_ready_is_recalled_at_its_first_stage()
    {
        var world = AWorldRunning("1.0.0", approval: null);

        world.Ask(
            new CellInput.Publish(
                "ana",
                AnOrder("1.1.0") with
                {
                    Environment = AnOrder("1.1.0").Environment.Add("NEVER_READY", "1"),
                }
            )
        );
        world.RunUntil(each => LastTrain(each) is { Phase: TrainPhase.Recalled }, Soon);

        Assert.Equal("1.0.0", Current(world, Staging));
        Assert.Equal("1.0.0", Current(world, Prod));
    }

    [Fact]
    public void Without_traffic_a_canary_is_held_and_never_promoted()
    {
        var world = AWorldRunning("1.0.0", approval: null);
        world.RequestsPerSecond = 0;

        world.Ask(new CellInput.Publish("ana", AnOrder("1.1.0")));
        world.Run(TimeSpan.FromMinutes(8));

        Assert.IsType<RolloutPhase.Held>(Newest(world)?.Phase);
        Assert.Equal("1.0.0", Current(world, Prod));
    }

    [Fact]
    public void A_host_without_power_is_replaced_and_cleaned_up_when_it_returns()
    {
        var world = AWorldRunning("1.0.0", approval: null);
        var victim = world.Cell.Instances.Values.First(instance => instance.Stage == Prod).Host;

        world.Hosts[victim].PowerOff();
        world.RunUntil(each => each.Cell.Hosts[victim].LostSince is not null, Soon);
        world.RunUntil(each => ReadyAt(each, Prod) == 3, TimeSpan.FromSeconds(10));
        world.Hosts[victim].PowerOn();
        world.Run(TimeSpan.FromSeconds(30));

        Assert.Null(world.Cell.Hosts[victim].LostSince);
        Assert.Equal(4, world.Cell.Instances.Count);
        Assert.Equal(4, world.Hosts.Values.Sum(host => host.Containers.Count()));
    }

    [Fact]
    public void When_every_host_is_silent_nobody_is_evicted()
    {
        var world = AWorldRunning("1.0.0", approval: null);
        foreach (var host in world.Hosts.Values)
        {
            host.IsCutOff = true;
        }

        world.Run(TimeSpan.FromMinutes(5));

        Assert.All(world.Cell.Hosts.Values, host => Assert.Null(host.LostSince));
        Assert.DoesNotContain(world.Journal, entry => entry.Action == "host.lost");
    }

    [Fact]
    public void When_all_are_heard_again_one_after_the_other_nobody_is_evicted_but_who_stays_silent()
    {
        var world = AWorldRunning("1.0.0", approval: null);
        var hosts = world.Hosts.Values.ToList();
        hosts.ForEach(host => host.IsCutOff = true);
        world.Run(TimeSpan.FromMinutes(5));

        foreach (var host in hosts.SkipLast(1))
        {
            host.IsCutOff = false;
            world.Run(TimeSpan.FromSeconds(1.5));
        }

        Assert.DoesNotContain(world.Journal, entry => entry.Action == "host.lost");
        world.Run(TimeSpan.FromSeconds(5));
        Assert.Equal(hosts[^1].Id.Value, world.Journal.Single(entry => entry.Action == "host.lost").Subject);
    }

    [Fact]
    public void A_conductor_that_stood_still_gives_everybody_time_to_be_heard()
    {
        var world = AWorldRunning("1.0.0", approval: null);
        var late = world.Hosts.Values.Last();
        late.IsCutOff = true;
        world.Pass(TimeSpan.FromMinutes(1));

        world.Run(TimeSpan.FromSeconds(3.5));

        Assert.DoesNotContain(world.Journal, entry => entry.Action == "host.lost");
        world.Run(TimeSpan.FromSeconds(2));
        Assert.Equal(late.Id.Value, world.Journal.Single(entry => entry.Action == "host.lost").Subject);
    }

    [Fact]
    public void A_draining_host_is_emptied_without_ever_having_too_few_ready()
    {
        var world = AWorldRunning("1.0.0", approval: null);
        var victim = world.Cell.Instances.Values.First(instance => instance.Stage == Prod).Host;
        world.Check = each =>
        {
            Invariants.Check(each);
            Assert.True(ReadyAt(each, Prod) >= 3, each.Tail());
        };

        world.Ask(new CellInput.SetAvailability("ops", victim, HostAvailability.Draining));
        world.RunUntil(each => each.Cell.Instances.Values.All(instance => instance.Host != victim), Soon);

        Assert.Equal(3, ReadyAt(world, Prod));
        Assert.Equal(0, world.Gateway.Unanswered);
    }

    [Fact]
    public void A_rollback_after_success_goes_back_to_the_version_before()
    {
        var world = AWorldRunning("1.0.0", approval: null);
        world.Ask(new CellInput.Publish("ana", AnOrder("1.1.0")));
        world.RunUntil(RunsEverywhere("1.1.0"), Soon);

        Ask(world, RolloutAsk.Rollback, "bo");
        world.RunUntil(each => Current(each, Prod) == "1.0.0" && ReadyAt(each, Prod) == 3, Soon);

        Assert.Equal("1.1.0", Current(world, Staging));
    }

    [Fact]
    public void A_slot_has_one_departure_however_often_the_timetable_tells_it()
    {
        var world = AWorldWith(approval: null);
        var line = world.Cell.Lines[LineName.Of(Checkout)];
        world.Ask(
            new CellInput.Apply(
                "root",
                new ManifestSet(
                    [],
                    [],
                    [],
                    [line with { Boarding = new BoardingRule("stable", TimeSpan.FromSeconds(3)) }]
                ),
                PlanId: null,
                IsDryRun: false
            )
        );

        world.RunUntil(each => each.Cell.Trains.Values.Any(train => train.Phase is TrainPhase.Sealed), Soon);
        var slot = world.Cell.Trains.Values.Single().DepartsAt;
        world.Ask(new CellInput.LineTimed(LineName.Of(Checkout), slot));
        world.RunUntil(RunsEverywhere("1.0.0"), Soon);

        Assert.Single(world.Cell.Trains.Values, train => train.DepartsAt == slot);
    }

    [Fact]
    public void A_service_waits_for_its_dependency_at_the_same_stage()
    {
        var world = AWorldWith(approval: null);
        world.RunUntil(RunsEverywhere("1.0.0"), Soon);

        var refusal = world.Ask(
            new CellInput.Apply(
                "ana",
                new ManifestSet(
                    [],
                    [
                        AService("front") with
                        {
                            Dependencies = [new Dependency(ServiceName.Parse("nobody"), new VersionRange("*", []))],
                        },
                    ],
                    [],
                    []
                ),
                PlanId: null,
                IsDryRun: false
            )
        );

        Assert.Equal("dependency_unknown", Assert.IsType<CellAnswer.Refused>(refusal).Code);
        Assert.DoesNotContain(ServiceName.Parse("front"), world.Cell.Services.Keys);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Whatever_the_bus_and_the_conductor_do_the_fleet_converges_once_faults_stop(int block)
    {
        for (var seed = block * 1_000; seed < (block * 1_000) + 25; seed++)
        {
            var world = AWorldWith(approval: null, seed);
            world.Faults = new Faults(
                LosePercent: 10,
                RepeatPercent: 10,
                DelayPercent: 30,
                CrashPercent: 3,
                KillPercent: 1
            );
            world.Run(TimeSpan.FromSeconds(60));
            world.Ask(new CellInput.Publish("ana", AnOrder("1.1.0")));
            world.Run(TimeSpan.FromSeconds(60));

            world.Faults = Faults.None;
            world.Ask(new CellInput.Publish("ana", AnOrder("1.2.0")));
            world.RunUntil(each => IsSettledOn("1.2.0", each), TimeSpan.FromMinutes(10));

            Assert.Equal(
                world.Cell.Instances.Values.Select(instance => instance.Id).Order(),
                world.Hosts.Values.SelectMany(host => host.Containers).Select(each => each.Id).Order()
            );
        }
    }

    private static bool IsSettledOn(string version, World world) =>
        RunsEverywhere(version)(world)
        && world.Cell.Instances.Count == 4
        && world.Cell.Instances.Values.All(instance => instance.IsReady);

    private static World AWorldWith(ApprovalGate? approval, int seed = 1)
    {
        var world = new World(seed, hosts: 3);
        Assert.IsType<CellAnswer.Applied>(
            world.Ask(new CellInput.Apply("root", AFleet(approval, "1.0.0"), PlanId: null, IsDryRun: false))
        );
        return world;
    }

    private static World AWorldRunning(string version, ApprovalGate? approval)
    {
        var world = AWorldWith(approval);
        for (var minute = 0; minute < 3 && !RunsEverywhere(version)(world); minute++)
        {
            world.RunUntil(
                each => RunsEverywhere(version)(each) || Newest(each)?.Phase is RolloutPhase.AwaitingApproval,
                Soon
            );
            if (Newest(world)?.Phase is RolloutPhase.AwaitingApproval)
            {
                Ask(world, RolloutAsk.Approve, "bo");
            }
        }

        Assert.True(RunsEverywhere(version)(world), world.Tail());
        return world;
    }

    private static CellAnswer Ask(World world, RolloutAsk ask, string actor) =>
        world.Ask(new CellInput.AskRollout(actor, Newest(world)!.Id, ask, "because", ConsistHash: null));

    private static Rollout? Newest(World world) =>
        world
            .Cell.Rollouts.Values.Where(rollout => rollout.Stage.Name == Prod)
            .MaxBy(rollout => rollout.Id.Train.Number);

    private static Train LastTrain(World world) => world.Cell.Trains.Values.Last(train => train.Consist is not null);

    private static string? Current(World world, StageName stage) =>
        world.Cell.Deployments.GetValueOrDefault(new DeploymentKey(Checkout, stage))?.Current?.ToString();

    private static int ReadyAt(World world, StageName stage) =>
        world.Cell.Instances.Values.Count(instance => instance.Stage == stage && instance.IsReady);

    private static Func<World, bool> RunsEverywhere(string version) =>
        world =>
            Current(world, Staging) == version
            && Current(world, Prod) == version
            && world.Cell.Rollouts.Values.All(RolloutMachine.IsFinished)
            && LastTrain(world).Phase is TrainPhase.Arrived;
}
