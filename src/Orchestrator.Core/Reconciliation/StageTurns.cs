using System.Collections.Immutable;
using System.Globalization;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Rollouts;
using Orchestrator.Core.Trains;

namespace Orchestrator.Core.Reconciliation;

/// <summary>Lets so many trains be under way at once at a stage as its pool allows; the others wait their turn.</summary>
public sealed class StageTurns
{
    private readonly Func<PoolName, int?> _limitOf;
    private readonly Dictionary<(PoolName Pool, StageName Stage), HashSet<TrainId>> _underWay = [];

    private StageTurns(Func<PoolName, int?> limitOf, IEnumerable<Rollout> open)
    {
        _limitOf = limitOf;
        foreach (var rollout in open.Where(IsUnderWay))
        {
            Enter(rollout);
        }
    }

    /// <summary>What a pool says of it, by path in its manifest.</summary>
    public static IEnumerable<(string Path, string Value)> Lines(Pool pool) =>
        pool.MaxConcurrentRollouts is { } most
            ? [("maxConcurrentRollouts", most.ToString(CultureInfo.InvariantCulture))]
            : [];

    /// <summary>How many may be there at once, for people; empty where any number may.</summary>
    internal static string Limit(Cell cell, Stage stage) =>
        cell.Pools.GetValueOrDefault(stage.Pool)?.MaxConcurrentRollouts is { } most
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"its turn: pool {stage.Pool} takes {most} at once at {stage.Name}"
            )
            : "";

    /// <summary>Null where no pool bounds them, which is seen without looking at any rollout.</summary>
    internal static StageTurns? Of(CellDraft draft) =>
        draft.Pools.Rows.Any(pool => pool.MaxConcurrentRollouts is not null)
            ? new StageTurns(
                name => draft.Pools.Find(name)?.MaxConcurrentRollouts,
                draft.OpenRollouts.Select(id => draft.Rollouts[id])
            )
            : null;

    /// <summary>Who waits comes last, in the order in which they were planned.</summary>
    internal static IEnumerable<RolloutId> InTurn(CellDraft draft) =>
        draft
            .OpenRollouts.Select(id => draft.Rollouts[id])
            .OrderBy(rollout => RolloutMachine.IsWaiting(rollout) ? rollout.PlannedAt : DateTimeOffset.MinValue)
            .ThenBy(rollout => rollout.Id)
            .Select(rollout => rollout.Id);

    /// <summary>Why it must not begin now; empty if it may.</summary>
    internal string Blocker(Rollout rollout, Train train)
    {
        var others = _underWay.GetValueOrDefault(PlaceOf(rollout), []);
        return
            _limitOf(rollout.Stage.Pool) is { } most
            && others.Count >= most
            && !others.Contains(rollout.Id.Train)
            && train.Order is null
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"it waits its turn: pool {rollout.Stage.Pool} takes {most} at once at {rollout.Stage.Name}"
            )
            : "";
    }

    /// <summary>It may have begun.</summary>
    internal void Note(Rollout rollout)
    {
        if (IsUnderWay(rollout))
        {
            Enter(rollout);
        }
    }

    private static bool IsUnderWay(Rollout rollout) =>
        rollout.Phase
            is RolloutPhase.Deploying
                or RolloutPhase.Baking
                or RolloutPhase.Judging
                or RolloutPhase.Promoting
                or RolloutPhase.Previewing
                or RolloutPhase.RollingBack
                or RolloutPhase.Withdrawing;

    private static (PoolName Pool, StageName Stage) PlaceOf(Rollout rollout) =>
        (rollout.Stage.Pool, rollout.Stage.Name);

    private void Enter(Rollout rollout)
    {
        var place = PlaceOf(rollout);
        if (!_underWay.TryGetValue(place, out var trains))
        {
            _underWay[place] = trains = [];
        }

        trains.Add(rollout.Id.Train);
    }
}
