using System.Collections.Immutable;
using Orchestrator.Core;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Reconciliation;
using static Orchestrator.Simulation.Builders;

namespace Orchestrator.Simulation;

/// <summary>
/// A small fleet with something of everything: a line of two services that depend on each other, another one in a pool of its
/// own, a daemon and a batch, two teams, one of them with a quota.
/// </summary>
internal static class DayFleet
{
    public static readonly ServiceName Front = ServiceName.Parse("front");
    public static readonly ServiceName Mail = ServiceName.Parse("mail");
    public static readonly ServiceName Logger = ServiceName.Parse("logger");
    public static readonly ServiceName Report = ServiceName.Parse("report");
    public static readonly PoolName East = PoolName.Parse("east");
    public static readonly TeamName Boutique = TeamName.Parse("boutique");
    public static readonly TeamName Post = TeamName.Parse("post");

    public static ManifestSet Of(Line checkout) =>
        new(
            Pools: [EastPool(mostRollouts: 1)],
            Services:
            [
                AService("checkout"),
                AService("front") with
                {
                    Dependencies = [new Dependency(Checkout, Majors("1"))],
                },
                AService("mail") with
                {
                    Team = Post,
                    Priority = 30,
                    Template = AService("mail").Template with { Placement = Apart(Checkout) },
                },
                AKind("logger", new ServiceKind.Daemon(), new Resources(100, 32)) with
                {
                    Priority = 90,
                },
                AKind(
                    "report",
                    new ServiceKind.Batch(Completions: 3, 2, Retries: 2, TimeSpan.FromMinutes(2)),
                    new(500, 64)
                ),
            ],
            Versions:
            [
                .. new[] { Checkout, Front, Mail, Logger, Report }.Select(service =>
                    AnOrder("1.0.0") with
                    {
                        Service = service,
                    }
                ),
            ],
            Lines:
            [
                checkout,
                ALineOf(Mail, count: 3, East) with
                {
                    Boarding = new BoardingRule("stable", TimeSpan.FromSeconds(2)) { MinAge = TimeSpan.FromSeconds(4) },
                },
                ALineOf(Logger, count: 0, PoolName.Parse("default")),
                ALineOf(Report, count: 0, PoolName.Parse("default")),
            ]
        )
        {
            Teams = [ATeam(Boutique, instances: 14), ATeam(Post, instances: 6)],
        };

    public static Pool EastPool(int? mostRollouts) =>
        new(East, ImmutableSortedDictionary<string, string>.Empty.Add("side", "east"), PoolPreference.BinPack)
        {
            MaxConcurrentRollouts = mostRollouts,
        };

    public static Team ATeam(TeamName name, long instances) =>
        new(name, [new QuotaLimit(QuotaResource.Instances, instances)]);

    /// <summary>Three zones, and two sides.</summary>
    public static void Label(World world)
    {
        world.InZones("a", "b", "c");
        foreach (var (index, host) in world.Hosts.Values.Index())
        {
            host.Labels = host.Labels.SetItem("side", index % 2 == 0 ? "east" : "west");
        }
    }

    private static Line ALineOf(ServiceName service, int count, PoolName pool)
    {
        var line = ALineBy("rolling", count);
        return line with { Service = service, Route = [line.Route[0] with { Pool = pool }] };
    }

    private static Service AKind(string name, ServiceKind kind, Resources request)
    {
        var service = AService(name);
        return service with { Template = service.Template with { Kind = kind, Request = request, Port = 0 } };
    }

    private static PlacementRules Apart(ServiceName service) =>
        PlacementRules.None with
        {
            MostPerHost = 2,
            Spreads =
            [
                new SpreadRule("zone", 1, IsHard: false, ImmutableSortedDictionary<string, int>.Empty, int.MaxValue),
            ],
            Apart = [new NeighbourRule(service, Prod, NeighbourRule.OnHost, Weight: 50)],
        };
}
