using Orchestrator.Core.Catalog;
using Orchestrator.Core.Fleet;
using Orchestrator.Core.Rollouts;

namespace Orchestrator.Core.Reconciliation;

/// <summary>What our own actions may do to a service at a stage.</summary>
/// <param name="Most">Instances that may exist, those that end counted.</param>
/// <param name="Least">Instances that stay ready.</param>
/// <param name="MaxUnavailable">By how many a version may fall short of its count.</param>
internal sealed record StageBounds(int Most, int Least, int MaxUnavailable)
{
    private const int UsualSurge = 1;

    public static bool IsMoving(CellDraft draft, DeploymentKey key) =>
        draft.DrainingHosts.Count > 0
        && draft.InstancesOf(key).Exists(instance => draft.DrainingHosts.Contains(instance.Host));

    public static StageBounds Of(CellDraft draft, DeploymentKey key, Deployment deployment)
    {
        var rolling = draft.RolloutAt(key);
        var strategy = StageOf(draft, key)?.Strategy;
        var (surge, unavailable) = strategy is null ? (UsualSurge, 0) : (strategy.MaxSurge, strategy.MaxUnavailable);
        var count = rolling?.Stage.Count ?? deployment.Targets.Sum(target => target.Count);

        // A canary may stand for days with all of its surge: one more lets the host be emptied meanwhile.
        var beside = rolling is null || strategy?.Exchange is Exchange.Recreate ? 0 : 1;

        // A first version that goes back has nothing that would stay in its place.
        var kept = rolling is { From: null, Phase: RolloutPhase.RollingBack } ? 0 : count;
        return new StageBounds(count + surge + beside, kept - unavailable, unavailable);
    }

    /// <summary>As the rollout under way there goes by it, else as declared; null if the line does not go there any more.</summary>
    public static Stage? StageOf(CellDraft draft, DeploymentKey key) =>
        draft.RolloutAt(key)?.Stage ?? draft.StageOf(key);

    /// <summary>How many more may be placed. What an overdue drain ends does not count: its replacement is urgent.</summary>
    public int Room(CellDraft draft, DeploymentKey key, DateTimeOffset now) =>
        Math.Max(0, Most - draft.InstancesOf(key).Count(instance => TakesRoom(draft, instance, now)));

    private static bool TakesRoom(CellDraft draft, Instance instance, DateTimeOffset now)
    {
        var host = draft.Hosts[instance.Host];
        return instance.Phase is not InstancePhase.Lost
            && host.LostSince is null
            && (instance.Phase is InstancePhase.Active || !host.IsDrainOverdue(now));
    }
}
