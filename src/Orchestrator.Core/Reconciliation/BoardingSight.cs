using System.Collections.Immutable;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Trains;

namespace Orchestrator.Core.Reconciliation;

/// <summary>What a train would carry if it were sealed now.</summary>
/// <param name="Versions">The line's own service first; only those that have something new.</param>
/// <param name="Lacking">Why it would not leave with them, for people; empty if it would, or nobody came.</param>
public sealed record BoardingSight(ImmutableArray<ServiceVersion> Versions, string Lacking)
{
    public static BoardingSight Of(Cell cell, Line line, Train train)
    {
        var reader = new Reader(
            service => cell.Services[service].Template.Kind,
            service => cell.Versions.Values.Where(version => version.Service == service),
            service => cell.Trains.Values.Where(each => each.CarriedOf(service) is not null),
            key => cell.Deployments.GetValueOrDefault(key)?.Current,
            cell.Versions.GetValueOrDefault
        );
        return Of(reader, line, train);
    }

    internal static BoardingSight Of(CellDraft draft, Line line, Train train) => Of(ReaderOf(draft), line, train);

    /// <summary>Which of the versions of one service would board; null if none may.</summary>
    internal static ServiceVersion? Choose(
        CellDraft draft,
        Line line,
        Train train,
        ServiceName service,
        IEnumerable<ServiceVersion> versions
    ) => Choose(ReaderOf(draft), line, train, service, versions);

    /// <summary>What would leave now with one of the line's services in a version that somebody has chosen.</summary>
    internal static BoardingSight With(CellDraft draft, Line line, ServiceVersion version, DateTimeOffset now)
    {
        var reader = ReaderOf(draft);
        var train = new Train
        {
            Id = TrainId.Of(line.Name, draft.LastTrainOf(line.Name) + 1),
            DepartsAt = now + line.Boarding.CutOff,
            Phase = new TrainPhase.Boarding(),
            Consist = null,
            EndedAt = null,
        };
        return Of(
            reader,
            line,
            [
                .. line.Services.Select(service =>
                    service == version.Service
                        ? version
                        : Choose(reader, line, train, service, reader.VersionsOf(service))
                ),
            ]
        );
    }

    /// <summary>What a sealed train has.</summary>
    internal static BoardingSight Aboard(Train train, Func<VersionKey, ServiceVersion?> versions) =>
        new(
            [.. train.Cars.Select(car => versions(new VersionKey(car.Service, car.Version))).OfType<ServiceVersion>()],
            Lacking: ""
        );

    private static Reader ReaderOf(CellDraft draft) =>
        new(
            service => draft.Services[service].Template.Kind,
            draft.VersionsOf,
            draft.TrainsWith,
            key => draft.Deployments.Find(key)?.Current,
            draft.Versions.Find
        );

    private static BoardingSight Of(Reader reader, Line line, Train train) =>
        Of(
            reader,
            line,
            [.. line.Services.Select(service => Choose(reader, line, train, service, reader.VersionsOf(service)))]
        );

    /// <param name="chosen">In the order of the line's services.</param>
    private static BoardingSight Of(Reader reader, Line line, ImmutableArray<ServiceVersion?> chosen)
    {
        ImmutableArray<ServiceVersion> boards = [.. chosen.OfType<ServiceVersion>()];
        if (boards.IsEmpty)
        {
            return new BoardingSight([], Lacking: "");
        }

        var optional = line.Coupled.Where(each => each.IsOptional).Select(each => each.Service).ToHashSet();
        var missing = line
            .Services.Where((service, index) => chosen[index] is null && !optional.Contains(service))
            .ToList();
        return new BoardingSight(
            boards,
            missing.Count == 0 ? Conflict(reader, line.Route, boards) : Lack(missing, boards)
        );
    }

    private static string Lack(List<ServiceName> missing, ImmutableArray<ServiceVersion> boards)
    {
        var has = missing.Count == 1 ? "has" : "have";
        var others = string.Join(", ", boards.Select(each => $"{each.Service} {each.Number}"));
        return $"{string.Join(", ", missing)} {has} nothing new to board with {others}";
    }

    private static ServiceVersion? Choose(
        Reader reader,
        Line line,
        Train train,
        ServiceName service,
        IEnumerable<ServiceVersion> versions
    )
    {
        var trains = reader.TrainsWith(service).Where(other => SharesAStage(line, other)).ToList();
        var carried = trains
            .Where(other => other.Phase is not (TrainPhase.Missed or TrainPhase.Cancelled))
            .Select(other => other.CarriedOf(service))
            .OfType<SemanticVersion>()
            .ToHashSet();
        var running = line.Route.Select(stage => reader.CurrentAt(new DeploymentKey(service, stage.Name)));
        var newest = trains
            .Where(other => !Boarding.IsEnded(other))
            .Select(other => other.CarriedOf(service))
            .Concat(running)
            .OfType<SemanticVersion>()
            .Max();
        var kind = reader.KindOf(service);
        var fitting = versions.Where(version => KindChecks.IsSame(version.Template.Kind, kind));
        return Boarding.Choose(line, train, fitting, newest, carried);
    }

    /// <summary>Who goes elsewhere brings nothing here, and takes nothing away.</summary>
    private static bool SharesAStage(Line line, Train train) =>
        train.Route.IsEmpty // It is of earlier days, when a service had one line.
        || train.Route.Any(stage => line.Route.Any(own => own.Name == stage.Name));

    private static string Conflict(Reader reader, IEnumerable<Stage> route, ImmutableArray<ServiceVersion> versions)
    {
        if (versions.Length < 2)
        {
            return "";
        }

        foreach (var stage in route)
        {
            var changes = versions.Select(version => new CarChange(
                reader.CurrentAt(new DeploymentKey(version.Service, stage.Name)) is { } current
                    ? reader.Version(new VersionKey(version.Service, current))
                    : null,
                version
            ));
            if (ConsistOrder.Of([.. changes]) is ConsistOrder.Stuck(var conflict))
            {
                return $"at {stage.Name} there is no order in which they could be exchanged: {conflict}";
            }
        }

        return "";
    }

    /// <summary>The same of what is stored and of what is being decided.</summary>
    private sealed record Reader(
        Func<ServiceName, ServiceKind> KindOf,
        Func<ServiceName, IEnumerable<ServiceVersion>> VersionsOf,
        Func<ServiceName, IEnumerable<Train>> TrainsWith,
        Func<DeploymentKey, SemanticVersion?> CurrentAt,
        Func<VersionKey, ServiceVersion?> Version
    );
}
