using System.Collections.Immutable;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Trains;

namespace Orchestrator.Core.Reconciliation;

/// <summary>Versions that leave at once, off the timetable.</summary>
internal static class ExpressOrders
{
    public static CellAnswer Express(CellDraft draft, CellInput.OrderExpress asked, DateTimeOffset now)
    {
        if (TrainOrders.Find(draft, asked.Service, asked.Version, out var version) is { } refused)
        {
            return refused;
        }

        var lines = draft.LinesOf(asked.Service).ToList();
        if (lines.Find(each => each.Boarding.Channel == version.Channel) is not { } line)
        {
            var channels = string.Join(
                " and ",
                lines.Select(each => each.Boarding.Channel).Distinct(StringComparer.Ordinal)
            );
            return new CellAnswer.Refused(
                RefusalKind.Conflict,
                "wrong_channel",
                $"{asked.Service} {asked.Version} is of channel {version.Channel}, and its {(lines.Count == 1 ? "line boards" : "lines board")} {channels}.",
                $"Publish it under a new number with --channel {lines[0].Boarding.Channel}."
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

        if (TrainOrders.UnderWay(draft, asked.Service, asked.Version) is { } there)
        {
            return order.BreakGlassUntil is null
                ? new CellAnswer.Accepted(there.Id.Value, $"{asked.Version} is under way already, on {there.Id}.")
                : BreakGlass.For(draft, there, order, now);
        }

        if (
            line.Route.All(stage =>
                draft.Deployments.Find(new DeploymentKey(asked.Service, stage.Name))?.Current == asked.Version
            )
        )
        {
            return new CellAnswer.Refused(
                RefusalKind.Conflict,
                "nothing_to_do",
                $"{asked.Service} {asked.Version} runs at every stage already.",
                $"See what runs: orc get deployments {asked.Service}"
            );
        }

        return Leave(draft, line, version, order, now);
    }

    /// <summary>With what is coupled, and has something new as well.</summary>
    private static CellAnswer Leave(
        CellDraft draft,
        Line line,
        ServiceVersion version,
        TrainOrder order,
        DateTimeOffset now
    )
    {
        var earlier = draft
            .OpenTrainsWith(version.Service)
            .FirstOrDefault(train =>
                train.Phase is TrainPhase.Sealed && train.CarriedOf(version.Service) == version.Number
            );
        var travelling = earlier is null
            ? BoardingSight.With(draft, line, version, now)
            : BoardingSight.Aboard(earlier, draft.Versions.Find);
        if (travelling.Lacking.Length > 0 && order.BreakGlassUntil is null)
        {
            return new CellAnswer.Refused(
                RefusalKind.Conflict,
                "coupled_missing",
                $"{version.Service} {version.Number} does not travel alone on {line.Name}: {travelling.Lacking}.",
                "Publish what is missing, or break the glass: --break-glass DURATION lets it go alone."
            );
        }

        ImmutableArray<ServiceVersion> cars = travelling.Lacking.Length > 0 ? [version] : travelling.Versions;
        if (earlier is not null)
        {
            // It leaves now, and not once more with the timetable.
            const string reason = "what it carries leaves on an express";
            TrainJourney.End(draft, earlier, new TrainPhase.Cancelled(reason), order.Actor, reason, now);
        }

        var train = TrainOrders.Order(draft, line.Name, cars, line.Route, order, now);
        BreakGlass.Note(draft, order, train, now);
        var others = cars.Where(each => each.Service != version.Service)
            .Select(each => $"{each.Service} {each.Number}");
        var along = cars.Length == 1 ? "" : $" with {string.Join(", ", others)}";
        return new CellAnswer.Accepted(
            train.Value,
            $"{version.Number} leaves{along} as {train}, off the timetable.{BreakGlass.Consequence(order)}"
        );
    }
}
