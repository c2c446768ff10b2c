using System.Collections.Immutable;
using Orchestrator.Core.Rollouts;
using Orchestrator.Core.Trains;

namespace Orchestrator.Core.Reconciliation;

/// <summary>
/// Takes a train's cars back together: all that are exchanged or have been, each as soon as nobody who runs needs its new
/// version any more. Who needed it went after it, so they go back before it.
/// </summary>
internal static class CoupledReturn
{
    /// <summary>Why the cars at a stage may not stay there, as of the first that may not; null while all of them may.</summary>
    public static string? WhyBack(Train train, IEnumerable<Rollout> rollouts)
    {
        var inOrder = train.IsCoupled
            ? rollouts.OrderBy(rollout => rollout.EndedAt ?? DateTimeOffset.MaxValue)
            : rollouts;
        foreach (var rollout in inOrder)
        {
            var reason = rollout.Phase switch
            {
                RolloutPhase.RolledBack(var why) => why,
                RolloutPhase.RollbackFailed(var why) => why,
                RolloutPhase.Cancelled(var why) => why,
                RolloutPhase.Superseded(var why) => why,
                // Alone, it is waited for: what becomes of it says why the train ends.
                RolloutPhase.RollingBack(var why, _) when train.IsCoupled => why,
                _ => null,
            };
            if (reason is not null)
            {
                return train.IsCoupled ? $"{rollout.Service} {rollout.To}: {reason}" : reason;
            }
        }

        return null;
    }

    /// <summary>Begins with what can go back now. True once nothing of it goes back any more, or will.</summary>
    public static bool IsBack(
        CellDraft draft,
        Train train,
        IEnumerable<Rollout> rollouts,
        string actor,
        string reason,
        DateTimeOffset now
    )
    {
        var isBack = true;
        foreach (var rollout in rollouts.Reverse())
        {
            if (Prospect(draft, train, rollout) is ReturnProspect.Now)
            {
                RolloutConduct.Step(draft, rollout, new RolloutEvent.RollbackAsked(actor, reason), now);
            }

            isBack &= Prospect(draft, train, draft.Rollouts[rollout.Id]) is ReturnProspect.Never;
        }

        return isBack;
    }

    /// <summary>Whether what a rollout brought can be taken back.</summary>
    public static ReturnProspect Prospect(CellDraft draft, Train train, Rollout rollout) =>
        Prospect(draft, train, rollout, asked: []);

    /// <param name="asked">Who waits for the answer: two who need each other would wait for ever.</param>
    private static ReturnProspect Prospect(
        CellDraft draft,
        Train train,
        Rollout rollout,
        ImmutableHashSet<RolloutId> asked
    )
    {
        if (rollout.Phase is RolloutPhase.RollingBack)
        {
            return ReturnProspect.Later;
        }

        if (!RolloutMachine.IsFinished(rollout))
        {
            return ReturnProspect.Now;
        }

        if (
            rollout is not { Phase: RolloutPhase.Succeeded, From: { } back }
            || asked.Contains(rollout.Id)
            || !RolloutConduct.IsNewest(draft, rollout)
        )
        {
            return ReturnProspect.Never;
        }

        var dependents = Dependencies.Unsuited(draft, rollout.Service, back, rollout.Stage.Name).ToList();
        if (dependents.Count == 0)
        {
            return ReturnProspect.Now;
        }

        var willGo = dependents.TrueForAll(dependent =>
            train.CarriedOf(dependent) is not null
            && draft.RolloutOf(train, rollout.Stage.Name, dependent) is { } fellow
            && Prospect(draft, train, fellow, asked.Add(rollout.Id)) is not ReturnProspect.Never
        );
        return willGo ? ReturnProspect.Later : ReturnProspect.Never;
    }
}

internal enum ReturnProspect
{
    /// <summary>It can begin at once.</summary>
    Now,

    /// <summary>It goes back already, or will once others have.</summary>
    Later,

    /// <summary>It is over, there is nothing to go back to, or somebody who stays needs what it brought.</summary>
    Never,
}
