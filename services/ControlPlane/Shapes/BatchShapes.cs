using Orchestrator.Contracts.Http;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Fleet;
using Orchestrator.Core.Reconciliation;
using Orchestrator.Core.Rollouts;

namespace Orchestrator.ControlPlane.Shapes;

/// <summary>Batches as the API shows them.</summary>
internal static class BatchShapes
{
    /// <summary>Null when none was started there.</summary>
    public static BatchView? Of(Cell cell, Deployment deployment)
    {
        if (deployment.Run is not { } run)
        {
            return null;
        }

        return new BatchView
        {
            Version = run.Version.ToString(),
            StartedAt = run.StartedAt,
            Wanted = run.Wanted,
            Running = cell.Instances.Values.Count(instance =>
                instance.Service == deployment.Service
                && instance.Stage == deployment.Stage
                && instance.Phase is InstancePhase.Active
            ),
            Completed = run.Completed,
            Failed = run.Failed,
            State = run.Outcome.GetType().Name,
            Reason = run.Outcome is BatchOutcome.Failed(var reason) ? reason : "",
            LastExit = run.LastExit is { } exit
                ? new BatchExitView(exit.Instance.Value, exit.Code, exit.At, exit.Reason)
                : null,
        };
    }

    /// <summary>How many shall run now: of a batch as many as it may have at once, as long as so many are left.</summary>
    public static int DesiredOf(Cell cell, Deployment deployment, VersionTarget target)
    {
        var key = new VersionKey(deployment.Service, target.Version);
        if (deployment.Run is not { } run || cell.Versions[key].Template.Kind is not ServiceKind.Batch batch)
        {
            return target.Count;
        }

        var isRunning = run.Outcome is BatchOutcome.Running && run.Version == target.Version;
        return isRunning ? Math.Min(batch.Parallelism, run.Wanted - run.Completed) : 0;
    }
}
