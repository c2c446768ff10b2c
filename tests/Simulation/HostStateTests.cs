using System.Globalization;
using Orchestrator.Core;
using Orchestrator.Core.Fleet;
using Orchestrator.Core.Placement;
using Orchestrator.Core.Reconciliation;
using Orchestrator.Core.Rollouts;
using static Orchestrator.Simulation.Builders;

namespace Orchestrator.Simulation;

public sealed class HostStateTests
{
    private const int Count = 3;
    private static readonly TimeSpan Soon = TimeSpan.FromMinutes(3);
    private static readonly PlacementRules Alone = PlacementRules.None with { MostPerHost = 1 };

    [Fact]
    public void A_drain_moves_one_at_a_time_where_the_policy_allows_no_more()
    {
        var world = ARunning(AFleetOf(count: 4, surge: 1, unavailable: 0), hosts: 2);
        var host = Busiest(world);

        var most = DrainCounting(world, host, within: null);

        Assert.Equal(1, most);
        Assert.Equal(HostState.Drained, world.Cell.Hosts[host].State);
        Assert.Equal(0, world.Gateway.Unanswered);
    }

    [Fact]
    public void A_drain_moves_several_at_once_where_the_policy_allows_it()
    {
        var world = ARunning(AFleetOf(count: 4, surge: 2, unavailable: 1), hosts: 2);
        var host = Busiest(world);

        var most = DrainCounting(world, host, within: null);

        Assert.Equal(2, most);
        Assert.Equal(HostState.Drained, world.Cell.Hosts[host].State);
        Assert.Equal(0, world.Gateway.Unanswered);
    }

    [Fact]
    public void A_service_without_surge_is_moved_by_what_it_can_do_without()
    {
        var world = ARunning(AFleetOf(count: 4, surge: 0, unavailable: 1), hosts: 2);
        var host = Busiest(world);

        DrainCounting(world, host, within: null);

        Assert.Equal(HostState.Drained, world.Cell.Hosts[host].State);
        world.RunUntil(each => ReadyAt(each, Prod) == 4, Soon);
    }

    [Fact]
    public void A_drain_without_a_deadline_waits_for_ever_for_a_service_that_has_no_other_place()
    {
        var world = ARunning(AFleetOf(Count, surge: 1, unavailable: 0, Alone), hosts: Count);
        var host = Busiest(world);

        world.Ask(new CellInput.DrainHost("ops", host, Within: null, "new kernel"));
        world.Run(TimeSpan.FromMinutes(10));

        Assert.Equal(HostState.Draining, world.Cell.Hosts[host].State);
        Assert.Equal(Count, ReadyAt(world, Prod));
        Assert.Equal(
            [
                "checkout.prod has 1 instance left and no place for another: no host fits (Draining: 1, TooManyOnHost: 2)",
            ],
            DrainExplainer.Waits(world.Cell, world.Cell.Hosts[host]).Where(each => each.Contains("prod")).ToArray()
        );
    }

    [Fact]
    public void Who_drains_a_host_is_told_what_comes_of_it_and_since_when()
    {
        var world = ARunning(AFleetOf(Count, surge: 1, unavailable: 0), hosts: Count);
        var host = Busiest(world);
        var id = host.Value;

        var asked = Said(world.Ask(new CellInput.DrainHost("ops", host, TimeSpan.FromDays(31), "new kernel")));
        world.Run(TimeSpan.FromSeconds(1));
        var again = Said(world.Ask(new CellInput.DrainHost("ana", host, Within: null, "")));
        var opened = Said(world.Ask(new CellInput.SetAvailability("ops", host, HostAvailability.Open)));
        var already = Said(world.Ask(new CellInput.SetAvailability("ops", host, HostAvailability.Open)));
        world.Ask(new CellInput.DrainHost("ops", host, Within: null, ""));
        world.Run(TimeSpan.FromSeconds(2));
        world.Ask(new CellInput.DrainHost("ana", host, TimeSpan.FromMinutes(5), "hurry"));
        world.RunUntil(each => each.Cell.Hosts[host].State == HostState.Drained, Soon);
        var since = world.Journal.Last(entry => entry.Action == "host.draining" && entry.Actor == "ops").At;
        var drained = Assert.Single(world.Journal, entry => entry.Action == "host.drained");
        var done = Said(world.Ask(new CellInput.SetAvailability("ops", host, HostAvailability.Cordoned)));

        Assert.Matches($"^{id} is draining, until 2026-04-02 09:0.:..Z at the latest\\.$", asked);
        Assert.Equal(
            [
                $"{id} is draining, without a deadline.",
                $"{id} is open; its drain is cancelled.",
                $"{id} is open already.",
            ],
            [again, opened, already]
        );
        Assert.Equal($"{id} is cordoned.", done);
        Assert.Equal(
            string.Create(
                CultureInfo.InvariantCulture,
                $"nothing is left on it, {(drained.At - since).TotalSeconds:F0} s after ana asked"
            ),
            drained.Reason
        );
        Assert.Equal(
            ["without a deadline", "without a deadline"],
            Told(world, "host.draining").Where(reason => reason.StartsWith("without", StringComparison.Ordinal))
        );
        Assert.Equal(["its drain is cancelled"], Told(world, "host.open"));
        Assert.Equal([""], Told(world, "host.cordoned"));
        Assert.EndsWith("at the latest: new kernel", Told(world, "host.draining").First());
    }

    [Theory]
    [InlineData(0.9)]
    [InlineData((31 * 86_400) + 1)]
    public void A_deadline_that_nobody_means_is_refused(double seconds)
    {
        var world = ARunning(AFleetOf(Count, surge: 1, unavailable: 0), hosts: Count);
        var asked = new CellInput.DrainHost("ops", Busiest(world), TimeSpan.FromSeconds(seconds), "");

        Assert.Equal("deadline_out_of_range", Assert.IsType<CellAnswer.Refused>(world.Ask(asked)).Code);
        Assert.DoesNotContain(world.Cell.Hosts.Values, host => host.Drain is not null);
    }

    [Fact]
    public void At_the_deadline_what_is_left_moves_in_the_name_of_who_set_it()
    {
        var world = ARunning(AFleetOf(Count, surge: 1, unavailable: 0, Alone), hosts: Count);
        var host = Busiest(world);

        world.Ask(new CellInput.DrainHost("ops", host, TimeSpan.FromSeconds(30), "new kernel"));
        world.Run(TimeSpan.FromSeconds(28));
        Assert.Equal(Count, ReadyAt(world, Prod));
        world.RunUntil(each => each.Cell.Hosts[host].State == HostState.Drained, Soon);

        Assert.Equal(Count - 1, ReadyAt(world, Prod));
        Assert.Equal(0, world.Gateway.Unanswered);
        Assert.Contains(world.Journal, entry => entry is { Action: "host.drain-overdue", Actor: "ops" });
        Assert.Contains(world.Journal, entry => entry.Action == "host.drained" && entry.Subject == host.Value);
        Assert.Contains(
            world.Journal,
            entry =>
                entry.Action == "instance.draining"
                && entry.Reason == $"{host} drains and the deadline that ops set is over"
        );
    }

    [Fact]
    public void What_is_not_ready_stays_on_a_draining_host_while_there_is_no_other_place()
    {
        var world = ARunning(AFleetOf(Count, surge: 1, unavailable: 0, Alone), hosts: Count);
        var host = Busiest(world);
        world.Hosts[host].KillAll();
        world.RunUntil(each => ReadyAt(each, Prod) == Count - 1, Soon);

        world.Ask(new CellInput.DrainHost("ops", host, Within: null, ""));
        world.RunUntil(each => ReadyAt(each, Prod) == Count, Soon);

        Assert.Equal(HostState.Draining, world.Cell.Hosts[host].State);
    }

    [Fact]
    public void Opening_a_host_cancels_its_drain_and_its_deadline()
    {
        var world = ARunning(AFleetOf(Count, surge: 1, unavailable: 0, Alone), hosts: Count);
        var host = Busiest(world);

        world.Ask(new CellInput.DrainHost("ops", host, TimeSpan.FromSeconds(10), ""));
        world.Ask(new CellInput.SetAvailability("ops", host, HostAvailability.Open));
        world.Run(TimeSpan.FromMinutes(1));

        Assert.Equal(HostState.Ready, world.Cell.Hosts[host].State);
        Assert.Equal(Count, ReadyAt(world, Prod));
        Assert.DoesNotContain(world.Journal, entry => entry.Action == "host.drain-overdue");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-5)]
    [InlineData(60L * 60 * 24 * 32)]
    public void A_deadline_that_nobody_can_mean_is_refused(long seconds)
    {
        var world = ARunning(AFleetOf(Count, surge: 1, unavailable: 0), hosts: Count);

        var answer = world.Ask(
            new CellInput.DrainHost("ops", HostId.Parse("h1"), TimeSpan.FromSeconds(seconds), Reason: "")
        );

        Assert.Equal("deadline_out_of_range", Assert.IsType<CellAnswer.Refused>(answer).Code);
        Assert.Equal(HostState.Ready, world.Cell.Hosts[HostId.Parse("h1")].State);
    }

    [Fact]
    public void What_still_runs_on_a_returned_host_is_taken_back_where_it_was_not_replaced()
    {
        var world = ARunning(AFleetOf(Count, surge: 1, unavailable: 0, Alone), hosts: Count);
        var host = Busiest(world);
        var before = world.Hosts[host].Containers.Select(each => (each.Id, each.ReadyAt)).ToList();
        var placed = world.Journal.Count(entry => entry.Action == "instance.placed");

        var assigned = Levels.Assignment(world.Cell, host);
        Lose(world, host);
        Assert.Equal(Count - 1, ReadyAt(world, Prod));
        var kept = Levels.Assignment(world.Cell, host);
        Assert.Equal(assigned.Revision, kept.Revision);
        Assert.Equal(
            assigned.Instances.Select(each => each.Instance.Id),
            kept.Instances.Select(each => each.Instance.Id)
        );
        world.Hosts[host].IsCutOff = false;
        world.RunUntil(each => ReadyAt(each, Prod) == Count, Soon);
        world.Run(TimeSpan.FromSeconds(20));

        Assert.Equal(HostState.Ready, world.Cell.Hosts[host].State);
        Assert.Equal(before, world.Hosts[host].Containers.Select(each => (each.Id, each.ReadyAt)));
        Assert.Equal(placed, world.Journal.Count(entry => entry.Action == "instance.placed"));
        Assert.Contains(world.Journal, entry => entry.Action == "instance.taken-back");
    }

    [Fact]
    public void What_still_serves_on_a_returned_host_is_taken_back_while_its_replacement_does_not_serve_yet()
    {
        var world = ARunning(AFleetOf(Count, surge: 1, unavailable: 0), hosts: Count);
        var host = Busiest(world);
        var before = world.Cell.Instances.Values.Where(each => each.Host == host).Select(each => each.Id).ToList();

        world.Hosts[host].IsCutOff = true;
        world.RunUntil(each => each.Cell.Hosts[host].State == HostState.Lost, Soon);
        world.Hosts[host].IsCutOff = false;
        world.RunUntil(each => ReadyAt(each, Prod) == Count, Soon);
        world.Run(TimeSpan.FromSeconds(20));

        var taken = world.Journal.Where(entry => entry.Action == "instance.taken-back").ToList();
        Assert.Equal(before.Select(id => id.Value), taken.Select(entry => entry.Subject));
        Assert.All(
            taken,
            entry =>
                Assert.Equal($"it still runs on {host}, and what was placed in its stead is not ready", entry.Reason)
        );
        Assert.Subset(world.Cell.Instances.Values.Select(each => each.Id).ToHashSet(), before.ToHashSet());
    }

    [Fact]
    public void What_was_replaced_is_stopped_on_a_returned_host()
    {
        var world = ARunning(AFleetOf(Count, surge: 1, unavailable: 0), hosts: Count);
        var host = Busiest(world);
        var before = world.Cell.Instances.Values.Where(each => each.Host == host).Select(each => each.Id).ToList();

        Lose(world, host);
        world.RunUntil(each => ReadyAt(each, Prod) == Count, Soon);
        world.Hosts[host].IsCutOff = false;
        world.RunUntil(each => each.Cell.Hosts[host].State == HostState.Reconnected, Soon);
        world.RunUntil(each => each.Cell.Hosts[host].State == HostState.Ready, Soon);
        world.Run(TimeSpan.FromSeconds(5));

        Assert.DoesNotContain(world.Journal, entry => entry.Action == "instance.taken-back");
        Assert.DoesNotContain(world.Hosts[host].Containers, each => before.Contains(each.Id));
        Assert.DoesNotContain(world.Cell.Instances.Values.Select(each => each.Id), before.Contains);
        Assert.Equal(Count, ReadyAt(world, Prod));
    }

    /// <summary>What it runs decides what it is assigned, and it says that in its report only.</summary>
    [Fact]
    public void Who_is_heard_again_is_asked_for_a_report_and_not_with_every_word()
    {
        var world = ARunning(AFleetOf(Count, surge: 1, unavailable: 0), hosts: Count);
        var (id, now) = (Busiest(world), world.Now);
        var host = world.Cell.Hosts[id];
        var cell = world.Cell with { Hosts = world.Cell.Hosts.SetItem(id, host with { LostSince = now }) };
        var draft = CellDraft.From(cell, CellSettings.Embedded, epoch: 1, now);
        var heard = new CellInput.HostHeard(id, "another", host.ReportEpoch, host.ReportRevision, host.ReportDigest);

        var asked = Enumerable
            .Range(0, 5)
            .Select(seconds =>
                CellMachine
                    .Decide(draft, [heard], now.AddSeconds(seconds))
                    .Commands.Where(command =>
                        command is CellCommand.AskReport(var of) && of == id
                        || command is CellCommand.Assign(var to, _) && to == id
                    )
                    .Select(command => command.GetType().Name)
                    .SingleOrDefault("nothing")
            );

        Assert.Equal(["AskReport", "nothing", "AskReport", "nothing", "AskReport"], asked);
    }

    [Fact]
    public void A_draining_host_that_is_lost_and_returns_drains_on()
    {
        var world = ARunning(AFleetOf(Count, surge: 1, unavailable: 0, Alone), hosts: Count);
        var host = Busiest(world);

        world.Ask(new CellInput.DrainHost("ops", host, TimeSpan.FromMinutes(2), ""));
        Lose(world, host);
        world.Hosts[host].IsCutOff = false;
        world.RunUntil(each => each.Cell.Hosts[host].State == HostState.Draining, Soon);
        Assert.Equal(Count, ReadyAt(world, Prod));
        world.RunUntil(each => each.Cell.Hosts[host].State == HostState.Drained, Soon);

        Assert.Empty(world.Hosts[host].Containers);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Whatever_is_drained_lost_and_opened_the_fleet_converges_once_it_stops(int block)
    {
        for (var seed = block * 1_000; seed < (block * 1_000) + 60; seed++)
        {
            var random = new Random(seed);
            var (surge, unavailable) = (random.Next(0, 3), random.Next(0, 3));
            var world = ARunning(
                AFleetOf(Count, Math.Max(surge, unavailable == 0 ? 1 : 0), unavailable),
                hosts: 4,
                seed
            );
            world.Faults = new Faults(
                LosePercent: 5,
                RepeatPercent: 10,
                DelayPercent: 20,
                CrashPercent: 1,
                KillPercent: 0
            );
            for (var turn = 0; turn < 15; turn++)
            {
                Disturb(world, random);
                world.Run(TimeSpan.FromSeconds(random.Next(1, 15)));
            }

            world.Faults = Faults.None;
            foreach (var host in world.Hosts.Values)
            {
                host.IsCutOff = false;
                host.PowerOn();
                world.Ask(new CellInput.SetAvailability("ops", host.Id, HostAvailability.Open));
            }

            world.RunUntil(IsSettled, TimeSpan.FromMinutes(10));
        }
    }

    private static string Said(CellAnswer answer) => Assert.IsType<CellAnswer.Accepted>(answer).Message;

    private static IEnumerable<string> Told(World world, string action) =>
        world.Journal.Where(entry => entry.Action == action).Select(entry => entry.Reason);

    private static bool IsSettled(World world) =>
        world.Cell.Hosts.Values.All(host => host.State == HostState.Ready)
        && world.Cell.Rollouts.Values.All(RolloutMachine.IsFinished)
        && world.Cell.Rebalances.Values.All(each => each.Phase is not RebalancePhase.Running)
        && world.Cell.Instances.Values.All(instance => instance.IsReady)
        && world.Cell.Deployments.Values.All(each => each.Unplaced.Length == 0)
        && ReadyAt(world, Prod) == Count
        && world
            .Cell.Instances.Values.Select(each => each.Id)
            .Order()
            .SequenceEqual(world.Hosts.Values.SelectMany(host => host.Containers).Select(each => each.Id).Order());

    private static void Disturb(World world, Random random)
    {
        var host = world.Hosts.Keys.ElementAt(random.Next(world.Hosts.Count));
        switch (random.Next(9))
        {
            case 0:
                world.Ask(new CellInput.DrainHost("ops", host, Within: null, ""));
                break;
            case 1:
                world.Ask(new CellInput.DrainHost("ops", host, TimeSpan.FromSeconds(random.Next(1, 20)), ""));
                break;
            case 2:
                world.Ask(new CellInput.SetAvailability("ops", host, HostAvailability.Open));
                break;
            case 3:
                world.Hosts[host].IsCutOff = !world.Hosts[host].IsCutOff;
                break;
            case 4 when world.Hosts[host].IsPowered:
                world.Hosts[host].PowerOff();
                break;
            case 4:
                world.Hosts[host].PowerOn();
                break;
            case 5:
                world.Ask(new CellInput.SetAvailability("ops", host, HostAvailability.Cordoned));
                break;
            case 6:
                world.Ask(new CellInput.AskRebalance("ops", ARebalance(random), ""));
                break;
            case 7:
                world.Ask(new CellInput.CancelRebalance("ops", world.Cell.Rebalances.Count, ""));
                break;
            default:
                world.Ask(new CellInput.Publish("ana", AnOrder($"1.{world.Cell.Versions.Count}.0")));
                break;
        }
    }

    private static RebalanceOrder ARebalance(Random random) =>
        new(
            PoolName.Parse("default"),
            random.Next(2) == 0 ? RebalanceGoal.Pack : RebalanceGoal.Spread,
            Moves: random.Next(1, 6)
        );

    private static int DrainCounting(World world, HostId host, TimeSpan? within)
    {
        var most = 0;
        world.Check = each =>
        {
            Invariants.Check(each);
            most = Math.Max(most, InMotion(each));
        };
        world.Ask(new CellInput.DrainHost("ops", host, within, Reason: ""));
        world.RunUntil(each => each.Cell.Hosts[host].State == HostState.Drained, Soon);
        return most;
    }

    /// <summary>Instances of prod that end, or are not ready yet to take over.</summary>
    private static int InMotion(World world)
    {
        var prod = world.Cell.Instances.Values.Where(instance => instance.Stage == Prod).ToList();
        return Math.Max(
            prod.Count(instance => instance.Phase is InstancePhase.Draining or InstancePhase.Stopping),
            prod.Count(instance => instance.Phase is InstancePhase.Active && !instance.IsReady)
        );
    }

    private static void Lose(World world, HostId host)
    {
        world.Hosts[host].IsCutOff = true;
        world.RunUntil(each => each.Cell.Hosts[host].State == HostState.Lost, Soon);
        world.Run(TimeSpan.FromSeconds(1));
    }

    private static HostId Busiest(World world) =>
        world
            .Cell.Instances.Values.Where(instance => instance.Stage == Prod)
            .GroupBy(instance => instance.Host)
            .MaxBy(group => group.Count())!
            .Key;

    private static int ReadyAt(World world, StageName stage) =>
        world.Cell.Instances.Values.Count(instance => instance.Stage == stage && instance.IsReady);

    private static World ARunning(ManifestSet fleet, int hosts, int seed = 1)
    {
        var world = new World(seed, hosts);
        Assert.IsType<CellAnswer.Applied>(world.Ask(new CellInput.Apply("root", fleet, PlanId: null, IsDryRun: false)));
        var count = fleet.Lines[0].Route[^1].Count;
        world.RunUntil(
            each =>
                ReadyAt(each, Prod) == count
                && each.Cell.Rollouts.Count == 2
                && each.Cell.Rollouts.Values.All(RolloutMachine.IsFinished),
            Soon
        );
        return world;
    }

    private static ManifestSet AFleetOf(int count, int surge, int unavailable) =>
        AFleetOf(count, surge, unavailable, PlacementRules.None);

    private static ManifestSet AFleetOf(int count, int surge, int unavailable, PlacementRules rules)
    {
        var fleet = AFleet(approval: null, "1.0.0");
        var service = fleet.Services[0];
        var strategy = AStrategy() with { MaxSurge = surge, MaxUnavailable = unavailable };
        var route = fleet.Lines[0].Route;
        return fleet with
        {
            Services =
            [
                service with
                {
                    Template = service.Template with { Request = new Resources(500, 256), Placement = rules },
                },
            ],
            Lines = [fleet.Lines[0] with { Route = [route[0], route[1] with { Count = count, Strategy = strategy }] }],
        };
    }
}
