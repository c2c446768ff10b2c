using System.Collections.Immutable;
using Orchestrator.Core;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Reconciliation;
using Orchestrator.Core.Trains;
using static Orchestrator.Simulation.Builders;

namespace Orchestrator.Simulation;

/// <summary>Hosts fetch the image of a sealed train before it comes to them.</summary>
public sealed class PrefetchTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromMinutes(3);
    private static readonly ImageReference New = ImageReference.Parse("sample@sha256:" + new string('b', 64));

    [Fact]
    public void A_sealed_train_has_its_image_fetched_where_it_is_likely_to_run_before_it_leaves()
    {
        var world = ARunning(hosts: 6);
        var before = world.Cell.Assignments;
        world.Ask(new CellInput.Publish("ana", TheNew()));

        world.RunUntil(each => Second(each)?.Phase is TrainPhase.Sealed, Soon);
        world.RunUntil(each => Told(each).Count > 0, Soon);

        Assert.IsType<TrainPhase.Sealed>(Second(world)!.Phase);
        var likely = Second(world)!
            .Reservations.SelectMany(each => each.Rooms.Select(room => room.Host))
            .Concat(world.Cell.Instances.Values.Select(each => each.Host))
            .Distinct()
            .Order();
        Assert.Equal(likely, Told(world));
        Assert.All(
            world.Hosts.Keys,
            host =>
                Assert.Equal(
                    RevisionOf(before, host) + (Told(world).Contains(host) ? 1 : 0),
                    RevisionOf(world.Cell.Assignments, host)
                )
        );
        world.RunUntil(each => Second(each)!.Phase is TrainPhase.Departed, Soon);
        Assert.Subset(likely.ToHashSet(), Of(world, "1.1.0").ToHashSet());
    }

    [Fact]
    public void What_a_host_is_assigned_is_not_fetched_ahead_and_nothing_is_once_the_train_has_arrived()
    {
        var world = ARunning(hosts: 6);
        world.Check = each =>
        {
            Invariants.Check(each);
            Assert.Empty(Of(each, "1.1.0").Intersect(Wished(each)));
        };
        world.Ask(new CellInput.Publish("ana", TheNew()));

        world.RunUntil(each => Told(each).Count > 0, Soon);
        world.RunUntil(each => Second(each)!.Phase is TrainPhase.Arrived, Soon);
        world.RunUntil(each => Told(each).Count == 0, Soon);

        Assert.Empty(Wished(world));
        Assert.Empty(Second(world)!.Prefetch);
    }

    [Fact]
    public void A_cancelled_train_is_fetched_no_longer()
    {
        var world = ARunning(hosts: 6);
        world.Ask(new CellInput.Publish("ana", TheNew()));
        world.RunUntil(each => Told(each).Count > 0, Soon);

        world.Ask(new CellInput.YankVersion("ana", Checkout, SemanticVersion.Parse("1.1.0"), IsYanked: true, "bad"));
        world.Run(TimeSpan.FromSeconds(1));

        Assert.IsType<TrainPhase.Cancelled>(Second(world)!.Phase);
        Assert.Empty(Wished(world));
        Assert.Empty(Told(world));
    }

    [Fact]
    public void Only_hosts_of_the_pool_that_lack_the_image_are_told()
    {
        var world = ARunning(hosts: 6, isLabelled: true);
        var holder = world.Cell.Instances.Values.First().Host;
        world.Hosts[holder].Images = [New.Key];
        world.Hosts[holder].Answer();
        world.Run(TimeSpan.FromSeconds(1));
        world.Ask(new CellInput.Publish("ana", TheNew()));

        world.RunUntil(each => Told(each).Count > 0, Soon);

        Assert.DoesNotContain(holder, Told(world));
        Assert.All(Told(world), host => Assert.True(world.Hosts[host].Labels.ContainsKey("web")));
    }

    [Fact]
    public void Where_nothing_runs_yet_those_are_told_that_would_be_chosen()
    {
        var world = new World(seed: 1, hosts: 6);
        world.Run(TimeSpan.FromSeconds(1));
        var fleet = AFleet(approval: null, "1.0.0");
        var line = Early(fleet.Lines[0], "default");

        world.Ask(new CellInput.Apply("root", fleet with { Lines = [line] }, PlanId: null, IsDryRun: false));
        world.RunUntil(each => Train(each, 1)?.Phase is TrainPhase.Sealed, Soon);
        var wished = Wished(world);
        world.RunUntil(each => Train(each, 1)!.Phase is TrainPhase.Arrived, Soon);

        Assert.NotEmpty(wished);
        Assert.Equal(world.Cell.Instances.Values.Select(each => each.Host).Distinct().Order(), wished);
    }

    [Fact]
    public void Of_a_coupled_train_each_service_has_its_own_image_fetched()
    {
        var front = ServiceName.Parse("front");
        var other = ImageReference.Parse("front@sha256:" + new string('c', 64));
        var world = new World(seed: 1, hosts: 6);
        world.Run(TimeSpan.FromSeconds(1));
        var fleet = AFleet(approval: null, "1.0.0");
        var line = Early(fleet.Lines[0], "default") with { Coupled = [new CoupledService(front, IsOptional: false)] };
        fleet = fleet with
        {
            Services = [.. fleet.Services, AService("front")],
            Versions = [TheNew(), TheNew() with { Service = front, Image = other }],
            Lines = [line],
        };

        world.Ask(new CellInput.Apply("root", fleet, PlanId: null, IsDryRun: false));
        world.RunUntil(each => Told(each).Count > 0, Soon);

        Assert.Equal(
            [other, New],
            world.Hosts.Values.SelectMany(host => host.Prefetch).Distinct().OrderBy(image => image.ToString())
        );
    }

    [Fact]
    public void A_conductor_that_takes_over_tells_them_again()
    {
        var world = ARunning(hosts: 6);
        world.Ask(new CellInput.Publish("ana", TheNew()));
        world.RunUntil(each => Told(each).Count > 0, Soon);
        var told = Told(world);

        world.Crash();
        Assert.Empty(Wished(world));
        world.Run(TimeSpan.FromSeconds(1));

        Assert.Equal(told, Wished(world));
        Assert.Equal(told, Told(world));
    }

    private static World ARunning(int hosts, bool isLabelled = false)
    {
        var world = new World(seed: 1, hosts);
        foreach (var host in world.Hosts.Values.Where((_, at) => isLabelled && at % 2 == 0))
        {
            host.Labels = ImmutableSortedDictionary<string, string>.Empty.Add("web", "yes");
        }

        var fleet = AFleet(approval: null, "1.0.0");
        var pool = new Pool(
            PoolName.Parse("web"),
            ImmutableSortedDictionary<string, string>.Empty.Add("web", "yes"),
            PoolPreference.Spread
        );
        world.Run(TimeSpan.FromSeconds(1));
        world.Ask(
            new CellInput.Apply(
                "root",
                fleet with
                {
                    Pools = isLabelled ? [pool] : [],
                    Lines = [Early(fleet.Lines[0], isLabelled ? "web" : "default")],
                },
                PlanId: null,
                IsDryRun: false
            )
        );
        world.RunUntil(each => Train(each, 1)?.Phase is TrainPhase.Arrived, Soon);
        world.Run(TimeSpan.FromSeconds(20));
        return world;
    }

    /// <summary>Sealed three seconds before it leaves.</summary>
    private static Line Early(Line line, string pool) =>
        line with
        {
            Boarding = line.Boarding with { CutOff = TimeSpan.FromSeconds(3) },
            Route = [.. line.Route.Select(stage => stage with { Pool = PoolName.Parse(pool) })],
        };

    private static PublishOrder TheNew() => AnOrder("1.1.0") with { Image = New };

    private static Train? Second(World world) => Train(world, 2);

    private static Train? Train(World world, long number) =>
        world.Cell.Trains.GetValueOrDefault(new TrainKey(LineName.Of(Checkout), number));

    private static long RevisionOf(ImmutableSortedDictionary<HostId, AssignmentLevel> levels, HostId host) =>
        levels.GetValueOrDefault(host)?.Revision ?? 0;

    private static List<HostId> Wished(World world) =>
        [.. world.Cell.Assignments.Values.Where(level => level.Prefetch.Length > 0).Select(level => level.Host)];

    private static List<HostId> Told(World world) =>
        [.. world.Hosts.Values.Where(host => host.Prefetch.Length > 0).Select(host => host.Id)];

    private static IEnumerable<HostId> Of(World world, string version) =>
        world.Cell.Instances.Values.Where(each => each.Version.ToString() == version).Select(each => each.Host);
}
