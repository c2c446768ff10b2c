using System.Collections.Immutable;
using Orchestrator.Core;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Reconciliation;
using Orchestrator.Core.Rollouts;
using Orchestrator.Core.Trains;
using static Orchestrator.Simulation.Builders;

namespace Orchestrator.Simulation;

/// <summary>Several trains of one line under way, those off the timetable, and what becomes of who is in the way.</summary>
public sealed class TrainOrderTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromMinutes(3);

    [Fact]
    public void Whoever_names_a_train_that_there_is_not_is_told_where_to_look()
    {
        var world = new World(seed: 1, hosts: 1);
        var id = TrainId.Parse("checkout/9");
        CellInput[] orders =
        [
            new CellInput.CancelTrain("ola", id, "no"),
            new CellInput.RecallTrain("ola", id, "no"),
            new CellInput.RetryTrain("ola", id, "again"),
            new CellInput.ReviewTrain("ola", id, "fine"),
        ];

        Assert.All(
            orders,
            order =>
            {
                var refused = Assert.IsType<CellAnswer.Refused>(world.Ask(order));
                Assert.Equal((RefusalKind.NotFound, "train_unknown"), (refused.Kind, refused.Code));
                Assert.Equal("See the line's trains: orc trains checkout", refused.Hint);
            }
        );
    }

    [Fact]
    public void Who_waits_for_approval_does_not_hold_the_line_and_is_superseded_by_the_next()
    {
        var world = AWorld(new ApprovalGate(ApprovalPoint.Stage, AllowsPublisher: true));

        Publish(world, "1.1.0");
        world.RunUntil(each => At(each, "1.1.0", Prod)?.Phase is RolloutPhase.AwaitingApproval, Soon);
        Publish(world, "1.2.0");
        world.RunUntil(each => At(each, "1.2.0", Prod)?.Phase is RolloutPhase.AwaitingApproval, Soon);
        world.Run(TimeSpan.FromSeconds(1));

        Assert.Equal("1.2.0", Current(world, Staging));
        Assert.Equal("1.0.0", Current(world, Prod));
        Assert.IsType<RolloutPhase.Superseded>(At(world, "1.1.0", Prod)!.Phase);
        var ended = Assert.IsType<TrainPhase.ArrivedPartial>(TrainOf(world, "1.1.0")?.Phase);
        Assert.Equal($"{TrainOf(world, "1.2.0")?.Id} came after it", ended.Reason);
    }

    [Fact]
    public void A_train_waits_for_the_canary_of_the_one_before()
    {
        var world = AWorld(approval: null);
        world.RequestsPerSecond = 0;
        Publish(world, "1.1.0");
        world.RunUntil(each => At(each, "1.1.0", Prod)?.Phase is RolloutPhase.Judging, Soon);

        Publish(world, "1.2.0");
        world.RunUntil(each => Current(each, Staging) == "1.2.0", Soon);
        world.Run(TimeSpan.FromSeconds(5));
        var before = (At(world, "1.1.0", Prod)!.Phase, At(world, "1.2.0", Prod));
        world.RequestsPerSecond = 60;
        world.RunUntil(each => Current(each, Prod) == "1.2.0", Soon);

        Assert.IsType<RolloutPhase.Judging>(before.Phase);
        Assert.Null(before.Item2);
        Assert.IsType<TrainPhase.Arrived>(TrainOf(world, "1.1.0")?.Phase);
    }

    [Fact]
    public void Nobody_is_promised_a_train_behind_a_newer_version_on_its_way()
    {
        var world = AWorld(approval: null);
        world.RequestsPerSecond = 0;
        Publish(world, "1.2.0");
        world.RunUntil(each => At(each, "1.2.0", Prod)?.Phase is RolloutPhase.Judging, Soon);
        world.Ask(new CellInput.OrderRollback("ola", Checkout, Staging, SemanticVersion.Parse("1.0.0"), "r"));
        world.RunUntil(each => Current(each, Staging) == "1.0.0", Soon);

        var older = world.Ask(new CellInput.Publish("ana", AnOrder("1.1.0")));
        var newer = world.Ask(new CellInput.Publish("ana", AnOrder("1.3.0")));

        Assert.Null(Assert.IsType<CellAnswer.Published>(older).Train);
        Assert.NotNull(Assert.IsType<CellAnswer.Published>(newer).Train);
    }

    [Fact]
    public void Room_for_the_surge_of_a_stage_is_handed_on_to_the_train_that_comes_next()
    {
        var world = AWorld(approval: null);
        world.RequestsPerSecond = 0;
        Publish(world, "1.1.0");
        world.RunUntil(each => At(each, "1.1.0", Prod)?.Phase is RolloutPhase.Judging, Soon);
        Publish(world, "1.2.0");
        world.RunUntil(each => Current(each, Staging) == "1.2.0", Soon);
        var before = StagesKept(world, "1.2.0");

        world.Ask(
            new CellInput.AskRollout("ola", At(world, "1.1.0", Prod)!.Id, RolloutAsk.Abort, "r", ConsistHash: null)
        );
        world.RunUntil(each => At(each, "1.2.0", Prod)?.Phase is RolloutPhase.Deploying, Soon);

        Assert.DoesNotContain(Prod, before);
        Assert.Contains(Prod, StagesKept(world, "1.2.0"));
    }

    [Fact]
    public void Of_two_that_wait_for_the_same_stage_the_later_goes()
    {
        var world = AWorld(approval: null);
        world.RequestsPerSecond = 0;
        Publish(world, "1.1.0");
        world.RunUntil(each => At(each, "1.1.0", Prod)?.Phase is RolloutPhase.Judging, Soon);
        Publish(world, "1.2.0");
        world.RunUntil(each => Current(each, Staging) == "1.2.0", Soon);

        Publish(world, "1.3.0");
        world.RunUntil(each => Current(each, Staging) == "1.3.0", Soon);
        world.RequestsPerSecond = 60;
        world.RunUntil(each => Current(each, Prod) == "1.3.0", Soon);

        Assert.IsType<TrainPhase.ArrivedPartial>(TrainOf(world, "1.2.0")?.Phase);
        Assert.Null(At(world, "1.2.0", Prod));
    }

    [Fact]
    public void An_express_leaves_at_once_turns_back_the_canary_in_its_way_and_is_judged()
    {
        var world = AWorld(approval: null);
        world.RequestsPerSecond = 0;
        Publish(world, "1.1.0");
        world.RunUntil(each => At(each, "1.1.0", Prod)?.Phase is RolloutPhase.Judging, Soon);
        world.RequestsPerSecond = 60;
        world.ErrorPercent["1.1.1"] = 20;

        Publish(world, "1.1.1");
        var asked = Express(world, "1.1.1");
        var again = Express(world, "1.1.1");
        world.Run(TimeSpan.FromMilliseconds(400));
        var left = TrainOf(world, "1.1.1")?.Phase;
        world.RunUntil(each => TrainOf(each, "1.1.1")?.Phase is TrainPhase.ArrivedPartial, Soon);

        Assert.Equal(
            Assert.IsType<CellAnswer.Accepted>(asked).Subject,
            Assert.IsType<CellAnswer.Accepted>(again).Subject
        );
        Assert.IsType<TrainPhase.Departed>(left);
        Assert.IsType<RolloutPhase.RolledBack>(At(world, "1.1.1", Prod)!.Phase);
        Assert.Contains(world.Journal, entry => entry is { Action: "train.ordered", Actor: "ola" });
    }

    [Fact]
    public void An_express_waits_for_a_promotion_under_way()
    {
        var world = AWorld(approval: null);
        Publish(world, "1.1.0");
        world.RunUntil(each => At(each, "1.1.0", Prod)?.Phase is RolloutPhase.Promoting, Soon);

        Publish(world, "1.1.1");
        Express(world, "1.1.1");
        world.RunUntil(each => Current(each, Prod) == "1.1.1", Soon);

        Assert.IsType<RolloutPhase.Succeeded>(At(world, "1.1.0", Prod)!.Phase);
    }

    [Fact]
    public void A_train_of_the_timetable_waits_for_the_soak_of_the_one_before_and_an_express_does_not()
    {
        var world = AWorld(approval: null);
        var line = ALine(approval: null);
        Apply(world, line with { Route = [line.Route[0] with { Soak = TimeSpan.FromMinutes(2) }, line.Route[1]] });
        Publish(world, "1.1.0");
        world.RunUntil(each => Current(each, Staging) == "1.1.0", Soon);

        Publish(world, "1.2.0");
        world.Run(TimeSpan.FromSeconds(60));
        var (waiting, before) = (Current(world, Staging), world.Now);
        Express(world, "1.2.0");
        world.RunUntil(each => Current(each, Staging) == "1.2.0", Soon);

        Assert.Equal("1.1.0", waiting);
        Assert.True(world.Now - before < TimeSpan.FromSeconds(30));
        world.Run(TimeSpan.FromSeconds(1));
        var ended = Assert.IsType<TrainPhase.Recalled>(TrainOf(world, "1.1.0")?.Phase);
        Assert.Equal("staging runs 1.2.0 since", ended.Reason);
    }

    [Fact]
    public void A_train_of_the_timetable_goes_on_from_its_soak_when_the_express_there_failed()
    {
        var world = AWorld(approval: null);
        var line = ALine(approval: null);
        Apply(world, line with { Route = [line.Route[0] with { Soak = TimeSpan.FromMinutes(1) }, line.Route[1]] });
        Publish(world, "1.1.0");
        world.RunUntil(each => Current(each, Staging) == "1.1.0", Soon);
        world.ErrorPercent["1.2.0"] = 50;

        Publish(world, "1.2.0");
        Express(world, "1.2.0");
        world.RunUntil(each => Current(each, Prod) == "1.1.0", Soon);

        Assert.IsType<TrainPhase.Recalled>(TrainOf(world, "1.2.0")?.Phase);
    }

    [Fact]
    public void Whether_a_soaking_train_goes_on_shows_only_when_the_express_at_its_stage_has_ended()
    {
        var world = AWorld(approval: null);
        var line = ALine(approval: null);
        Apply(world, line with { Route = [line.Route[0] with { Soak = TimeSpan.FromSeconds(20) }, line.Route[1]] });
        Publish(world, "1.1.0");
        world.RunUntil(each => Current(each, Staging) == "1.1.0", Soon);
        var never = AnOrder("1.2.0");
        world.Ask(new CellInput.Publish("ana", never with { Environment = never.Environment.Add("NEVER_READY", "1") }));

        Express(world, "1.2.0");
        world.Run(TimeSpan.FromSeconds(25));
        var during = At(world, "1.1.0", Prod);
        world.RunUntil(each => Current(each, Prod) == "1.1.0", Soon);

        Assert.Null(during);
    }

    [Fact]
    public void A_train_waits_for_the_soak_of_the_one_before_at_the_last_stage_too()
    {
        var world = AWorld(approval: null);
        var line = ALine(approval: null);
        Apply(world, line with { Route = [line.Route[0], line.Route[1] with { Soak = TimeSpan.FromMinutes(2) }] });
        Publish(world, "1.1.0");
        world.RunUntil(each => Current(each, Prod) == "1.1.0", Soon);

        Publish(world, "1.2.0");
        world.Run(TimeSpan.FromSeconds(60));
        var during = At(world, "1.2.0", Prod);
        world.RunUntil(each => Current(each, Prod) == "1.2.0", Soon);

        Assert.Null(during);
        Assert.IsType<TrainPhase.Arrived>(TrainOf(world, "1.1.0")?.Phase);
    }

    [Fact]
    public void A_train_goes_no_further_than_where_a_newer_version_runs()
    {
        var world = AWorld(approval: null);
        Publish(world, "1.2.0");
        world.RunUntil(each => Current(each, Staging) == "1.2.0", Soon);
        world.ErrorPercent["1.2.0"] = 30;
        world.RunUntil(each => TrainOf(each, "1.2.0")?.Phase is TrainPhase.ArrivedPartial, Soon);
        world.ErrorPercent.Clear();
        var line = ALine(approval: null);
        Apply(world, line with { Route = [line.Route[0] with { Soak = TimeSpan.FromMinutes(2) }, line.Route[1]] });
        world.Ask(new CellInput.OrderRollback("ola", Checkout, Staging, SemanticVersion.Parse("1.0.0"), "r"));
        world.RunUntil(each => Current(each, Staging) == "1.0.0" && IsQuiet(each), Soon);
        Publish(world, "1.1.0");
        world.RunUntil(each => Current(each, Staging) == "1.1.0", Soon);

        world.Ask(new CellInput.RetryTrain("ola", TrainOf(world, "1.2.0")!.Id, "r"));
        world.RunUntil(each => TrainOf(each, "1.1.0")?.Phase is TrainPhase.ArrivedPartial, Soon);

        var ended = Assert.IsType<TrainPhase.ArrivedPartial>(TrainOf(world, "1.1.0")?.Phase);
        Assert.Equal("prod runs 1.2.0, which is newer", ended.Reason);
    }

    [Theory]
    [InlineData("9.9.9", "version_unknown")]
    [InlineData("1.0.0", "nothing_to_do")]
    [InlineData("1.1.0-beta", "wrong_channel")]
    public void An_express_that_makes_no_sense_is_refused_and_changes_nothing(string version, string code)
    {
        var world = AWorld(approval: null);
        Publish(world, "1.1.0-beta", "beta");
        var before = world.Cell.Trains;

        var refused = Express(world, version);

        Assert.Equal(code, Assert.IsType<CellAnswer.Refused>(refused).Code);
        Assert.Equal(before, world.Cell.Trains);
    }

    [Fact]
    public void Nobody_is_taken_back_to_an_older_version_by_the_timetable()
    {
        var world = AWorld(approval: null);
        Publish(world, "1.1.0");
        Publish(world, "1.2.0");
        Express(world, "1.2.0");

        world.RunUntil(each => Current(each, Prod) == "1.2.0", Soon);
        world.Run(TimeSpan.FromSeconds(30));

        Assert.Equal("1.2.0", Current(world, Staging));
        Assert.DoesNotContain(world.Cell.Rollouts.Values, rollout => rollout.To.ToString() == "1.1.0");
    }

    [Fact]
    public void A_stage_goes_back_to_any_version_that_once_succeeded_there_at_once_and_unapproved()
    {
        var world = AWorld(approval: null);
        foreach (var version in (string[])["1.1.0", "1.2.0"])
        {
            Publish(world, version);
            world.RunUntil(each => Current(each, Prod) == version && IsQuiet(each), Soon);
        }

        world.RequestsPerSecond = 0; // Nothing to judge by.
        var asked = RollBack(world, "1.0.0");
        world.RunUntil(each => Current(each, Prod) == "1.0.0" && IsQuiet(each), Soon);

        Assert.IsType<CellAnswer.Accepted>(asked);
        Assert.Equal("1.2.0", Current(world, Staging));
        Assert.Equal(3, world.Cell.Instances.Values.Count(each => each.Stage == Prod && each.IsReady));
    }

    [Fact]
    public void A_rollback_turns_back_whatever_is_under_way_there()
    {
        var world = AWorld(approval: null);
        Publish(world, "1.1.0");
        world.RunUntil(each => Current(each, Prod) == "1.1.0" && IsQuiet(each), Soon);
        Publish(world, "1.2.0");
        world.RunUntil(each => At(each, "1.2.0", Prod)?.Phase is RolloutPhase.Promoting, Soon);

        RollBack(world, "1.0.0");
        world.RunUntil(each => Current(each, Prod) == "1.0.0" && IsQuiet(each), Soon);

        Assert.IsType<RolloutPhase.RolledBack>(At(world, "1.2.0", Prod)!.Phase);
    }

    [Fact]
    public void A_rollback_to_what_never_succeeded_is_refused_and_names_what_has()
    {
        var world = AWorld(approval: null);
        Publish(world, "1.1.0");
        world.RunUntil(each => Current(each, Staging) == "1.1.0", Soon);
        world.ErrorPercent["1.1.0"] = 30;
        world.RunUntil(each => TrainOf(each, "1.1.0")?.Phase is TrainPhase.ArrivedPartial, Soon);

        var refused = Assert.IsType<CellAnswer.Refused>(RollBack(world, "1.1.0"));

        Assert.Equal("never_succeeded", refused.Code);
        Assert.Contains("these have: 1.0.0", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_failed_is_tried_again_from_the_stage_where_it_failed()
    {
        var world = AWorld(approval: null);
        Publish(world, "1.1.0");
        world.RunUntil(each => Current(each, Staging) == "1.1.0", Soon);
        world.ErrorPercent["1.1.0"] = 30;
        world.RunUntil(each => TrainOf(each, "1.1.0")?.Phase is TrainPhase.ArrivedPartial, Soon);
        world.ErrorPercent.Clear();

        var failed = TrainOf(world, "1.1.0")!.Id;
        world.Ask(new CellInput.RetryTrain("ola", failed, "the database was away"));
        world.RunUntil(each => Current(each, Prod) == "1.1.0", Soon);

        var again = TrainOf(world, "1.1.0")!;
        Assert.NotEqual(failed, again.Id);
        Assert.Equal([Prod], again.Route.Select(stage => stage.Name));
        Assert.IsType<TrainPhase.ArrivedPartial>(world.Cell.Trains[TrainKey.Of(failed)].Phase);
    }

    [Fact]
    public void A_rollback_by_order_that_failed_is_tried_again_as_one()
    {
        var world = AWorld(approval: null);
        Publish(world, "1.1.0");
        world.RunUntil(each => Current(each, Prod) == "1.1.0" && IsQuiet(each), Soon);
        world.ErrorPercent["1.0.0"] = 60;
        RollBack(world, "1.0.0");
        world.RunUntil(each => TrainOf(each, "1.0.0")?.Phase is TrainPhase.Recalled, Soon);
        var failed = (TrainOf(world, "1.0.0")!, Current(world, Prod));
        world.ErrorPercent.Clear();

        var answer = world.Ask(new CellInput.RetryTrain("ola", failed.Item1.Id, "the database was away"));
        world.RunUntil(each => Current(each, Prod) == "1.0.0" && IsQuiet(each), Soon);

        Assert.Equal("1.1.0", failed.Item2);
        Assert.IsType<CellAnswer.Accepted>(answer);
        var again = TrainOf(world, "1.0.0")!;
        Assert.NotEqual(failed.Item1.Id, again.Id);
        Assert.Equal((TrainPurpose.Rollback, "ola"), (again.Order!.Purpose, again.Order.Actor));
        Assert.Equal("1.1.0", Current(world, Staging));
    }

    [Fact]
    public void A_recall_takes_a_version_back_everywhere()
    {
        var world = AWorld(approval: null);
        Publish(world, "1.1.0");
        world.RunUntil(each => Current(each, Prod) == "1.1.0" && IsQuiet(each), Soon);

        var id = TrainOf(world, "1.1.0")!.Id;
        world.Ask(new CellInput.RecallTrain("ola", id, "wrong prices"));
        world.RunUntil(each => TrainOf(each, "1.1.0")?.Phase is TrainPhase.Recalled, Soon);

        Assert.Equal("1.0.0", Current(world, Staging));
        Assert.Equal("1.0.0", Current(world, Prod));
        Assert.True(IsQuiet(world));
    }

    [Fact]
    public void A_recall_leaves_a_stage_alone_where_a_later_train_has_been()
    {
        var world = AWorld(approval: null);
        Publish(world, "1.1.0");
        world.RunUntil(each => Current(each, Prod) == "1.1.0" && IsQuiet(each), Soon);
        Publish(world, "1.2.0");
        world.RunUntil(each => Current(each, Staging) == "1.2.0", Soon);
        world.ErrorPercent["1.2.0"] = 30;
        world.RunUntil(each => TrainOf(each, "1.2.0")?.Phase is TrainPhase.ArrivedPartial, Soon);

        var id = TrainOf(world, "1.1.0")!.Id;
        var answer = Assert.IsType<CellAnswer.Accepted>(
            world.Ask(new CellInput.RecallTrain("ola", id, "wrong prices"))
        );
        world.RunUntil(each => TrainOf(each, "1.1.0")?.Phase is TrainPhase.Recalled, Soon);

        Assert.Contains("stays as it is at prod, staging", answer.Message, StringComparison.Ordinal);
        Assert.Equal("1.2.0", Current(world, Staging));
    }

    [Fact]
    public void A_yanked_version_boards_no_train_and_is_taken_off_a_sealed_one()
    {
        var world = AWorld(approval: null, cutOff: TimeSpan.FromSeconds(5));
        Publish(world, "1.1.0");
        world.RunUntil(each => each.Cell.Trains.Values.Any(train => train.Phase is TrainPhase.Sealed), Soon);

        Yank(world, "1.1.0", isYanked: true);
        world.Run(TimeSpan.FromSeconds(40));
        var (current, express) = (Current(world, Staging), Express(world, "1.1.0"));
        Yank(world, "1.1.0", isYanked: false);
        world.RunUntil(each => Current(each, Prod) == "1.1.0", Soon);

        Assert.Equal("1.0.0", current);
        Assert.Equal("version_yanked", Assert.IsType<CellAnswer.Refused>(express).Code);
    }

    [Fact]
    public void A_version_boards_only_when_it_is_old_enough_and_in_the_range_of_the_line()
    {
        var world = AWorld(approval: null);
        var rule = new BoardingRule("stable", TimeSpan.Zero)
        {
            MinAge = TimeSpan.FromSeconds(45),
            Range = new VersionRange(
                "<2.0.0",
                [
                    new VersionInterval(
                        null,
                        IncludesMinimum: true,
                        SemanticVersion.Parse("2.0.0"),
                        IncludesMaximum: false,
                        IncludesPrereleases: false
                    ),
                ]
            ),
        };
        Apply(world, ALine(approval: null) with { Boarding = rule });

        Publish(world, "1.1.0");
        Publish(world, "2.0.0");
        world.Run(TimeSpan.FromSeconds(40));
        var early = Current(world, Staging);
        world.RunUntil(each => Current(each, Prod) == "1.1.0", Soon);
        world.Run(TimeSpan.FromSeconds(60));

        Assert.Equal("1.0.0", early);
        Assert.Equal("1.1.0", Current(world, Prod));
    }

    [Theory]
    [InlineData(MissedDeparture.Skip)]
    [InlineData(MissedDeparture.CatchUp)]
    public void A_departure_that_nobody_was_there_for_is_skipped_or_caught_up_once(MissedDeparture missed)
    {
        var world = AWorld(approval: null, cutOff: TimeSpan.FromSeconds(5), missed);
        Publish(world, "1.1.0");
        world.RunUntil(each => each.Cell.Trains.Values.Any(train => train.Phase is TrainPhase.Sealed), Soon);

        var id = TrainOf(world, "1.1.0")!.Id;
        world.Pass(TimeSpan.FromHours(3));
        world.Run(TimeSpan.FromSeconds(1));

        var phase = world.Cell.Trains[TrainKey.Of(id)].Phase;
        Assert.IsType(missed == MissedDeparture.Skip ? typeof(TrainPhase.Missed) : typeof(TrainPhase.Departed), phase);
        world.RunUntil(each => Current(each, Prod) == "1.1.0", Soon);
    }

    /// <summary>Whatever people ask for, and in whatever order: each stage has one rollout at a time, and all comes to an end.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Whatever_people_order_the_fleet_comes_to_rest(int block)
    {
        for (var seed = block * 1_000; seed < (block * 1_000) + 20; seed++)
        {
            var random = new Random(seed);
            var world = AWorld(approval: null, cutOff: TimeSpan.Zero, MissedDeparture.Skip, seed);
            world.Faults = new Faults(
                LosePercent: 5,
                RepeatPercent: 10,
                DelayPercent: 20,
                CrashPercent: 2,
                KillPercent: 1
            );
            world.ErrorPercent["1.3.0"] = 30;
            for (var turn = 0; turn < 25; turn++)
            {
                world.Ask(SomeOrder(world, random));
                world.Run(TimeSpan.FromSeconds(random.Next(1, 12)));
            }

            world.Faults = Faults.None;
            Settle(world);
            Publish(world, "3.0.0");
            world.RunUntil(each => Current(each, Prod) == "3.0.0" && IsQuiet(each), TimeSpan.FromMinutes(10));
            Assert.Equal(
                world.Cell.Instances.Values.Select(instance => instance.Id).Order(),
                world.Hosts.Values.SelectMany(host => host.Containers).Select(each => each.Id).Order()
            );
        }
    }

    private static CellInput SomeOrder(World world, Random random)
    {
        var version = SemanticVersion.Parse($"1.{random.Next(6)}.0");
        var train = world.Cell.Trains.Values.ElementAt(random.Next(world.Cell.Trains.Count)).Id;
        var rollouts = world.Cell.Rollouts.Values.ToList();
        var rollout = rollouts[random.Next(rollouts.Count)].Id;
        return random.Next(13) switch
        {
            10 => new CellInput.Halt("ola", [], random.Next(2) == 0 ? [Prod] : [], TimeSpan.FromSeconds(15), "r"),
            11 => new CellInput.ReleaseWindow("ola", WindowName.Parse("halt-1"), "r"),
            12 => new CellInput.Apply(
                "root",
                new ManifestSet([], [], [], []) { Windows = [SomeWindow(world, random)] },
                PlanId: null,
                IsDryRun: false
            ),
            0 => new CellInput.OrderExpress("ola", Checkout, version, "r"),
            1 => new CellInput.OrderRollback("ola", Checkout, random.Next(2) == 0 ? Prod : Staging, version, "r"),
            2 => new CellInput.RetryTrain("ola", train, "r"),
            3 => new CellInput.RecallTrain("ola", train, "r"),
            4 => new CellInput.YankVersion("ola", Checkout, version, random.Next(3) == 0, "r"),
            5 => new CellInput.CancelTrain("ola", train, "r"),
            6 => new CellInput.AskRollout("ola", rollout, (RolloutAsk)random.Next(2, 6), "r", ConsistHash: null),
            _ => new CellInput.Publish("ana", AnOrder(version.ToString())),
        };
    }

    private static Window SomeWindow(World world, Random random)
    {
        var from = world.Now.UtcDateTime.AddSeconds(random.Next(20));
        return new Window
        {
            Name = WindowName.Parse($"w{random.Next(3)}"),
            Effect = random.Next(4) == 0 ? WindowEffect.Allow : WindowEffect.Deny,
            Services = [],
            Stages = random.Next(2) == 0 ? [Prod] : [],
            Zone = "UTC",
            Recurring = [],
            Dated = [new DatedPeriod(from, from.AddSeconds(random.Next(1, 60)))],
            OnClose = (WindowClosing)random.Next(2),
            Reason = "",
        };
    }

    /// <summary>Ends what only a person can: windows that stay closed, and what is paused or held.</summary>
    private static void Settle(World world)
    {
        foreach (var window in world.Cell.Windows.Keys)
        {
            world.Ask(new CellInput.ReleaseWindow("ola", window, "r"));
        }

        world.Run(TimeSpan.FromSeconds(1));
        foreach (var rollout in world.Cell.Rollouts.Values.Where(each => !RolloutMachine.IsFinished(each)))
        {
            world.Ask(new CellInput.AskRollout("ola", rollout.Id, RolloutAsk.Resume, "r", ConsistHash: null));
        }
    }

    private static World AWorld(
        ApprovalGate? approval,
        TimeSpan cutOff = default,
        MissedDeparture missed = MissedDeparture.Skip,
        int seed = 1
    )
    {
        var world = new World(seed, hosts: 3) { Check = CheckTrains };
        var line = ALine(approval: null);
        var fleet = AFleet(approval: null, "1.0.0");
        Assert.IsType<CellAnswer.Applied>(world.Ask(new CellInput.Apply("root", fleet, PlanId: null, IsDryRun: false)));
        world.RunUntil(each => Current(each, Prod) == "1.0.0" && IsQuiet(each), Soon);
        Apply(
            world,
            ALine(approval) with
            {
                Boarding = line.Boarding with { CutOff = cutOff },
                Timetable = line.Timetable with { Missed = missed },
            }
        );
        return world;
    }

    private static void CheckTrains(World world)
    {
        Invariants.Check(world);
        var twice = world
            .Cell.Rollouts.Values.Where(rollout => !RolloutMachine.IsFinished(rollout))
            .CountBy(rollout => (rollout.Service, rollout.Stage.Name))
            .Where(each => each.Value > 1);
        Assert.True(!twice.Any(), $"two rollouts at one stage\n{world.Tail()}");

        var left = world.Cell.Trains.Values.Where(train =>
            train
                is { Phase: TrainPhase.Departed, Order.Purpose: not TrainPurpose.Rollback }
                    or { Phase: TrainPhase.Departed, Order: null }
            && world.Before.Trains.GetValueOrDefault(TrainKey.Of(train.Id))?.Phase is not TrainPhase.Departed
        );
        foreach (var train in left)
        {
            var closure = WindowCalendar.At(
                world.Cell.Windows.Values,
                train.Consist!.Cars[0].Service,
                train.Route[0].Name,
                world.Now
            );
            Assert.True(closure is null, $"{train.Id} left, though {closure?.Text}\n{world.Tail()}");
        }
    }

    private static void Apply(World world, Line line) =>
        Assert.IsType<CellAnswer.Applied>(
            world.Ask(new CellInput.Apply("root", new ManifestSet([], [], [], [line]), PlanId: null, IsDryRun: false))
        );

    private static void Publish(World world, string version, string channel = "stable") =>
        Assert.IsType<CellAnswer.Published>(
            world.Ask(new CellInput.Publish("ana", AnOrder(version) with { Channel = channel }))
        );

    [Fact]
    public void Who_yanks_a_version_is_told_what_comes_of_it_and_again_that_it_is_so_already()
    {
        var world = AWorld(approval: null);

        Assert.Equal("checkout/1.0.0 is not yanked.", YankTold(world, isYanked: false));
        Assert.Equal(
            "checkout/1.0.0 is yanked: no train takes it along, and nobody goes back to it. It runs on at prod, staging.",
            YankTold(world, isYanked: true)
        );
        Assert.Equal("checkout/1.0.0 is yanked already.", YankTold(world, isYanked: true));
        Assert.Equal("checkout/1.0.0 may travel again.", YankTold(world, isYanked: false));
        Assert.Equal(
            ["version.yanked", "version.unyanked"],
            world.Journal.Where(entry => entry.Subject == "checkout/1.0.0").Select(entry => entry.Action).TakeLast(2)
        );
    }

    private static string YankTold(World world, bool isYanked) =>
        Assert
            .IsType<CellAnswer.Accepted>(
                world.Ask(new CellInput.YankVersion("ola", Checkout, SemanticVersion.Parse("1.0.0"), isYanked, "bad"))
            )
            .Message;

    private static CellAnswer Express(World world, string version) =>
        world.Ask(new CellInput.OrderExpress("ola", Checkout, SemanticVersion.Parse(version), "urgent"));

    private static CellAnswer RollBack(World world, string version) =>
        world.Ask(new CellInput.OrderRollback("ola", Checkout, Prod, SemanticVersion.Parse(version), "broken"));

    private static void Yank(World world, string version, bool isYanked) =>
        Assert.IsType<CellAnswer.Accepted>(
            world.Ask(new CellInput.YankVersion("ola", Checkout, SemanticVersion.Parse(version), isYanked, "bad"))
        );

    private static IEnumerable<StageName> StagesKept(World world, string version) =>
        TrainOf(world, version)!.Reservations.Select(each => each.Stage);

    private static bool IsQuiet(World world) => world.Cell.Rollouts.Values.All(RolloutMachine.IsFinished);

    private static Rollout? At(World world, string version, StageName stage) =>
        world.Cell.Rollouts.Values.LastOrDefault(each => each.To.ToString() == version && each.Stage.Name == stage);

    private static Train? TrainOf(World world, string version) =>
        world.Cell.Trains.Values.LastOrDefault(train => train.Consist?.Cars[0].Version.ToString() == version);

    private static string? Current(World world, StageName stage) =>
        world.Cell.Deployments.GetValueOrDefault(new DeploymentKey(Checkout, stage))?.Current?.ToString();
}
