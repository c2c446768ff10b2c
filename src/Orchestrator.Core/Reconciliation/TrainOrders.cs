using System.Collections.Immutable;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Rollouts;
using Orchestrator.Core.Trains;

namespace Orchestrator.Core.Reconciliation;

/// <summary>Departures off the timetable that bring back, or try again, what has travelled before.</summary>
internal static class TrainOrders
{
    public static CellAnswer RollBack(CellDraft draft, CellInput.OrderRollback asked, DateTimeOffset now)
    {
        if (Find(draft, asked.Service, asked.Version, out var version) is { } refused)
        {
            return refused;
        }

        var succeeded = SucceededAt(draft, asked.Service, asked.Stage);
        if (!succeeded.Contains(asked.Version))
        {
            var known = succeeded.IsEmpty ? "none" : string.Join(", ", succeeded);
            return new CellAnswer.Refused(
                RefusalKind.Conflict,
                "never_succeeded",
                $"{asked.Service} {asked.Version} has never succeeded at {asked.Stage}; these have: {known}.",
                $"Choose one of those, or let it go through its stages: orc express {asked.Service} {asked.Version}"
            );
        }

        if (
            draft.Deployments.Find(new DeploymentKey(asked.Service, asked.Stage))?.Current == asked.Version
            && !draft.IsRolling(new DeploymentKey(asked.Service, asked.Stage))
        )
        {
            return new CellAnswer.Accepted(asked.Version.ToString(), $"{asked.Stage} runs {asked.Version} already.");
        }

        if (Dependencies.Conflict(draft, asked.Service, asked.Version, asked.Stage) is { } conflict)
        {
            return Conflicting(conflict);
        }

        var line = draft
            .LinesOf(asked.Service)
            .FirstOrDefault(each => each.Route.Any(stage => stage.Name == asked.Stage));
        if (line?.Route.FirstOrDefault(each => each.Name == asked.Stage) is not { } stage)
        {
            return new CellAnswer.Refused(
                RefusalKind.NotFound,
                "stage_unknown",
                $"No line of {asked.Service} goes to {asked.Stage}.",
                "See the routes: orc get lines"
            );
        }

        var order = new TrainOrder(TrainPurpose.Rollback, asked.Actor, asked.Reason);
        var train = Order(draft, line.Name, [version], [Direct(stage)], order, now);
        return new CellAnswer.Accepted(
            RolloutId.Of(train, asked.Stage).Value,
            $"{asked.Stage} goes back to {asked.Version}, on {train}."
        );
    }

    /// <summary>What succeeded before needs neither canary nor approval.</summary>
    private static Stage Direct(Stage stage) =>
        stage with
        {
            Approval = null,
            Webhooks = [],
            Soak = TimeSpan.Zero,
            Strategy = stage.Strategy with { Steps = [], Exchange = stage.Strategy.Exchange.Straight() },
        };

    public static CellAnswer Retry(CellDraft draft, CellInput.RetryTrain asked, DateTimeOffset now)
    {
        if (!draft.Trains.TryGet(TrainKey.Of(asked.Train), out var train))
        {
            return TrainEnds.TrainUnknown(asked.Train);
        }

        if (
            train
            is not {
                Phase: TrainPhase.ArrivedPartial or TrainPhase.Recalled or TrainPhase.Missed,
                Consist: { } consist
            }
        )
        {
            return new CellAnswer.Refused(
                RefusalKind.Conflict,
                "wrong_phase",
                $"{asked.Train} is {train.Phase.GetType().Name}: there is nothing to try again.",
                $"See where it stands: orc train status {asked.Train}"
            );
        }

        var versions = ImmutableArray.CreateBuilder<ServiceVersion>(consist.Cars.Length);
        foreach (var car in consist.Cars)
        {
            if (Find(draft, car.Service, car.Version, out var version) is { } refused)
            {
                return refused;
            }

            if (UnderWay(draft, car.Service, car.Version) is { } there)
            {
                return new CellAnswer.Accepted(
                    there.Id.Value,
                    $"{car.Version} is under way again already, on {there.Id}."
                );
            }

            versions.Add(version);
        }

        var route = LeftOf(draft, train);
        var purpose = train.Order?.Purpose ?? TrainPurpose.Express;
        var order = new TrainOrder(purpose, asked.Actor, asked.Reason);
        var again = Order(draft, train.Id.Line, versions.ToImmutable(), route, order, now);
        var what = string.Join(" and ", versions.Select(version => $"{version.Number}"));
        return new CellAnswer.Accepted(
            again.Value,
            $"{what} {(versions.Count == 1 ? "goes" : "go")} again from {draft.RouteOf(draft.Trains[TrainKey.Of(again)])[0].Name}, as {again}."
        );
    }

    /// <summary>From the stage where it failed; all of it if that is none.</summary>
    private static ImmutableArray<Stage> LeftOf(CellDraft draft, Train train)
    {
        var route = draft.RouteOf(train);
        ImmutableArray<Stage> left =
        [
            .. route.SkipWhile(stage =>
                draft.RolloutsAt(train, stage.Name) is { Count: > 0 } cars
                && cars.TrueForAll(car => car.Phase is RolloutPhase.Succeeded)
            ),
        ];
        return left.IsEmpty ? route : left;
    }

    internal static TrainId Order(
        CellDraft draft,
        LineName line,
        ImmutableArray<ServiceVersion> versions,
        ImmutableArray<Stage> route,
        TrainOrder order,
        DateTimeOffset now
    )
    {
        var id = TrainId.Of(line, draft.LastTrainOf(line) + 1);
        var train = new Train
        {
            Id = id,
            DepartsAt = now,
            Phase = new TrainPhase.Boarding(),
            Consist = null,
            EndedAt = null,
            Order = order,
            Route = route,
        };
        var what = string.Join(", ", versions.Select(version => $"{version.Number}"));
        draft.Record(now, order.Actor, "train.ordered", id.Value, $"{order.Purpose}: {what}, {order.Reason}");
        TrainDispatch.Seal(draft, train, versions, now);
        return id;
    }

    /// <summary>Why the version cannot go anywhere; null if it can.</summary>
    internal static CellAnswer.Refused? Find(
        CellDraft draft,
        ServiceName service,
        SemanticVersion number,
        out ServiceVersion version
    )
    {
        version = draft.Versions.Find(new VersionKey(service, number))!;
        if (!draft.LinesOf(service).Any())
        {
            return new CellAnswer.Refused(
                RefusalKind.NotFound,
                "line_unknown",
                $"There is no line of {service}.",
                "See the lines: orc get lines"
            );
        }

        if (version is null)
        {
            return Yanking.VersionUnknown(service, number);
        }

        if (version.Yanked is { } yanked)
        {
            return new CellAnswer.Refused(
                RefusalKind.Conflict,
                "version_yanked",
                $"{service} {number} was yanked by {yanked.Actor}: {yanked.Reason}",
                $"Let it travel again first: orc unyank {service} {number}"
            );
        }

        var kind = draft.Services[service].Template.Kind;
        return KindChecks.IsSame(version.Template.Kind, kind)
            ? null
            : new CellAnswer.Refused(
                RefusalKind.Conflict,
                "kind_fixed",
                $"{service} {number} is a {version.Template.Kind.Word}, and {service} is a {kind.Word} now.",
                $"Publish a version as {kind.Word}."
            );
    }

    internal static CellAnswer.Refused Conflicting(string conflict) =>
        new(
            RefusalKind.Conflict,
            "dependency_conflict",
            $"{conflict}.",
            "Roll that service back first, or together: what runs at a stage must suit."
        );

    internal static Train? UnderWay(CellDraft draft, ServiceName service, SemanticVersion version) =>
        draft
            .OpenTrainsWith(service)
            .FirstOrDefault(train =>
                train.Order?.Purpose is not TrainPurpose.Rollback // It goes to one stage only, and past every gate.
                && train is { Phase: TrainPhase.Departed } or { Phase: TrainPhase.Sealed, Order: not null }
                && train.CarriedOf(service) == version
            );

    /// <summary>The newest first.</summary>
    private static ImmutableArray<SemanticVersion> SucceededAt(CellDraft draft, ServiceName service, StageName stage) =>
        [
            .. draft
                .TrainsWith(service)
                .Select(train => draft.RolloutOf(train, stage, service))
                .OfType<Rollout>()
                .Where(rollout => rollout.SucceededAt is not null || rollout.Phase is RolloutPhase.Succeeded)
                .Select(rollout => rollout.To)
                .Distinct()
                .OrderDescending(),
        ];
}
