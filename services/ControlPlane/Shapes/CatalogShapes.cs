using Orchestrator.Contracts.Http;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Reconciliation;
using Orchestrator.Core.Trains;

namespace Orchestrator.ControlPlane.Shapes;

/// <summary>Services, versions and lines as the API shows them.</summary>
internal static class CatalogShapes
{
    public static ServiceView Of(Cell cell, Service service) =>
        new()
        {
            Name = service.Name.Value,
            Team = service.Team.Value,
            Kind = service.Template.Kind.Word,
            LatestVersion =
                cell.Versions.Values.Where(version => version.Service == service.Name)
                    .Select(version => version.Number)
                    .Max()
                    ?.ToString()
                ?? "",
            Deployments =
            [
                .. cell
                    .Deployments.Values.Where(each => each.Service == service.Name)
                    .Select(each => FleetShapes.Of(cell, each)),
            ],
        };

    public static VersionView Of(ServiceVersion version) =>
        new()
        {
            Service = version.Service.Value,
            Version = version.Number.ToString(),
            Channel = version.Channel,
            Image = version.Template.Image.ToString(),
            Digest = version.ContentDigest(),
            PublishedBy = version.PublishedBy,
            PublishedAt = version.PublishedAt,
            Yanked = YankOf(version),
            Repository = version.Provenance?.Repository ?? "",
            Commit = version.Provenance?.Commit ?? "",
        };

    public static PoolView Of(Pool pool) =>
        new()
        {
            Name = pool.Name.Value,
            Selector = pool.Selector,
            Placement = pool.Preference switch
            {
                PoolPreference.Spread => "spread",
                PoolPreference.BinPack => "binpack",
                _ => throw new ArgumentOutOfRangeException(nameof(pool)),
            },
            Rules =
            [
                .. CapacityRules.Lines(pool).Concat(StageTurns.Lines(pool)).Select(rule => $"{rule.Path} {rule.Value}"),
            ],
        };

    public static LineView Of(Cell cell, Line line)
    {
        var next = cell.Trains.Values.FirstOrDefault(train =>
            train.Id.Line == line.Name && train.Phase is (TrainPhase.Boarding or TrainPhase.Sealed)
        );
        return new LineView
        {
            Name = line.Name.Value,
            Service = line.Service.Value,
            Coupled = [.. line.Coupled.Select(each => new CoupledView(each.Service.Value, each.IsOptional))],
            Cron = line.Timetable.Cron,
            Zone = line.Timetable.Zone,
            Channel = line.Boarding.Channel,
            Route = [.. line.Route.Select(stage => stage.Name.Value)],
            NextTrain = next?.Id.Value ?? "",
            NextDeparture = next?.DepartsAt,
        };
    }

    public static IEnumerable<TeamView> Teams(Cell cell) =>
        QuotaUse
            .Of(cell)
            .Select(team => new TeamView(
                team.Key.Value,
                [
                    .. team.Value.Select(use => new QuotaUseView(
                        QuotaResources.FieldOf(use.Resource),
                        use.Used,
                        use.Most
                    )),
                ]
            ));

    internal static string YankOf(ServiceVersion version) =>
        version.Yanked is { } yanked ? $"by {yanked.Actor}: {yanked.Reason}" : "";
}
