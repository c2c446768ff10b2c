using System.Collections.Immutable;
using System.Globalization;
using Orchestrator.Contracts.Http;
using Orchestrator.ControlPlane.Conducting;
using Orchestrator.Core.Fleet;
using Orchestrator.Core.Placement;
using Orchestrator.Core.Reconciliation;

namespace Orchestrator.ControlPlane.Shapes;

/// <summary>Explanations and plans as the API shows them.</summary>
internal static class PlacementShapes
{
    public static ExplainView Of(Cell cell, DeploymentKey key, ServiceExplanation explained)
    {
        var (fitting, refusals, nearest) = explained.Decision switch
        {
            PlacementDecision.Placed placed => (placed.Feasible, placed.Refusals, ""),
            PlacementDecision.Unplaceable none => (0, none.Refusals, none.NearestMiss),
            _ => throw new ArgumentOutOfRangeException(nameof(explained)),
        };
        return new ExplainView
        {
            Service = key.Service.Value,
            Stage = key.Stage.Value,
            Version = explained.Version.ToString(),
            Hosts = explained.Hosts.Length,
            Fitting = fitting,
            Refusals = refusals.ToDictionary(each => each.Key.ToString(), each => each.Value, StringComparer.Ordinal),
            Chosen = Of(explained.Chosen),
            RunnerUp = Of(explained.RunnerUp),
            PerHost =
            [
                .. explained.Hosts.Select(host => new HostExplainView(host.Host.Value, host.Score, host.Reasons)),
            ],
            NearestMiss = nearest,
            Missing = explained.Missing,
            Preemption = explained.Preemption,
            Quota = FleetShapes.QuotaOf(cell, key.Service),
        };
    }

    public static HostAnswerView Of(DeploymentKey key, string host, HostAnswer answer) =>
        new()
        {
            Service = key.Service.Value,
            Stage = key.Stage.Value,
            Host = host,
            Score = ScoreOf(answer),
            Reasons = ReasonsOf(answer),
        };

    /// <param name="decision">What the journal says; empty when nothing.</param>
    public static InstanceExplainView Of(Instance instance, string decision, InstanceStanding? standing) =>
        new()
        {
            Instance = FleetShapes.Of(instance),
            PlacedAt = instance.PlacedAt,
            Decision = decision,
            Now = standing is null ? null : ScoreOf(standing.Own),
            Reasons = standing is null
                ? ["Its version or its deployment is no longer there."]
                : ReasonsOf(standing.Own),
            Best = Of(standing?.Best),
        };

    public static PlanView Of(CellView view, FleetPlan plan) =>
        new()
        {
            StateAt = view.At,
            StateRevision = string.Create(CultureInfo.InvariantCulture, $"{view.Epoch}.{view.Version}"),
            IsPlaceable = plan.IsPlaceable,
            IsComplete = plan.IsComplete,
            Objects = [.. plan.Objects.Select(Of)],
            Deployments = [.. plan.Deployments.Select(Of)],
            Notes = plan.Notes,
        };

    public static ObjectChange Of(ManifestChange change) =>
        new(
            change.Kind,
            change.Name,
            change.Action switch
            {
                ManifestAction.Created => "created",
                ManifestAction.Updated => "updated",
                ManifestAction.Unchanged => "unchanged",
                _ => throw new ArgumentOutOfRangeException(nameof(change)),
            },
            change.Differences
        );

    private static DeploymentPlanView Of(DeploymentPlan plan) =>
        new()
        {
            Service = plan.Service.Value,
            Stage = plan.Stage.Value,
            FromVersion = plan.From?.ToString() ?? "",
            ToVersion = plan.To?.ToString() ?? "",
            Before = plan.Before,
            After = plan.After,
            Placed = [.. plan.Placed.Select(Of)],
            Stopped = [.. plan.Stopped.Select(Of)],
            Unplaced = plan.Unplaced,
            Reason = plan.Reason,
            Surge = plan.Surge,
            SurgeCpuMillicores = plan.SurgeRoom.CpuMillicores,
            SurgeMemoryMebibytes = plan.SurgeRoom.MemoryMebibytes,
        };

    private static HostCountView Of(HostCount count) => new(count.Host.Value, count.Count);

    private static HostScoreView? Of(HostScore? score) =>
        score is null
            ? null
            : new HostScoreView(
                score.Host.Value,
                score.Score,
                score.Points,
                score.Weight,
                [.. score.Parts.Select(part => new ScorePartView(part.Name, part.Points, part.Most, part.Weight))]
            );

    private static HostScoreView? ScoreOf(HostAnswer answer) => answer is HostAnswer.Fits(var score) ? Of(score) : null;

    private static ImmutableArray<string> ReasonsOf(HostAnswer answer) =>
        answer is HostAnswer.Refused(_, var reasons) ? reasons : [];
}
