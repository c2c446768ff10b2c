using System.Collections.Immutable;
using Orchestrator.Core;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Reconciliation;
using Orchestrator.Core.Rollouts;
using Orchestrator.Core.Trains;
using static Orchestrator.Simulation.Builders;

namespace Orchestrator.Simulation;

/// <summary>Services on one train, which succeed together or go back together; and services with several lines.</summary>
public sealed class CoupledTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromMinutes(5);
    private static readonly ServiceName Front = ServiceName.Parse("front");
    private static readonly StageName Beta = StageName.Parse("beta");

    [Fact]
    public void A_line_of_services_that_nobody_has_declared_is_refused_with_the_places()
    {
        var line = ALine(approval: null) with
        {
            Coupled = [new CoupledService(Checkout, IsOptional: false), new CoupledService(Front, IsOptional: false)],
            Service = ServiceName.Parse("cart"),
        };

        var refused = Assert.IsType<CellAnswer.Refused>(
            new World(seed: 1, hosts: 1).Ask(
                new CellInput.Apply(
                    "root",
                    new ManifestSet([], [AService("checkout")], [], [line]),
                    PlanId: null,
                    IsDryRun: false
                )
            )
        );

        Assert.Equal(
            [("Line/cart", "metadata.service"), ("Line/cart", "spec.coupled[1].service")],
            refused.Places.Select(place => (place.Subject, place.Path))
        );
    }

    /// <summary>A window of the one closes the way of whatever has it aboard, and of nothing else.</summary>
    [Fact]
    public void An_express_of_one_of_them_is_no_matter_of_a_window_of_the_other()
    {
        var world = AWorld(isOptional: true);
        world.Ask(new CellInput.Halt("ola", [Front], [], Within: null, "look"));

        Publish(world, Checkout, "1.1.0");
        world.Ask(new CellInput.OrderExpress("ana", Checkout, SemanticVersion.Parse("1.1.0"), "orders are lost"));
        world.RunUntil(each => Current(each, Checkout, Prod) == "1.1.0", Soon);

        Assert.Equal("1.0.0", Current(world, Front, Prod));
    }

    [Fact]
    public void Coupled_versions_travel_together_and_who_needs_another_goes_after_it()
    {
        var world = AWorld();

        Publish(world, Checkout, "2.0.0");
        Publish(world, Front, "2.0.0", needs: "2");
        world.RunUntil(each => At(each, Front, Prod)?.To.ToString() == "2.0.0", Soon);
        var train = TrainWith(world, "2.0.0");
        var order = ConsistSight.Of(world.Cell, train);
        var waits = Assert.IsType<RolloutPhase.Held>(
            At(world, Front, Staging, "2.0.0") is { } there ? HeldAt(world, there) : null
        );
        world.RunUntil(each => TrainWith(each, "2.0.0").EndedAt is not null, Soon);

        Assert.Equal(
            ["checkout 2.0.0", "front 2.0.0"],
            train.Consist!.Cars.Select(car => $"{car.Service} {car.Version}")
        );
        Assert.Equal($"needs checkout 2 at staging, where 1.0.0 runs", waits.Reason);
        Assert.Equal(("prod", "checkout, then front"), (order?.Stage.Value, order?.ToString()));
        Assert.Null(ConsistSight.Of(world.Cell, TrainWith(world, "2.0.0"))); // It has arrived.
        Assert.IsType<TrainPhase.Arrived>(TrainWith(world, "2.0.0").Phase);
        Assert.Equal(("2.0.0", "2.0.0"), (Current(world, Checkout, Prod), Current(world, Front, Prod)));
        Assert.Equal($"{train.Id}/prod/front", At(world, Front, Prod, "2.0.0")!.Id.Value);
        Assert.True(
            At(world, Checkout, Prod, "2.0.0")!.SucceededAt <= FirstOf(world, Front, Prod, "rollout.deploying")
        );
    }

    [Fact]
    public void A_train_waits_for_a_coupled_service_that_has_nothing_new()
    {
        var world = AWorld();

        Publish(world, Checkout, "2.0.0");
        world.Run(TimeSpan.FromSeconds(45));
        var (sealedTrains, told) = (
            world.Cell.Trains.Values.Count(train => train.CarriedOf(Checkout)?.ToString() == "2.0.0"),
            world.Journal.Where(entry => entry.Action == "train.not-sealed").ToList()
        );
        Publish(world, Front, "2.0.0", needs: "1-2");
        world.RunUntil(each => Current(each, Front, Prod) == "2.0.0" && IsQuiet(each), Soon);

        Assert.Equal(0, sealedTrains);
        Assert.Equal("front has nothing new to board with checkout 2.0.0", Assert.Single(told).Reason);
        Assert.Equal("2.0.0", Current(world, Checkout, Prod));
    }

    [Fact]
    public void A_train_leaves_without_a_coupled_service_that_is_optional()
    {
        var world = AWorld(isOptional: true);

        Publish(world, Checkout, "2.0.0");
        world.RunUntil(each => Current(each, Checkout, Prod) == "2.0.0" && IsQuiet(each), Soon);

        Assert.Single(TrainWith(world, "2.0.0").Consist!.Cars);
        Assert.Equal("1.0.0", Current(world, Front, Prod));
    }

    [Fact]
    public void When_one_goes_back_all_do_and_who_needs_another_before_it()
    {
        var world = AWorld();
        Publish(world, Checkout, "2.0.0");
        Publish(world, Front, "2.0.1", needs: "2");
        world.RunUntil(each => Current(each, Checkout, Prod) == "2.0.0", Soon);
        world.ErrorPercent["2.0.1"] = 40;
        world.RunUntil(each => TrainWith(each, "2.0.0").EndedAt is not null, Soon);

        var ended = Assert.IsType<TrainPhase.ArrivedPartial>(TrainWith(world, "2.0.0").Phase);
        Assert.StartsWith("front 2.0.1: errors", ended.Reason, StringComparison.Ordinal);
        Assert.Equal(("1.0.0", "1.0.0"), (Current(world, Checkout, Prod), Current(world, Front, Prod)));
        Assert.Equal(("2.0.0", "2.0.1"), (Current(world, Checkout, Staging), Current(world, Front, Staging)));
        Assert.True(
            FirstOf(world, Front, Prod, "rollout.rolled-back") <= FirstOf(world, Checkout, Prod, "rollout.rolling-back")
        );
    }

    [Fact]
    public void Versions_that_cannot_be_exchanged_in_any_order_are_not_sealed_and_the_fewest_are_named()
    {
        var world = AWorld(frontNeeds: "1");

        Publish(world, Checkout, "2.0.0");
        Publish(world, Front, "2.0.0", needs: "2");
        world.Run(TimeSpan.FromSeconds(30));

        Assert.Equal(
            "at staging there is no order in which they could be exchanged: "
                + "front 1.0.0 runs and needs checkout 1, which 2.0.0 is not; "
                + "front 2.0.0 needs checkout 2, of which 1.0.0 runs",
            Assert.Single(world.Journal, entry => entry.Action == "train.not-sealed").Reason
        );
        Assert.Equal("1.0.0", Current(world, Checkout, Staging));
        Assert.DoesNotContain(world.Cell.Trains.Values, train => train.CarriedOf(Front)?.ToString() == "2.0.0");
    }

    [Fact]
    public void One_approval_is_for_all_that_the_train_carries_and_no_publisher_of_any_of_it_may_give_it()
    {
        var world = AWorld(new ApprovalGate(ApprovalPoint.Stage, AllowsPublisher: false));
        Publish(world, Checkout, "2.0.0", by: "ana");
        Publish(world, Front, "2.0.0", needs: "2", by: "fay");
        world.RunUntil(each => At(each, Checkout, Prod, "2.0.0")?.Phase is RolloutPhase.AwaitingApproval, Soon);
        var stage = RolloutId.Of(TrainWith(world, "2.0.0").Id, Prod);

        var ana = Approve(world, stage, "ana");
        var fay = Approve(world, stage, "fay");
        var bo = Approve(world, stage, "bo");
        world.RunUntil(each => Current(each, Front, Prod) == "2.0.0", Soon);

        Assert.Equal("own_version", Assert.IsType<CellAnswer.Refused>(ana).Code);
        Assert.Equal("own_version", Assert.IsType<CellAnswer.Refused>(fay).Code);
        Assert.IsType<CellAnswer.Accepted>(bo);
    }

    [Fact]
    public void What_is_asked_of_one_car_is_asked_of_all()
    {
        var world = AWorld();
        world.RequestsPerSecond = 0;
        Publish(world, Checkout, "2.0.0");
        Publish(world, Front, "2.0.0", needs: "1-2");
        world.RunUntil(
            each =>
                At(each, Checkout, Prod, "2.0.0")?.Phase is RolloutPhase.Judging
                && At(each, Front, Prod, "2.0.0")?.Phase is RolloutPhase.Judging,
            Soon
        );
        var (train, front) = (TrainWith(world, "2.0.0").Id, At(world, Front, Prod, "2.0.0")!.Id);

        var paused = Ask(world, front, RolloutAsk.Pause);
        var phases = world.Cell.Rollouts.Values.Where(each => each.Id.Train == train && each.Id.Stage == Prod).ToList();
        var resumed = Ask(world, RolloutId.Of(train, Prod), RolloutAsk.Resume);
        var aborted = Ask(world, RolloutId.Of(train, Prod), RolloutAsk.Abort);
        var again = Ask(world, RolloutId.Of(train, Prod), RolloutAsk.Abort);
        world.RunUntil(each => TrainWith(each, "2.0.0").EndedAt is not null, Soon);

        Assert.All([paused, resumed, aborted], answer => Assert.IsType<CellAnswer.Accepted>(answer));
        Assert.All(phases, rollout => Assert.IsType<RolloutPhase.Paused>(rollout.Phase));
        Assert.Equal("wrong_phase", Assert.IsType<CellAnswer.Refused>(again).Code);
        Assert.Equal(("1.0.0", "1.0.0"), (Current(world, Checkout, Prod), Current(world, Front, Prod)));
    }

    [Fact]
    public void A_train_that_has_arrived_is_rolled_back_at_a_stage_with_all_that_it_brought_there()
    {
        var world = AWorld();
        Publish(world, Checkout, "2.0.0");
        Publish(world, Front, "2.0.0", needs: "2");
        world.RunUntil(each => FindWith(each, "2.0.0")?.Phase is TrainPhase.Arrived, Soon);
        var train = TrainWith(world, "2.0.0").Id;

        var answer = Ask(world, RolloutId.Of(train, Prod), RolloutAsk.Rollback);
        world.RunUntil(each => TrainWith(each, "2.0.0").EndedAt is not null, Soon);
        var again = Ask(world, RolloutId.Of(train, Prod), RolloutAsk.Rollback);

        Assert.IsType<CellAnswer.Accepted>(answer);
        Assert.Equal(("1.0.0", "1.0.0"), (Current(world, Checkout, Prod), Current(world, Front, Prod)));
        Assert.Equal(("2.0.0", "2.0.0"), (Current(world, Checkout, Staging), Current(world, Front, Staging)));
        Assert.Equal(Prod, Assert.IsType<TrainPhase.ArrivedPartial>(TrainWith(world, "2.0.0").Phase).FailedAt);
        Assert.IsType<CellAnswer.Refused>(again);
    }

    [Fact]
    public void While_its_train_soaks_there_a_stage_is_rolled_back_and_one_that_it_has_left_is_not()
    {
        var world = AWorld();
        var line = Coupled(gate: null, isOptional: false);
        var soaking = line.Route[1] with { Soak = TimeSpan.FromMinutes(2) };
        Assert.IsType<CellAnswer.Applied>(Apply(world, line with { Route = [line.Route[0], soaking] }));
        Publish(world, Checkout, "2.0.0");
        Publish(world, Front, "2.0.0", needs: "2");
        world.RunUntil(each => Current(each, Front, Prod) == "2.0.0" && IsQuiet(each), Soon);
        var train = TrainWith(world, "2.0.0").Id;

        var left = Assert.IsType<CellAnswer.Refused>(Ask(world, RolloutId.Of(train, Staging), RolloutAsk.Rollback));
        var untouched = TrainWith(world, "2.0.0").Phase;
        var there = Ask(world, RolloutId.Of(train, Prod), RolloutAsk.Rollback);
        var phase = TrainWith(world, "2.0.0").Phase;
        var begun = world.Cell.Rollouts.Values.Count(each => each.Phase is RolloutPhase.RollingBack);
        world.RunUntil(each => TrainWith(each, "2.0.0").EndedAt is not null, Soon);

        Assert.Equal(("wrong_phase", $"{train} has left staging and is under way."), (left.Code, left.Message));
        Assert.IsType<TrainPhase.Departed>(untouched);
        Assert.IsType<CellAnswer.Accepted>(there);
        Assert.IsType<TrainPhase.Departed>(phase);
        Assert.Equal(1, begun);
        Assert.Equal(("1.0.0", "1.0.0"), (Current(world, Checkout, Prod), Current(world, Front, Prod)));
        Assert.Equal(("2.0.0", "2.0.0"), (Current(world, Checkout, Staging), Current(world, Front, Staging)));
        Assert.Equal(Prod, Assert.IsType<TrainPhase.ArrivedPartial>(TrainWith(world, "2.0.0").Phase).FailedAt);
    }

    [Fact]
    public void A_recall_takes_all_of_it_back_from_everywhere()
    {
        var world = AWorld();
        Publish(world, Checkout, "2.0.0");
        Publish(world, Front, "2.0.0", needs: "2");
        world.RunUntil(each => FindWith(each, "2.0.0")?.Phase is TrainPhase.Arrived, Soon);

        var answer = world.Ask(new CellInput.RecallTrain("ola", TrainWith(world, "2.0.0").Id, "r"));
        world.RunUntil(each => TrainWith(each, "2.0.0").Phase is TrainPhase.Recalled, Soon);

        Assert.DoesNotContain("stays", Assert.IsType<CellAnswer.Accepted>(answer).Message, StringComparison.Ordinal);
        Assert.All(world.Cell.Deployments.Values, deployment => Assert.Equal("1.0.0", deployment.Current?.ToString()));
    }

    [Fact]
    public void An_express_takes_along_what_is_coupled_and_goes_alone_only_when_the_glass_is_broken()
    {
        var world = AWorld();
        Halt(world);
        Publish(world, Checkout, "2.0.0");

        var alone = Express(world, Checkout, "2.0.0");
        var broken = world.Ask(
            new CellInput.OrderExpress("ola", Checkout, SemanticVersion.Parse("2.0.0"), "urgent")
            {
                BreakGlassFor = TimeSpan.FromHours(1),
            }
        );
        world.RunUntil(each => Current(each, Checkout, Prod) == "2.0.0" && IsQuiet(each), Soon);
        Publish(world, Checkout, "2.1.0");
        Publish(world, Front, "2.1.0", needs: "1-2");
        var both = Express(world, Front, "2.1.0");

        Assert.Equal("coupled_missing", Assert.IsType<CellAnswer.Refused>(alone).Code);
        Assert.Single(TrainWith(world, "2.0.0").Consist!.Cars);
        Assert.IsType<CellAnswer.Accepted>(broken);
        Assert.StartsWith(
            "2.1.0 leaves with checkout 2.1.0 as ",
            Assert.IsType<CellAnswer.Accepted>(both).Message,
            StringComparison.Ordinal
        );
        Assert.Equal(2, TrainWith(world, "2.1.0").Consist!.Cars.Length);
    }

    [Fact]
    public void Trains_of_two_lines_that_meet_at_a_stage_go_through_it_one_at_a_time()
    {
        var world = AWorld(frontNeeds: "1-3");
        Assert.IsType<CellAnswer.Applied>(Apply(world, BetaLine()));
        var haveMet = false;
        world.Check = each =>
        {
            TheyStayTogether(each);
            var atProd = each
                .Cell.Rollouts.Values.Where(rollout => rollout.Service == Checkout && rollout.Stage.Name == Prod)
                .Count(rollout => !RolloutMachine.IsFinished(rollout));
            Assert.True(atProd <= 1, each.Tail());
            haveMet |=
                atProd == 1
                && each.Cell.Trains.Values.Where(train => train.CarriedOf(Checkout) is not null)
                    .Any(train =>
                        TrainSight.WaitsFor(each.Cell, train).EndsWith("to leave prod", StringComparison.Ordinal)
                    );
        };

        Publish(world, Front, "2.0.0", needs: "1-3");
        Publish(world, Checkout, "2.0.0");
        world.RunUntil(each => At(each, Checkout, Prod)?.To.ToString() == "2.0.0", Soon);
        Publish(world, Checkout, "3.0.0", channel: "beta");
        world.RunUntil(each => Current(each, Checkout, Prod) == "3.0.0" && IsQuiet(each), Soon);

        Assert.True(haveMet, world.Tail());
        Assert.Equal("checkout", TrainWith(world, "2.0.0").Id.Line.Value);
        Assert.Equal("checkout-beta", TrainWith(world, "3.0.0").Id.Line.Value);
    }

    [Fact]
    public void A_service_has_several_lines_each_with_its_channel()
    {
        var world = AWorld(frontNeeds: "1-3");
        var beta = BetaLine();
        var other = beta with { Route = [beta.Route[0], beta.Route[1] with { Count = 2 }] };

        var refused = Apply(world, other);
        Assert.IsType<CellAnswer.Applied>(Apply(world, beta));
        Publish(world, Checkout, "3.0.0", channel: "beta");
        world.RunUntil(each => Current(each, Checkout, Prod) == "3.0.0" && IsQuiet(each), Soon);
        var train = TrainWith(world, "3.0.0").Id;
        Publish(world, Checkout, "2.0.0");
        Publish(world, Front, "2.0.0", needs: "1-3");
        world.Run(TimeSpan.FromMinutes(1));

        var place = Assert.Single(Assert.IsType<CellAnswer.Refused>(refused).Places);
        Assert.Equal(("stage_differs", "spec.route[1]"), (place.Code, place.Path));
        Assert.Equal("checkout-beta/1", train.Value);
        Assert.Equal("1.0.0", Current(world, Checkout, Staging));
        Assert.DoesNotContain(world.Cell.Trains.Values, each => each.CarriedOf(Checkout)?.ToString() == "2.0.0");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void Whatever_is_ordered_and_whatever_breaks_they_succeed_or_go_back_together(int seed)
    {
        var random = new Random(seed);
        var world = AWorld(isOptional: seed % 2 == 0, seed: seed);
        world.Faults = new Faults(
            LosePercent: 10,
            RepeatPercent: 10,
            DelayPercent: 10,
            CrashPercent: 2,
            KillPercent: 1
        );
        world.ErrorPercent["2.3.0"] = 40;
        world.ErrorPercent["2.7.0"] = 40;
        foreach (var turn in Enumerable.Range(1, 12))
        {
            var needs = random.Next(3) == 0 ? "2" : "1-2";
            Publish(world, Checkout, $"2.{turn}.0");
            Publish(world, Front, $"2.{turn}.0", needs);
            world.Run(TimeSpan.FromSeconds(random.Next(5, 40)));
            Order(world, random);
        }

        world.Faults = Faults.None;
        world.Run(TimeSpan.FromSeconds(1));
        foreach (var rollout in world.Cell.Rollouts.Values.Where(each => !RolloutMachine.IsFinished(each)))
        {
            Ask(world, rollout.Id, RolloutAsk.Resume);
        }

        Publish(world, Front, "2.99.0", "1-2");
        Publish(world, Checkout, "2.99.0");
        world.RunUntil(
            each =>
                Current(each, Checkout, Prod) == "2.99.0" && Current(each, Front, Prod) == "2.99.0" && IsQuiet(each),
            TimeSpan.FromMinutes(15)
        );

        Assert.True(world.Cell.Trains.Values.Count(train => train.Consist?.Cars.Length == 2) > 2, world.Tail());
        Assert.Equal(
            world.Cell.Instances.Values.Select(instance => instance.Id).Order(),
            world.Hosts.Values.SelectMany(host => host.Containers).Select(each => each.Id).Order()
        );
    }

    private static void Order(World world, Random random)
    {
        var train = world.Cell.Trains.Values.ElementAt(random.Next(world.Cell.Trains.Count)).Id;
        var rollout = world.Cell.Rollouts.Values.ElementAt(random.Next(world.Cell.Rollouts.Count)).Id;
        switch (random.Next(6))
        {
            case 0:
                world.Ask(new CellInput.RecallTrain("ola", train, "r"));
                break;
            case 1:
                Ask(world, rollout, RolloutAsk.Abort);
                break;
            case 2:
                Ask(world, rollout, RolloutAsk.Rollback);
                break;
            case 3:
                world.Ask(new CellInput.RetryTrain("ola", train, "r"));
                break;
            case 4:
                Ask(world, rollout, RolloutAsk.Promote);
                break;
            default:
                break;
        }
    }

    /// <summary>Whatever a train that has ended still has at a stage, it has there of all its cars.</summary>
    private static void TheyStayTogether(World world)
    {
        Invariants.Check(world);
        var ended = world.Cell.Trains.Values.Where(train =>
            train is { EndedAt: not null, Consist.Cars.Length: > 1 }
            && world.Before.Trains.GetValueOrDefault(TrainKey.Of(train.Id))?.EndedAt is null
        );
        foreach (var train in ended)
        {
            foreach (var stage in train.Route)
            {
                var rollouts = world
                    .Cell.Rollouts.Values.Where(each => each.Id.Train == train.Id && each.Stage.Name == stage.Name)
                    .ToList();
                var stays = rollouts.Where(each =>
                    each.Phase is RolloutPhase.Succeeded
                    && Current(world, each.Service, stage.Name) == each.To.ToString()
                );
                var isBack = rollouts.Exists(each =>
                    each.Phase is not RolloutPhase.Succeeded
                    && Current(world, each.Service, stage.Name) == each.From?.ToString()
                );
                Assert.False(
                    isBack && stays.Any(each => each.From is not null),
                    $"{train.Id} at {stage.Name}\n{world.Tail()}"
                );
            }
        }
    }

    private static World AWorld(
        ApprovalGate? gate = null,
        bool isOptional = false,
        string frontNeeds = "1-2",
        int seed = 1
    )
    {
        var world = new World(seed, hosts: 5) { Check = TheyStayTogether };
        var fleet = new ManifestSet(
            [],
            [AService("checkout"), FrontThatNeeds(frontNeeds)],
            [],
            [Coupled(null, isOptional)]
        );
        Assert.IsType<CellAnswer.Applied>(world.Ask(new CellInput.Apply("root", fleet, PlanId: null, IsDryRun: false)));
        Publish(world, Checkout, "1.0.0");
        Publish(world, Front, "1.0.0", frontNeeds);
        world.RunUntil(each => Current(each, Front, Prod) == "1.0.0" && IsQuiet(each), Soon);
        Assert.IsType<CellAnswer.Applied>(Apply(world, Coupled(gate, isOptional)));
        return world;
    }

    /// <summary>By a stage of its own to the one that all lines end at.</summary>
    private static Line BetaLine() =>
        ALine(approval: null) with
        {
            Name = LineName.Parse("checkout-beta"),
            Boarding = new BoardingRule("beta", TimeSpan.Zero),
            Route = [ALine(approval: null).Route[0] with { Name = Beta }, ALine(approval: null).Route[1]],
        };

    private static Line Coupled(ApprovalGate? gate, bool isOptional) =>
        ALine(gate) with
        {
            Coupled = [new CoupledService(Front, isOptional)],
        };

    private static Service FrontThatNeeds(string majors) =>
        AService("front") with
        {
            Dependencies = [new Dependency(Checkout, Majors(majors))],
        };

    private static CellAnswer Apply(World world, Line line) =>
        world.Ask(new CellInput.Apply("root", new ManifestSet([], [], [], [line]), PlanId: null, IsDryRun: false));

    private static void Publish(
        World world,
        ServiceName service,
        string version,
        string? needs = null,
        string by = "ana",
        string channel = "stable"
    )
    {
        if (needs is not null)
        {
            var set = new ManifestSet([], [FrontThatNeeds(needs)], [], []);
            Assert.IsType<CellAnswer.Applied>(
                world.Ask(new CellInput.Apply("root", set, PlanId: null, IsDryRun: false))
            );
        }

        Assert.IsType<CellAnswer.Published>(
            world.Ask(new CellInput.Publish(by, AnOrder(version) with { Service = service, Channel = channel }))
        );
    }

    private static void Halt(World world) =>
        Assert.IsType<CellAnswer.Accepted>(
            world.Ask(new CellInput.Halt("ola", [], [StageName.Parse("nowhere")], Within: null, "r"))
        );

    private static CellAnswer Express(World world, ServiceName service, string version) =>
        world.Ask(new CellInput.OrderExpress("ola", service, SemanticVersion.Parse(version), "urgent"));

    private static CellAnswer Ask(World world, RolloutId id, RolloutAsk ask) =>
        world.Ask(new CellInput.AskRollout("ola", id, ask, "r", ConsistHash: null));

    private static CellAnswer Approve(World world, RolloutId id, string actor) =>
        world.Ask(
            new CellInput.AskRollout(actor, id, RolloutAsk.Approve, "r", ConsistHash: null) { IsApprover = true }
        );

    /// <summary>Why it was held; null if it never was.</summary>
    private static RolloutPhase? HeldAt(World world, Rollout rollout) =>
        world.Journal.Find(entry => entry.Action == "rollout.held" && entry.Subject == rollout.Id.Value) is { } entry
            ? new RolloutPhase.Held(new RolloutPhase.Planned(), entry.Reason)
            : null;

    private static DateTimeOffset? FirstOf(World world, ServiceName service, StageName stage, string action) =>
        world.Journal.Find(entry => entry.Action == action && entry.Subject == At(world, service, stage)!.Id.Value)?.At;

    private static bool IsQuiet(World world) => world.Cell.Rollouts.Values.All(RolloutMachine.IsFinished);

    private static Train TrainWith(World world, string version) => FindWith(world, version)!;

    private static Train? FindWith(World world, string version) =>
        world.Cell.Trains.Values.LastOrDefault(train =>
            train.Consist?.Cars.Any(car => car.Version.ToString() == version) ?? false
        );

    private static Rollout? At(World world, ServiceName service, StageName stage, string? version = null) =>
        world
            .Cell.Rollouts.Values.Where(each => each.Service == service && each.Stage.Name == stage)
            .Where(each => version is null || each.To.ToString() == version)
            .MaxBy(each => each.PlannedAt);

    private static string? Current(World world, ServiceName service, StageName stage) =>
        world.Cell.Deployments.GetValueOrDefault(new DeploymentKey(service, stage))?.Current?.ToString();
}
