using System.Collections.Immutable;
using Orchestrator.Contracts.Http;
using Orchestrator.ControlPlane.Auth;
using Orchestrator.ControlPlane.Shapes;
using Orchestrator.Core.Reconciliation;
using Orchestrator.Core.Rollouts;

namespace Orchestrator.ControlPlane.Pages;

/// <summary>What waits for one person, and what came of what they last did.</summary>
public sealed record ApprovalModel
{
    /// <summary>The name of their token.</summary>
    public required string Person { get; init; }

    /// <summary>Where the forms go.</summary>
    public required string Address { get; init; }

    public required Rows<ApprovalRow> Waiting { get; init; }

    /// <summary>Null before they did anything.</summary>
    public required DecisionOutcome? Outcome { get; init; }
}

/// <param name="Refused">Why they may not approve it; empty if they may.</param>
public sealed record ApprovalRow(RolloutView Rollout, string PublishedBy, string Digest, string Refused);

/// <param name="Hint">What to do about it; empty if it is done.</param>
public sealed record DecisionOutcome(bool IsDone, string Message, string Hint);

internal static class ApprovalModels
{
    /// <summary>Each shows evidence; whoever has more before them has another trouble.</summary>
    private const int MaxRows = 24;

    public static Rows<ApprovalRow> WaitingFor(Cell cell, Caller caller, DateTimeOffset now)
    {
        var waiting = cell
            .Rollouts.Values.Where(rollout => rollout.Phase is RolloutPhase.AwaitingApproval)
            .Where(rollout => RolloutApprovals.ConcernsThem(rollout, ApproverOf(cell, caller, rollout, now)))
            .OrderBy(rollout => rollout.PhaseSince ?? rollout.PlannedAt)
            .ToList();
        return StatusModels.Cut(waiting, MaxRows, rollout => Of(cell, caller, rollout, now));
    }

    private static ApprovalRow Of(Cell cell, Caller caller, Rollout rollout, DateTimeOffset now)
    {
        var approver = ApproverOf(cell, caller, rollout, now);
        var digest = cell.Trains.GetValueOrDefault(TrainKey.Of(rollout.Id.Train))?.Consist?.Cars[0].Digest ?? "";
        var refused =
            RolloutApprovals.RefusalTo(rollout, approver)?.Message
            ?? (RolloutApprovals.HasCounted(rollout, approver, now) ? "You have approved it; others are missing." : "");
        return new ApprovalRow(JourneyShapes.Of(cell, rollout), rollout.PublishedBy, digest, refused);
    }

    private static Approver ApproverOf(Cell cell, Caller caller, Rollout rollout, DateTimeOffset now) =>
        new(caller.Name, caller.MissingToApprove(rollout.Stage.Name) is null, caller.Groups)
        {
            Delegations = [.. cell.Delegations.Values.Where(each => each.To == caller.Name && each.IsOpen(now))],
        };
}
