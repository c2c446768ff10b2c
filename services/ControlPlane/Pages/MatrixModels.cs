using Orchestrator.ControlPlane.Shapes;
using Orchestrator.Core;
using Orchestrator.Core.Reconciliation;
using Orchestrator.Core.Rollouts;

namespace Orchestrator.ControlPlane.Pages;

/// <summary>What runs where: services by stages, stages in the order of the routes.</summary>
internal static class MatrixModels
{
    public static Matrix Of(Cell cell, IReadOnlyDictionary<DeploymentKey, Rollout> newest)
    {
        var stages = StagesOf(cell);
        return new Matrix(
            [.. stages.Select(stage => stage.Value)],
            StatusModels.Cut(
                [.. cell.Services.Values],
                StatusModels.MaxRows,
                service => new MatrixRow(
                    service.Name.Value,
                    service.Team.Value,
                    [.. stages.Select(stage => CellOf(cell, new DeploymentKey(service.Name, stage), newest))]
                )
            )
        );
    }

    /// <summary>A stage comes after all that any route passes before it.</summary>
    private static List<StageName> StagesOf(Cell cell) =>
        [
            .. cell
                .Lines.Values.SelectMany(line => line.Route.Select((stage, index) => (stage.Name, Index: index)))
                .Concat(cell.Deployments.Keys.Select(key => (Name: key.Stage, Index: 0)))
                .GroupBy(each => each.Name, each => each.Index)
                .OrderBy(group => group.Max())
                .ThenBy(group => group.Key)
                .Select(group => group.Key),
        ];

    private static MatrixCell? CellOf(Cell cell, DeploymentKey key, IReadOnlyDictionary<DeploymentKey, Rollout> newest)
    {
        var rollout = newest.GetValueOrDefault(key);
        if (!cell.Deployments.TryGetValue(key, out var deployment))
        {
            return rollout is null ? EmptyCell(cell, key) : new MatrixCell(StateOf(rollout), [], "");
        }

        var shares = FleetShapes.SharesOf(cell, deployment).ToList();
        var (desired, ready) = (shares.Sum(share => share.Desired), shares.Sum(share => share.Ready));
        var isRolling = rollout is not null && !RolloutMachine.IsFinished(rollout);
        var state = (isRolling, deployment.Unplaced.Length > 0, desired) switch
        {
            (true, _, _) => StateOf(rollout!),
            (_, true, _) => new State(Tone.Bad, "Not placed"),
            (_, _, 0) => new State(Tone.Idle, "Empty"),
            _ when ready < desired => new State(Tone.Bad, "Degraded"),
            _ => new State(Tone.Good, "Steady"),
        };
        var note = rollout is { Phase: RolloutPhase.RolledBack or RolloutPhase.RollbackFailed }
            ? $"{rollout.To}: {StateOf(rollout).Word.ToLowerInvariant()}"
            : "";
        return new MatrixCell(state, shares, note);
    }

    /// <summary>Null where the service's route does not pass.</summary>
    private static MatrixCell? EmptyCell(Cell cell, DeploymentKey key) =>
        cell.Lines.TryGetValue(key.Service, out var line) && line.Route.Any(stage => stage.Name == key.Stage)
            ? new MatrixCell(new State(Tone.Idle, "Empty"), [], "")
            : null;

    private static State StateOf(Rollout rollout) => States.OfRollout(Words.Of(rollout.Phase).Phase);
}
