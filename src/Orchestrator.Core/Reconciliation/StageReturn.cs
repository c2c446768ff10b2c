using Orchestrator.Core.Rollouts;
using Orchestrator.Core.Trains;

namespace Orchestrator.Core.Reconciliation;

/// <summary>Takes back what a train has brought to one stage, after all of its rollouts there have come to an end.</summary>
internal static class StageReturn
{
    public static CellAnswer Ask(
        CellDraft draft,
        Train train,
        IReadOnlyList<Rollout> cars,
        CellInput.AskRollout asked,
        DateTimeOffset now
    )
    {
        if (cars.FirstOrDefault(car => !RolloutConduct.IsNewest(draft, car)) is { } old)
        {
            return new CellAnswer.Refused(
                RefusalKind.Conflict,
                "superseded",
                $"Another rollout has changed {old.Service} at {old.Stage.Name} since {old.Id}.",
                $"Roll back the newest one: orc get rollouts {old.Service}"
            );
        }

        return train.IsCoupled ? Together(draft, train, cars, asked, now) : Alone(draft, cars[0], asked, now);
    }

    private static CellAnswer Alone(CellDraft draft, Rollout rollout, CellInput.AskRollout asked, DateTimeOffset now)
    {
        if (Conflict(draft, rollout) is { } conflict)
        {
            return TrainOrders.Conflicting(conflict);
        }

        var transition = RolloutMachine.Step(rollout, new RolloutEvent.RollbackAsked(asked.Actor, asked.Reason), now);
        if (transition is Transition.Refused refused)
        {
            return RolloutConduct.Of(refused);
        }

        RolloutConduct.CarryOut(draft, rollout, (Transition.Done)transition, now);
        return new CellAnswer.Accepted(rollout.Id.Value, RolloutAnswers.Of(rollout, asked, now));
    }

    private static CellAnswer Together(
        CellDraft draft,
        Train train,
        IReadOnlyList<Rollout> cars,
        CellInput.AskRollout asked,
        DateTimeOffset now
    )
    {
        var stays = cars.FirstOrDefault(car => CoupledReturn.Prospect(draft, train, car) is ReturnProspect.Never);
        if (stays is not null)
        {
            return Conflict(draft, stays) is { } conflict
                ? TrainOrders.Conflicting(conflict)
                : RolloutConduct.Of(RolloutRequests.NotNow(stays, "roll back", "There is nothing of it to take back."));
        }

        var isThere =
            train.Phase is TrainPhase.Departed
            && draft.RouteOf(train)[TrainJourney.IndexOf(draft, train)].Name == asked.Rollout.Stage;
        if (!isThere && !Boarding.IsEnded(train))
        {
            return new CellAnswer.Refused(
                RefusalKind.Conflict,
                "wrong_phase",
                $"{train.Id} has left {asked.Rollout.Stage} and is under way.",
                $"Take it back from everywhere: orc train recall {train.Id}"
            );
        }

        CoupledReturn.IsBack(draft, train, cars, asked.Actor, $"rolled back by {asked.Actor}: {asked.Reason}", now);
        if (!isThere)
        {
            // It leads its cars back to the end.
            var recalling = new TrainPhase.Recalling(asked.Actor, asked.Reason, now) { Only = asked.Rollout.Stage };
            draft.Put(train with { Phase = recalling, EndedAt = null });
        }

        return new CellAnswer.Accepted(asked.Rollout.Value, RolloutAnswers.Of(cars[0], asked, now));
    }

    private static string? Conflict(CellDraft draft, Rollout rollout) =>
        rollout is { Phase: RolloutPhase.Succeeded, From: { } back }
            ? Dependencies.Conflict(draft, rollout.Service, back, rollout.Stage.Name)
            : null;
}
