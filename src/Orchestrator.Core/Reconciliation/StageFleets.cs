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
        var blocks = draft.Instances.BlocksOf(key);
        return new StageFleet(
            Of(draft, blocks, deployment, rollout.From, healthySince),
            Of(draft, blocks, deployment, rollout.To, healthySince)
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
        IReadOnlyList<InstanceBlock> blocks,
        Deployment? deployment,
        SemanticVersion? version,
        DateTimeOffset healthySince
    )
    {
        var tally = new Tally(healthySince);
        for (var index = 0; index < blocks.Count; index++)
        {
            foreach (ref readonly var row in blocks[index].Rows)
            {
                if (row.Make.Version == version && Exists(draft, row))
                {
                    tally.Add(row);
                }
            }
        }

        return tally.ToFleet(TargetOf(deployment, version), deployment?.Unplaced ?? "");
    }

    private static int TargetOf(Deployment? deployment, SemanticVersion? version)
    {
        foreach (var target in deployment is null ? [] : deployment.Targets)
        {
            if (target.Version == version)
            {
                return target.Count;
            }
        }

        return 0;
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

    private struct Tally(DateTimeOffset healthySince)
    {
        private int _running;
        private int _ready;
        private int _healthy;
        private string? _trouble;

        public void Add(in InstanceRow row)
        {
            _running++;
            _ready += row.IsReady ? 1 : 0;
            _healthy += row.IsReady && !(row.Observed.ReadySince > healthySince) ? 1 : 0;
            _trouble ??= row.Observed.Reason is { Length: > 0 } reason ? reason : null;
        }

        public readonly VersionFleet ToFleet(int target, string unplaced) =>
            new(target, _running, _ready, _healthy, _trouble ?? unplaced);
    }
}
