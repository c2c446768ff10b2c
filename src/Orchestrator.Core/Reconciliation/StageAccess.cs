using Orchestrator.Core.Rollouts;
using Orchestrator.Core.Trains;

namespace Orchestrator.Core.Reconciliation;

/// <summary>
/// Whose turn it is at a stage of a service: one train at a time, from its rollout until its soak is over. A later train
/// waits for what runs there and takes the place of what only waits; one that was ordered also turns back what is judged.
/// A train of coupled services begins when it is its turn for all of them.
/// </summary>
internal static class StageAccess
{
    /// <summary>Why the train has no business at the stage any more; null if it has.</summary>
    public static string? OvertakenBy(CellDraft draft, Train train, StageName stage)
    {
        foreach (var car in train.Cars)
        {
            var current = draft.Deployments.Find(new DeploymentKey(car.Service, stage))?.Current;
            if (train.Order is null && current is not null && current.CompareTo(car.Version) > 0)
            {
                var what = train.IsCoupled ? $"{car.Service} {current}" : $"{current}";
                return $"{stage} runs {what}, which is newer";
            }
        }

        var later = Others(draft, train, stage).FirstOrDefault(other => IsLater(other.Train, train));
        return later.Train is null ? null : $"{later.Train.Id} came after it";
    }

    /// <summary>Whether the train may begin at the stage now. Makes those give way who shall.</summary>
    public static bool Claim(CellDraft draft, Train train, StageName stage, DateTimeOffset now)
    {
        var isFree = true;
        foreach (var (other, service) in Others(draft, train, stage).ToList())
        {
            isFree &= GivesWay(draft, other, new DeploymentKey(service, stage), train, now);
        }

        return isFree;
    }

    /// <summary>Whether something of the train runs, or has run, at the stage.</summary>
    public static bool HasBegun(CellDraft draft, Train train, StageName stage) =>
        draft.RolloutsAt(train, stage).Any(rollout => !RolloutMachine.IsWaiting(rollout));

    /// <summary>
    /// Trains that are at the stage, or wait for it, with a service of this one aboard; and those whose rollout there goes back
    /// after they ended.
    /// </summary>
    private static IEnumerable<(Train Train, ServiceName Service)> Others(
        CellDraft draft,
        Train train,
        StageName stage
    ) =>
        train.Cars.SelectMany(car =>
        {
            var present = draft
                .OpenTrainsWith(car.Service)
                .Where(other =>
                    other.Phase is TrainPhase.Departed
                    && draft.RouteOf(other)[TrainJourney.IndexOf(draft, other)].Name == stage
                );
            var goingBack = draft
                .OpenRollouts.At(new DeploymentKey(car.Service, stage))
                .Select(id => draft.Trains[TrainKey.Of(id.Train)]);
            return present.Union(goingBack).Where(other => other.Id != train.Id).Select(other => (other, car.Service));
        });

    private static bool GivesWay(CellDraft draft, Train other, DeploymentKey at, Train train, DateTimeOffset now)
    {
        if (draft.RolloutOf(other, at.Stage, at.Service) is not { } rollout)
        {
            return true; // It waits for the stage as well, and will see that it was overtaken.
        }

        if (rollout.Phase is RolloutPhase.Succeeded)
        {
            return train.Order is not null; // It soaks.
        }

        if (
            train.Order?.Purpose is TrainPurpose.Express
            && rollout.Phase is RolloutPhase.Switched(_, var kept)
            && kept > now
        )
        {
            // It has all of the traffic already; nobody goes back two versions.
            var reason = $"{train.Id} came after it";
            RolloutConduct.Step(draft, rollout, new RolloutEvent.PromoteAsked(CellMachine.Conductor, reason), now);
        }

        var isPromoting = RolloutMachine.Underlying(rollout.Phase) is RolloutPhase.Promoting or RolloutPhase.Switched;
        var mustGiveWay = train.Order?.Purpose switch
        {
            TrainPurpose.Rollback => true,
            TrainPurpose.Express => !isPromoting,
            _ => RolloutMachine.IsWaiting(rollout) && !HasBegun(draft, other, at.Stage),
        };
        if (mustGiveWay)
        {
            RolloutConduct.Step(draft, rollout, new RolloutEvent.Overtaken(train.Id), now);
        }

        return RolloutMachine.IsFinished(draft.Rollouts[rollout.Id]);
    }

    private static bool IsLater(Train other, Train train) =>
        (train.Order is null || other.Order is not null) && Compare(other, train) > 0;

    private static int Compare(Train left, Train right) =>
        (left.Consist?.SealedAt, TrainKey.Of(left.Id)).CompareTo((right.Consist?.SealedAt, TrainKey.Of(right.Id)));
}
