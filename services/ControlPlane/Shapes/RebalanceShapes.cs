using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Orchestrator.Contracts.Http;
using Orchestrator.ControlPlane.Api;
using Orchestrator.ControlPlane.Conducting;
using Orchestrator.Core;
using Orchestrator.Core.Placement;
using Orchestrator.Core.Reconciliation;

namespace Orchestrator.ControlPlane.Shapes;

/// <summary>Rebalancing as the API asks for it and shows it.</summary>
internal static class RebalanceShapes
{
    private const double ThousandthsPerPercent = 10;

    public static bool TryRead(
        string pool,
        string goal,
        int moves,
        [NotNullWhen(true)] out RebalanceOrder? order,
        [NotNullWhen(false)] out IResult? problem
    )
    {
        RebalanceGoal? wanted = goal switch
        {
            "pack" => RebalanceGoal.Pack,
            "spread" => RebalanceGoal.Spread,
            _ => null,
        };
        order =
            wanted is { } known && PoolName.TryParse(pool, out var name)
                ? new RebalanceOrder(name, known, moves)
                : null;
        problem = (order, wanted) switch
        {
            (not null, _) => null,
            (_, null) => Problems.Invalid("invalid_goal", $"'{goal}' is not a goal.", "It is pack or spread."),
            _ => Problems.NotFound("pool", pool, "See the pools: orc get pools"),
        };
        return order is not null;
    }

    public static RebalancePlanView Of(CellView view, RebalanceOrder order, RebalancePlan plan) =>
        new()
        {
            StateAt = view.At,
            StateRevision = $"{view.Epoch}.{view.Version}",
            Pool = order.Pool.Value,
            Goal = Word(order.Goal),
            Moves =
            [
                .. plan.Moves.Select(move => new RebalanceMoveView(
                    move.Instance.Value,
                    move.From.Value,
                    move.To.Value,
                    move.Wave,
                    move.Why
                )),
            ],
            Before = Of(plan.Before),
            After = Of(plan.After),
            End = plan.End switch
            {
                RebalanceEnd.NothingBetter => "nothing_better",
                RebalanceEnd.Budget => "budget",
                RebalanceEnd.Search => "search",
                _ => throw new ArgumentOutOfRangeException(nameof(plan)),
            },
        };

    public static RebalanceView Of(Cell cell, Rebalance rebalance) =>
        Of(rebalance, [.. cell.RebalanceSteps.Values.Where(step => step.Rebalance == rebalance.Number).Select(Of)]);

    public static RebalanceView Of(Rebalance rebalance, IReadOnlyList<RebalanceStepView> steps) =>
        new()
        {
            Id = rebalance.Number.ToString(CultureInfo.InvariantCulture),
            Pool = rebalance.Order.Pool.Value,
            Goal = Word(rebalance.Order.Goal),
            Phase = rebalance.Phase.GetType().Name,
            AskedBy = rebalance.AskedBy,
            Reason = rebalance.Reason,
            StartedAt = rebalance.StartedAt,
            EndedAt = rebalance.Phase switch
            {
                RebalancePhase.Succeeded(var at) => at,
                RebalancePhase.Cancelled(var at, _) => at,
                _ => null,
            },
            Budget = rebalance.Order.Moves,
            Planned = rebalance.Planned,
            Moved = rebalance.Moved,
            Skipped = rebalance.Skipped,
            Before = Of(rebalance.Before),
            After = Of(rebalance.After),
            Steps = steps,
        };

    private static RebalanceStepView Of(RebalanceStep step) =>
        new()
        {
            Instance = step.Move.Instance.Value,
            From = step.Move.From.Value,
            To = step.Move.To.Value,
            Wave = step.Move.Wave,
            Why = step.Move.Why,
            State = step.State.GetType().Name,
            Replacement = step.Replacement?.Value ?? "",
            Reason = step.State is MoveState.Skipped(var reason) ? reason : "",
        };

    private static RebalanceFiguresView Of(RebalanceFigures figures) =>
        new()
        {
            Hosts = figures.Hosts,
            UsedHosts = figures.UsedHosts,
            MeanFullnessPercent = figures.MeanFullness / ThousandthsPerPercent,
            FullestPercent = figures.Fullest / ThousandthsPerPercent,
            EmptiestPercent = figures.Emptiest / ThousandthsPerPercent,
            WorstSkew = figures.WorstSkew,
            BeyondSpreadRules = figures.Excess,
        };

    public static string Word(RebalanceGoal goal) =>
        goal switch
        {
            RebalanceGoal.Pack => "pack",
            RebalanceGoal.Spread => "spread",
            _ => throw new ArgumentOutOfRangeException(nameof(goal)),
        };
}
