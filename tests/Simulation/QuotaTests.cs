using Orchestrator.Core;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Fleet;
using Orchestrator.Core.Reconciliation;
using Orchestrator.Core.Rollouts;
using static Orchestrator.Simulation.Builders;

namespace Orchestrator.Simulation;

public sealed class QuotaTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromMinutes(3);
    private static readonly TeamName Boutique = TeamName.Parse("boutique");

    /// <summary>Staging has 1 and prod 3, of 1000 millicores and 256 MiB each.</summary>
    [Theory]
    [InlineData(QuotaResource.Instances, 4, 3)]
    [InlineData(QuotaResource.Cpu, 4_000, 3_999)]
    [InlineData(QuotaResource.Memory, 4 * 256, (4 * 256) - 1)]
    public void Counts_that_are_more_than_the_quota_are_refused_with_the_place_and_the_numbers(
        QuotaResource resource,
        long enough,
        long tooFew
    )
    {
        var accepted = Apply(new World(seed: 1, hosts: 3), AFleetWith(new QuotaLimit(resource, enough)));
        var refused = Apply(new World(seed: 1, hosts: 3), AFleetWith(new QuotaLimit(resource, tooFew)));

        Assert.IsType<CellAnswer.Applied>(accepted);
        var place = Assert.Single(Assert.IsType<CellAnswer.Refused>(refused).Places);
        Assert.Equal(
            ("Line/checkout", "spec.route[1].count", "quota_exceeded"),
            (place.Subject, place.Path, place.Code)
        );
        var unit = QuotaResources.UnitOf(resource);
        Assert.Equal(
            $"All stages of team boutique's services together want {enough} {unit}, and its quota allows {tooFew}.",
            place.Message
        );
    }

    [Fact]
    public void A_service_that_grows_beyond_the_quota_is_blamed_where_its_line_is_not_applied()
    {
        var world = ARunning(new QuotaLimit(QuotaResource.Cpu, 6_000));
        var service = world.Cell.Services[Checkout];
        var larger = service with { Template = service.Template with { Request = new Resources(2_000, 256) } };

        var refused = Apply(world, new ManifestSet([], [larger], [], []));

        var place = Assert.Single(Assert.IsType<CellAnswer.Refused>(refused).Places);
        Assert.Equal(("Service/checkout", "spec", "quota_exceeded"), (place.Subject, place.Path, place.Code));
    }

    [Fact]
    public void A_lowered_quota_evicts_nobody_and_lets_nothing_more_be_placed()
    {
        var world = ARunning(new QuotaLimit(QuotaResource.Instances, 5));

        Assert.IsType<CellAnswer.Applied>(Apply(world, ATeam(new QuotaLimit(QuotaResource.Instances, 2))));
        world.Run(TimeSpan.FromSeconds(30));
        Assert.Equal(4, world.Cell.Instances.Count);
        var host = world.Cell.Instances.Values.First(each => each.Stage == Prod).Host;
        world.Hosts[host].PowerOff();
        world.RunUntil(each => each.Cell.Hosts[host].State == HostState.Lost, Soon);
        world.Run(TimeSpan.FromSeconds(5));

        Assert.Equal(
            "team boutique's quota allows 2 instances and 3 exist; raise spec.quota.instances of Team boutique, or run fewer",
            world.Cell.Deployments[new DeploymentKey(Checkout, Prod)].Unplaced
        );
        Assert.Contains(world.Cell.Instances.Values, each => each.Phase is InstancePhase.Lost);
    }

    [Fact]
    public void What_has_no_room_in_the_quota_is_placed_when_there_is_some()
    {
        var world = ARunning(new QuotaLimit(QuotaResource.Instances, 4));
        world.Ask(new CellInput.Publish("ana", AnOrder("1.1.0")));
        world.RunUntil(each => Shortage(each).Length > 0, Soon);

        Assert.StartsWith(
            "no room for 1 more instance at staging: team boutique's quota allows 4 instances and 4 exist;",
            Shortage(world)
        );
        Assert.Contains(
            world.Journal,
            entry => entry.Action == "train.short-of-room" && entry.Reason.Contains("quota", StringComparison.Ordinal)
        );
        Apply(world, ATeam(new QuotaLimit(QuotaResource.Instances, 5)));
        world.RunUntil(
            each => each.Cell.Deployments[new DeploymentKey(Checkout, Prod)].Current == SemanticVersion.Parse("1.1.0"),
            Soon
        );

        Assert.Empty(Unplaced(world, Staging));
        Assert.Contains(world.Journal, entry => entry is { Action: "team.applied", Subject: "boutique" });
    }

    /// <summary>Four take 4,000, so that nothing of 4,999 is left for a fifth.</summary>
    [Theory]
    [InlineData(4_999, "and 4000 are taken, and one more takes 1000;")]
    [InlineData(5_000, "")]
    public void Of_what_is_measured_there_is_room_for_whole_instances_only(long most, string shortage)
    {
        var world = ARunning(new QuotaLimit(QuotaResource.Cpu, most));
        var seen = 0;
        world.Check = each =>
        {
            Invariants.Check(each);
            seen = Math.Max(seen, each.Cell.Instances.Count);
        };
        world.Ask(new CellInput.Publish("ana", AnOrder("1.1.0")));

        world.Run(TimeSpan.FromMinutes(1));

        Assert.Contains(shortage, Shortage(world), StringComparison.Ordinal);
        Assert.Equal(shortage.Length > 0, Shortage(world).Length > 0);
        Assert.Equal(most / 1_000, seen);
    }

    /// <summary>It can be placed where everything is taken.</summary>
    [Fact]
    public void What_asks_for_nothing_of_a_resource_is_not_bounded_by_it()
    {
        var world = ARunning(new QuotaLimit(QuotaResource.Cpu, 4_000));
        var service = AService("idler");
        var idler = service with { Template = service.Template with { Request = new Resources(0, 64) } };
        var line = world.Cell.Lines[LineName.Of(Checkout)];
        Apply(
            world,
            new ManifestSet(
                [],
                [idler],
                [AnOrder("1.0.0") with { Service = idler.Name }],
                [line with { Service = idler.Name, Route = [line.Route[0]] }]
            )
        );

        world.RunUntil(each => each.Cell.Instances.Count == 5, Soon);
    }

    [Fact]
    public void A_service_that_changes_hands_takes_what_it_uses_along()
    {
        var world = ARunning(new QuotaLimit(QuotaResource.Instances, 10));
        var other = TeamName.Parse("other");

        Apply(world, new ManifestSet([], [world.Cell.Services[Checkout] with { Team = other }], [], []));
        Apply(
            world,
            new ManifestSet([], [], [], []) { Teams = [new Team(other, [new QuotaLimit(QuotaResource.Instances, 4)])] }
        );
        world.Ask(new CellInput.Publish("ana", AnOrder("1.1.0")));
        world.RunUntil(each => Shortage(each).Length > 0, Soon);

        Assert.Contains(
            "team other's quota allows 4 instances and 4 exist;",
            Shortage(world),
            StringComparison.Ordinal
        );
        var uses = QuotaUse.Of(world.Cell);
        Assert.Equal(0, uses[Boutique][0].Used);
        Assert.Equal(new QuotaUse(QuotaResource.Instances, Used: 4, Most: 4), uses[other][0]);

        Apply(world, new ManifestSet([], [world.Cell.Services[Checkout] with { Team = Boutique }], [], []));
        Apply(world, ATeam(new QuotaLimit(QuotaResource.Instances, 6)));
        world.RunUntil(each => each.Cell.Instances.Count > 4, Soon);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Whatever_goes_wrong_no_team_is_placed_above_its_quota(int block)
    {
        for (var seed = block * 1_000; seed < (block * 1_000) + 25; seed++)
        {
            var random = new Random(seed);
            var world = ARunning(new QuotaLimit(QuotaResource.Cpu, 5_000), seed);
            world.Faults = new Faults(
                LosePercent: 5,
                RepeatPercent: 5,
                DelayPercent: 20,
                CrashPercent: 3,
                KillPercent: 1
            );
            for (var turn = 0; turn < 10; turn++)
            {
                var host = world.Hosts.Keys.ElementAt(random.Next(world.Hosts.Count));
                world.Hosts[host].IsCutOff = random.Next(3) == 0;
                Apply(world, ATeam(new QuotaLimit(QuotaResource.Cpu, random.Next(3_000, 7_000))));
                world.Ask(new CellInput.Publish("ana", AnOrder($"1.{turn + 1}.0")));
                world.Run(TimeSpan.FromSeconds(random.Next(1, 20)));
            }

            world.Faults = Faults.None;
            foreach (var host in world.Hosts.Values)
            {
                host.IsCutOff = false;
            }

            Apply(world, ATeam(new QuotaLimit(QuotaResource.Cpu, 6_000)));
            world.Ask(new CellInput.Publish("ana", AnOrder("2.0.0")));
            world.RunUntil(
                each => each.Cell.Deployments.Values.All(one => one.Current == SemanticVersion.Parse("2.0.0")),
                TimeSpan.FromMinutes(10)
            );
        }
    }

    private static string Shortage(World world) =>
        string.Concat(world.Cell.Trains.Values.Select(train => train.Shortage));

    private static string Unplaced(World world, StageName stage) =>
        world.Cell.Deployments[new DeploymentKey(Checkout, stage)].Unplaced;

    private static CellAnswer Apply(World world, ManifestSet manifests) =>
        world.Ask(new CellInput.Apply("root", manifests, PlanId: null, IsDryRun: false));

    private static ManifestSet ATeam(QuotaLimit limit) => new([], [], [], []) { Teams = [new Team(Boutique, [limit])] };

    private static ManifestSet AFleetWith(QuotaLimit limit) =>
        AFleet(approval: null, "1.0.0") with
        {
            Teams = [new Team(Boutique, [limit])],
        };

    private static World ARunning(QuotaLimit limit, int seed = 1)
    {
        var world = new World(seed, hosts: 3);
        Assert.IsType<CellAnswer.Applied>(Apply(world, AFleetWith(limit)));
        world.RunUntil(
            each =>
                each.Cell.Rollouts.Count == 2
                && each.Cell.Rollouts.Values.All(RolloutMachine.IsFinished)
                && each.Cell.Instances.Values.Count(one => one.IsReady) == 4,
            Soon
        );
        return world;
    }
}
