using System.Collections.Immutable;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Rollouts;
using Orchestrator.Core.Trains;

namespace Orchestrator.Core.Reconciliation;

/// <summary>Departures off the timetable, which people order.</summary>
internal static class TrainOrders
{
    public static CellAnswer Express(CellDraft draft, CellInput.OrderExpress asked, DateTimeOffset now)
    {
        if (Find(draft, asked.Service, asked.Version, out var line, out var version) is { } refused)
        {
            return refused;
        }

        if (version.Channel != line.Boarding.Channel)
        {
            return new CellAnswer.Refused(
                RefusalKind.Conflict,
                "wrong_channel",
                $"{asked.Service} {asked.Version} is of channel {version.Channel}, and its line boards {line.Boarding.Channel}.",
                $"Publish it under a new number with --channel {line.Boarding.Channel}."
            );
        }

        var order = BreakGlass.OrderOf(asked, now);
        if (order.BreakGlassUntil is not null && asked.Reason.Length == 0)
        {
            return new CellAnswer.Refused(
                RefusalKind.Invalid,
                "reason_missing",
                "Breaking the glass needs a reason.",
                "Write why: --reason TEXT. Somebody else will review it."
            );
        }

        if (UnderWay(draft, asked.Service, asked.Version) is { } there)
        {
            return order.BreakGlassUntil is null
                ? new CellAnswer.Accepted(there.Id.Value, $"{asked.Version} is under way already, on {there.Id}.")
                : BreakGlass.For(draft, there, order, now);
        }

        if (line.Route.All(stage => CurrentAt(draft, line, stage.Name) == asked.Version))
        {
            return new CellAnswer.Refused(
                RefusalKind.Conflict,
                "nothing_to_do",
                $"{asked.Service} {asked.Version} runs at every stage already.",
                $"See what runs: orc get deployments {asked.Service}"
            );
        }

        CancelSealed(draft, version, asked.Actor, now);
        var train = Order(draft, version, line.Route, order, now);
        BreakGlass.Note(draft, order, train, now);
        return new CellAnswer.Accepted(
            train.Value,
            $"{asked.Version} leaves as {train}, off the timetable.{BreakGlass.Consequence(order)}"
        );
    }

    public static CellAnswer RollBack(CellDraft draft, CellInput.OrderRollback asked, DateTimeOffset now)
    {
        if (Find(draft, asked.Service, asked.Version, out var line, out var version) is { } refused)
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
            CurrentAt(draft, line, asked.Stage) == asked.Version
            && !draft.IsRolling(new DeploymentKey(asked.Service, asked.Stage))
        )
        {
            return new CellAnswer.Accepted(asked.Version.ToString(), $"{asked.Stage} runs {asked.Version} already.");
        }

        if (Dependencies.Conflict(draft, asked.Service, asked.Version, asked.Stage) is { } conflict)
        {
            return Conflicting(conflict);
        }

        if (line.Route.FirstOrDefault(each => each.Name == asked.Stage) is not { } stage)
        {
            return new CellAnswer.Refused(
                RefusalKind.NotFound,
                "stage_unknown",
                $"The line of {asked.Service} does not go to {asked.Stage}.",
                $"See its route: orc describe line {asked.Service}"
            );
        }

        var direct = stage with
        {
            Approval = null,
            Webhooks = [],
            Soak = TimeSpan.Zero,
            Strategy = stage.Strategy with { Steps = [] },
        };
        var train = Order(
            draft,
            version,
            [direct],
            new TrainOrder(TrainPurpose.Rollback, asked.Actor, asked.Reason),
            now
        );
        return new CellAnswer.Accepted(
            RolloutId.Of(train, asked.Stage).Value,
            $"{asked.Stage} goes back to {asked.Version}, on {train}."
        );
    }

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

        var car = consist.Cars[0];
        if (Find(draft, car.Service, car.Version, out _, out var version) is { } refused)
        {
            return refused;
        }

        if (UnderWay(draft, car.Service, car.Version) is { } there)
        {
            return new CellAnswer.Accepted(there.Id.Value, $"{car.Version} is under way again already, on {there.Id}.");
        }

        var left = draft
            .RouteOf(train)
            .SkipWhile(stage =>
                draft.Rollouts.Find(RolloutId.Of(train.Id, stage.Name))?.Phase is RolloutPhase.Succeeded
            );
        ImmutableArray<Stage> route = [.. left];
        var purpose = train.Order?.Purpose ?? TrainPurpose.Express;
        var order = new TrainOrder(purpose, asked.Actor, asked.Reason);
        var again = Order(draft, version, route.IsEmpty ? draft.RouteOf(train) : route, order, now);
        return new CellAnswer.Accepted(
            again.Value,
            $"{car.Version} goes again from {draft.RouteOf(draft.Trains[TrainKey.Of(again)])[0].Name}, as {again}."
        );
    }

    private static TrainId Order(
        CellDraft draft,
        ServiceVersion version,
        ImmutableArray<Stage> route,
        TrainOrder order,
        DateTimeOffset now
    )
    {
        var id = TrainId.Of(version.Service, draft.LastTrainOf(version.Service) + 1);
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
        draft.Record(now, order.Actor, "train.ordered", id.Value, $"{order.Purpose}: {version.Number}, {order.Reason}");
        TrainDispatch.Seal(draft, train, version, now);
        return id;
    }

    /// <summary>It leaves now, and not once more with the timetable.</summary>
    private static void CancelSealed(CellDraft draft, ServiceVersion version, string actor, DateTimeOffset now)
    {
        foreach (
            var train in draft.OpenTrainsOf(version.Service).Where(train => train.Phase is TrainPhase.Sealed).ToList()
        )
        {
            if (train.Consist!.Cars[0].Version == version.Number)
            {
                const string reason = "what it carries leaves on an express";
                TrainJourney.End(draft, train, new TrainPhase.Cancelled(reason), actor, reason, now);
            }
        }
    }

    /// <summary>Why the version cannot go anywhere; null if it can.</summary>
    private static CellAnswer.Refused? Find(
        CellDraft draft,
        ServiceName service,
        SemanticVersion number,
        out Line line,
        out ServiceVersion version
    )
    {
        (line, version) = (draft.Lines.Find(service)!, draft.Versions.Find(new VersionKey(service, number))!);
        if (line is null)
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

    private static Train? UnderWay(CellDraft draft, ServiceName service, SemanticVersion version) =>
        draft
            .OpenTrainsOf(service)
            .FirstOrDefault(train =>
                train.Order?.Purpose is not TrainPurpose.Rollback // It goes to one stage only, and past every gate.
                && train is { Phase: TrainPhase.Departed } or { Phase: TrainPhase.Sealed, Order: not null }
                && train.Consist!.Cars[0].Version == version
            );

    private static SemanticVersion? CurrentAt(CellDraft draft, Line line, StageName stage) =>
        draft.Deployments.Find(new DeploymentKey(line.Service, stage))?.Current;

    /// <summary>The newest first.</summary>
    private static ImmutableArray<SemanticVersion> SucceededAt(CellDraft draft, ServiceName service, StageName stage) =>
        [
            .. draft
                .TrainsOf(service)
                .Select(train => draft.Rollouts.Find(RolloutId.Of(train.Id, stage)))
                .OfType<Rollout>()
                .Where(rollout => rollout.SucceededAt is not null || rollout.Phase is RolloutPhase.Succeeded)
                .Select(rollout => rollout.To)
                .Distinct()
                .OrderDescending(),
        ];
}
