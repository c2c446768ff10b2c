using Orchestrator.Core.Rollouts;
using Orchestrator.Core.Trains;

namespace Orchestrator.Core.Reconciliation;

/// <summary>How people end trains: before they leave, and after.</summary>
internal static class TrainEnds
{
    public static CellAnswer Cancel(CellDraft draft, string actor, TrainId id, string reason, DateTimeOffset now)
    {
        if (!draft.Trains.TryGet(TrainKey.Of(id), out var train))
        {
            return TrainUnknown(id);
        }

        if (train.Phase is not (TrainPhase.Boarding or TrainPhase.Sealed))
        {
            return new CellAnswer.Refused(
                RefusalKind.Conflict,
                "wrong_phase",
                $"{id} is {train.Phase.GetType().Name} and cannot be cancelled.",
                Boarding.IsEnded(train)
                    ? $"See how it ended: orc train status {id}"
                    : $"Stop its rollout instead: orc abort {id}"
            );
        }

        TrainJourney.End(draft, train, new TrainPhase.Cancelled($"by {actor}: {reason}"), actor, reason, now);
        return new CellAnswer.Accepted(id.Value, $"{id} is cancelled.");
    }

    public static CellAnswer Review(CellDraft draft, CellInput.ReviewTrain asked, DateTimeOffset now)
    {
        if (!draft.Trains.TryGet(TrainKey.Of(asked.Train), out var train))
        {
            return TrainUnknown(asked.Train);
        }

        if (train.Order is not { BreakGlassUntil: not null } order)
        {
            return new CellAnswer.Refused(
                RefusalKind.Conflict,
                "wrong_phase",
                $"The glass was not broken for {asked.Train}: there is nothing to review.",
                $"See the train: orc train status {asked.Train}"
            );
        }

        if (train.Review is { } review)
        {
            return new CellAnswer.Accepted(asked.Train.Value, $"{asked.Train} was reviewed by {review.Actor}.");
        }

        if (order.Actor == asked.Actor)
        {
            return new CellAnswer.Refused(
                RefusalKind.Forbidden,
                "own_order",
                $"{asked.Actor} broke the glass for {asked.Train}, and cannot review that.",
                "Ask another operator."
            );
        }

        if (asked.Findings.Length == 0)
        {
            return new CellAnswer.Refused(
                RefusalKind.Invalid,
                "reason_missing",
                "A review says what was found.",
                $"orc train review {asked.Train} --reason FINDINGS"
            );
        }

        draft.Put(train with { Review = new TrainReview(asked.Actor, asked.Findings, now) });
        draft.Record(now, asked.Actor, "train.reviewed", asked.Train.Value, asked.Findings);
        return new CellAnswer.Accepted(asked.Train.Value, $"{asked.Train} is reviewed.");
    }

    public static CellAnswer Recall(CellDraft draft, CellInput.RecallTrain asked, DateTimeOffset now)
    {
        if (!draft.Trains.TryGet(TrainKey.Of(asked.Train), out var train))
        {
            return TrainUnknown(asked.Train);
        }

        if (train.Phase is TrainPhase.Recalled or TrainPhase.Recalling)
        {
            return new CellAnswer.Accepted(asked.Train.Value, $"{asked.Train} is recalled already.");
        }

        if (train.Phase is not (TrainPhase.Departed or TrainPhase.Arrived or TrainPhase.ArrivedPartial))
        {
            return new CellAnswer.Refused(
                RefusalKind.Conflict,
                "wrong_phase",
                $"{asked.Train} is {train.Phase.GetType().Name}: it has brought nothing anywhere.",
                $"Cancel it instead: orc train cancel {asked.Train}"
            );
        }

        draft.Put(
            train with
            {
                Phase = new TrainPhase.Recalling(asked.Actor, asked.Reason, now),
                EndedAt = null,
                Reservations = [],
                Shortage = "",
            }
        );
        draft.Record(now, asked.Actor, "train.recalling", asked.Train.Value, asked.Reason);
        var rollouts = draft.RolloutsOf(train).ToList();
        CoupledReturn.IsBack(draft, train, rollouts, asked.Actor, $"recall of {asked.Train}: {asked.Reason}", now);
        var kept = rollouts
            .AsEnumerable()
            .Reverse()
            .Where(rollout => rollout.Phase is RolloutPhase.Succeeded)
            .Select(rollout => draft.Rollouts[rollout.Id])
            .Where(rollout => CoupledReturn.Prospect(draft, train, rollout) is ReturnProspect.Never)
            .Select(rollout => rollout.Stage.Name.Value)
            .Distinct(StringComparer.Ordinal)
            .ToList();
        var rest =
            kept.Count == 0
                ? ""
                : $" It stays as it is at {string.Join(", ", kept)}, where there is nothing to go back to, a later train has been since, or another service needs it.";
        return new CellAnswer.Accepted(
            asked.Train.Value,
            $"{asked.Train} is recalled: traffic goes back first, instances follow.{rest}"
        );
    }

    public static CellAnswer.Refused TrainUnknown(TrainId id) =>
        new(
            RefusalKind.NotFound,
            "train_unknown",
            $"There is no train {id}.",
            $"See the line's trains: orc trains {id.Line}"
        );
}
