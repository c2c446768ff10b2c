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
        var passed = cell
            .Lines.Values.SelectMany(line =>
                line.Services.SelectMany(service => line.Route.Select(stage => new DeploymentKey(service, stage.Name)))
            )
            .ToHashSet();
        return new Matrix(
            [.. stages.Select(stage => stage.Value)],
            StatusModels.Cut(
                [.. cell.Services.Values],
                StatusModels.MaxRows,
                service => new MatrixRow(
                    service.Name.Value,
                    service.Team.Value,
                    [.. stages.Select(stage => CellOf(cell, new DeploymentKey(service.Name, stage), newest, passed))]
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

    /// <summary>Null where no route of the service passes.</summary>
    private static MatrixCell? CellOf(
        Cell cell,
        DeploymentKey key,
        IReadOnlyDictionary<DeploymentKey, Rollout> newest,
        HashSet<DeploymentKey> passed
    )
    {
        var rollout = newest.GetValueOrDefault(key);
        if (!cell.Deployments.TryGetValue(key, out var deployment))
        {
            var nothingYet = rollout is null ? new State(Tone.Idle, "Empty") : StateOf(rollout);
            return rollout is null && !passed.Contains(key) ? null : new MatrixCell(nothingYet, [], "");
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

    private static State StateOf(Rollout rollout) => States.OfRollout(Words.Of(rollout.Phase).Phase);
}
