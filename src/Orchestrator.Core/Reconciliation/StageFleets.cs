using Orchestrator.Core.Fleet;
using Orchestrator.Core.Rollouts;

namespace Orchestrator.Core.Reconciliation;

/// <summary>Counts what rollouts look at: how many of the old and of the new version there are, and how they do.</summary>
internal static class StageFleets
{
    public static StageFleet Of(CellDraft draft, Rollout rollout, DateTimeOffset now)
    {
        var key = new DeploymentKey(rollout.Service, rollout.Stage.Name);
        var deployment = draft.Deployments.Find(key);
        var healthySince = now - rollout.Stage.Strategy.HealthyFor;
        var batch = BatchReconciler.ProgressOf(deployment, draft.Versions[new VersionKey(rollout.Service, rollout.To)]);
        return new StageFleet(
            Of(draft, key, deployment, rollout.From, healthySince),
            Of(draft, key, deployment, rollout.To, healthySince)
        )
        {
            Batch = batch,
            Domains =
                batch is null && rollout.From is { } from && RolloutMachine.IsWaiting(rollout)
                    ? StageDomains.Of(draft, key, rollout.Stage, from)
                    : [],
        };
    }

    private static VersionFleet Of(
        CellDraft draft,
        DeploymentKey key,
        Deployment? deployment,
        SemanticVersion? version,
        DateTimeOffset healthySince
    )
    {
        var target = deployment?.Targets.FirstOrDefault(each => each.Version == version)?.Count ?? 0;
        var fleet = new VersionFleet(target, Running: 0, Ready: 0, Healthy: 0, Trouble: "");
        foreach (var block in draft.Instances.BlocksOf(key))
        {
            fleet = Count(draft, block, version, healthySince, fleet);
        }

        return fleet.Trouble.Length > 0 ? fleet : fleet with { Trouble = deployment?.Unplaced ?? "" };
    }

    private static VersionFleet Count(
        CellDraft draft,
        InstanceBlock block,
        SemanticVersion? version,
        DateTimeOffset healthySince,
        VersionFleet fleet
    )
    {
        var (count, ready, healthy, trouble) = (fleet.Running, fleet.Ready, fleet.Healthy, fleet.Trouble);
        foreach (ref readonly var row in block.Rows)
        {
            if (row.Make.Version == version && Exists(draft, row))
            {
                count++;
                ready += row.IsReady ? 1 : 0;
                healthy += row.IsReady && !(row.Observed.ReadySince > healthySince) ? 1 : 0;
                trouble = trouble.Length == 0 ? row.Observed.Reason : trouble;
            }
        }

        return fleet with
        {
            Running = count,
            Ready = ready,
            Healthy = healthy,
            Trouble = trouble,
        };
    }

    /// <summary>
    /// What a lost host ran is beyond our reach, and must not hold up anybody. Only what was being stopped already is not
    /// called lost with its host.
    /// </summary>
    internal static bool Exists(CellDraft draft, in InstanceRow row) =>
        row.Phase switch
        {
            InstancePhase.Lost => false,
            InstancePhase.Stopping => draft.Hosts[row.Host].LostSince is null,
            _ => true,
        };
}
