using Orchestrator.ControlPlane.Conducting;
using Orchestrator.ControlPlane.Shapes;
using Orchestrator.Core.Fleet;
using Orchestrator.Core.Reconciliation;
using Orchestrator.Core.Rollouts;

namespace Orchestrator.ControlPlane.Pages;

/// <summary>A cell as the status page shows it. Pure.</summary>
internal static class StatusModels
{
    /// <summary>One screen is for seeing at a glance; orc lists the rest.</summary>
    public const int MaxRows = 200;

    /// <summary>Each shows steps, shares and evidence.</summary>
    public const int MaxRollouts = 24;

    public static StatusModel Of(CellView view)
    {
        var cell = view.Cell;
        var active = cell.Rollouts.Values.Where(rollout => !RolloutMachine.IsFinished(rollout)).ToList();
        var newest = cell
            .Rollouts.Values.GroupBy(rollout => new DeploymentKey(rollout.Service, rollout.Stage.Name))
            .ToDictionary(group => group.Key, group => group.MaxBy(rollout => rollout.PlannedAt)!);
        return new StatusModel
        {
            Needs = Cut([.. NeedsOf(cell, newest)], MaxRows, need => need),
            Deployments = MatrixModels.Of(cell, newest),
            Lines = Cut([.. cell.Lines.Values], MaxRows, line => LineRows.Of(cell, line)),
            Rollouts = Cut(
                [
                    .. active
                        .OrderBy(rollout => rollout.PlannedAt)
                        .ThenBy(rollout => rollout.Id.Value, StringComparer.Ordinal),
                ],
                MaxRollouts,
                rollout => JourneyShapes.Of(cell, rollout)
            ),
            Hosts = Cut(
                [
                    .. cell
                        .Hosts.Values.OrderBy(host => host.LostSince is null)
                        .ThenBy(host => host.State == HostState.Ready),
                ],
                MaxRows,
                host => FleetShapes.Of(view, host)
            ),
        };
    }

    /// <summary>Cuts first, so that a large fleet costs no more to shape than one screen of it.</summary>
    public static Rows<TRow> Cut<T, TRow>(IReadOnlyList<T> all, int most, Func<T, TRow> shape) =>
        new([.. all.Take(most).Select(shape)], Math.Max(0, all.Count - most));

    private static IEnumerable<Need> NeedsOf(Cell cell, IReadOnlyDictionary<DeploymentKey, Rollout> newest)
    {
        foreach (var window in cell.Windows.Values.Where(each => each.HaltedBy is not null))
        {
            yield return new Need(
                window.Name.Value,
                new State(Tone.Bad, "Halted"),
                $"{(window.Services.IsEmpty ? "all lines" : string.Join(", ", window.Services))}{(window.Stages.IsEmpty ? "" : $" at {string.Join(", ", window.Stages)}")}",
                $"by {window.HaltedBy}: {window.Reason}",
                $"orc release {window.Name} --reason WHY"
            );
        }

        foreach (var train in cell.Trains.Values.Where(each => each.NeedsReview))
        {
            yield return new Need(
                train.Id.Value,
                new State(Tone.Bad, "Glass broken"),
                string.Join(", ", train.Consist?.Cars.Select(car => $"{car.Service} {car.Version}") ?? []),
                $"by {train.Order?.Actor}: {train.Order?.Reason}; somebody else must review it",
                $"orc train review {train.Id} --reason FINDINGS"
            );
        }

        foreach (var rollout in newest.Values.Where(NeedsPerson).OrderBy(rollout => rollout.PlannedAt))
        {
            var view = JourneyShapes.Of(cell, rollout);
            var from = view.FromVersion.Length > 0 ? $"{view.FromVersion} → " : "";
            yield return new Need(
                view.Id,
                States.OfRollout(view.Phase),
                $"{view.Service} {from}{view.ToVersion} at {view.Stage}",
                view.Reason,
                view.Next
            );
        }

        foreach (var deployment in cell.Deployments.Values.Where(each => each.Unplaced.Length > 0))
        {
            yield return new Need(
                $"{deployment.Service}/{deployment.Stage}",
                new State(Tone.Bad, "Not placed"),
                $"{deployment.Service} at {deployment.Stage}",
                deployment.Unplaced,
                $"orc explain {deployment.Service} --stage {deployment.Stage}"
            );
        }
    }

    private static bool NeedsPerson(Rollout rollout) =>
        rollout.Phase
            is RolloutPhase.AwaitingApproval
                or RolloutPhase.Held
                or RolloutPhase.Paused
                or RolloutPhase.RollbackFailed;
}
