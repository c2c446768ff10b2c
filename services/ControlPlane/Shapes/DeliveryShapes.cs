using Orchestrator.Contracts.Http;
using Orchestrator.Core;
using Orchestrator.Core.Reconciliation;
using Orchestrator.Core.Rollouts;
using Orchestrator.Core.Trains;

namespace Orchestrator.ControlPlane.Shapes;

/// <summary>What ran where and when, and how delivery does: out of rollouts and the journal.</summary>
internal static class DeliveryShapes
{
    private const string Succeeded = "rollout.succeeded";
    private const string RollingBack = "rollout.rolling-back";
    private const string RolledBack = "rollout.rolled-back";

    /// <summary>The journal's actions that figures are made of.</summary>
    public static IReadOnlyList<string> Actions { get; } = [Succeeded, RollingBack, RolledBack];

    public static HistoryView History(Cell cell, Rollout rollout)
    {
        var (outcome, reason) = Words.Of(rollout.Phase);
        var train = cell.Trains.GetValueOrDefault(TrainKey.Of(rollout.Id.Train));
        return new HistoryView
        {
            Service = rollout.Service.Value,
            Stage = rollout.Stage.Name.Value,
            Version = rollout.To.ToString(),
            FromVersion = rollout.From?.ToString() ?? "",
            Train = rollout.Id.Train.Value,
            Order = train is null ? "" : JourneyShapes.OrderOf(train),
            Outcome = outcome,
            Reason = reason,
            StartedAt = rollout.PlannedAt,
            EndedAt = rollout.EndedAt,
            PublishedBy = rollout.PublishedBy,
            Approvals = [.. rollout.Approvals.Select(DelegationShapes.Of)],
            Evidence = rollout.Verdict?.Reason ?? "",
        };
    }

    /// <param name="entries">Of <see cref="Actions"/>, in those days, oldest first.</param>
    /// <param name="service">Null for all.</param>
    public static DeliveryView Delivery(Cell cell, IEnumerable<JournalEntry> entries, ServiceName? service, int days)
    {
        var (leadTimes, recoveries) = (new List<double>(), new List<double>());
        var failed = new HashSet<RolloutId>();
        var ends = cell
            .Lines.Values.SelectMany(line => line.Services.Select(each => new DeploymentKey(each, line.Route[^1].Name)))
            .ToHashSet();
        var backSince = new Dictionary<RolloutId, DateTimeOffset>();
        foreach (var entry in entries)
        {
            if (
                !RolloutId.TryParse(entry.Subject, out var id)
                || !cell.Rollouts.TryGetValue(id, out var rollout)
                || !IsCounted(ends, rollout, service)
            )
            {
                continue;
            }

            var isBack = cell.Trains.GetValueOrDefault(TrainKey.Of(id.Train))?.Order?.Purpose is TrainPurpose.Rollback;
            switch (entry.Action)
            {
                case Succeeded when isBack:
                    failed.Add(id);
                    recoveries.Add((entry.At - rollout.PlannedAt).TotalSeconds);
                    break;
                case Succeeded:
                    leadTimes.Add((entry.At - PublishedAt(cell, rollout)).TotalSeconds);
                    break;
                case RollingBack:
                    failed.Add(id);
                    backSince[id] = entry.At;
                    break;
                case RolledBack when backSince.TryGetValue(id, out var since):
                    recoveries.Add((entry.At - since).TotalSeconds);
                    break;
            }
        }

        var ended = leadTimes.Count + failed.Count;
        return new DeliveryView
        {
            Service = service?.Value ?? "",
            Days = days,
            Deployments = leadTimes.Count,
            DeploymentsPerDay = (double)leadTimes.Count / days,
            LeadTimeSeconds = Median(leadTimes),
            Failures = failed.Count,
            FailurePercent = ended == 0 ? null : 100.0 * failed.Count / ended,
            RecoverySeconds = Median(recoveries),
        };
    }

    private static bool IsCounted(HashSet<DeploymentKey> ends, Rollout rollout, ServiceName? service) =>
        (service is null || rollout.Service == service)
        && ends.Contains(new DeploymentKey(rollout.Service, rollout.Stage.Name));

    private static DateTimeOffset PublishedAt(Cell cell, Rollout rollout) =>
        cell.Versions.GetValueOrDefault(new VersionKey(rollout.Service, rollout.To))?.PublishedAt ?? rollout.PlannedAt;

    private static double? Median(List<double> values)
    {
        if (values.Count == 0)
        {
            return null;
        }

        values.Sort();
        return (values[(values.Count - 1) / 2] + values[values.Count / 2]) / 2;
    }
}
