using System.Globalization;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Fleet;
using Orchestrator.Core.Rollouts;

namespace Orchestrator.Core.Reconciliation;

/// <summary>
/// Runs a batch to completion: places as many at once as it allows, counts each that ends exactly once, and replaces those
/// that failed. An instance that has ended is not remembered beyond its count.
/// </summary>
internal static class BatchReconciler
{
    private static readonly TimeSpan FirstRetryDelay = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan MostRetryDelay = TimeSpan.FromMinutes(5);

    /// <summary>2^9 s are beyond the most already, and shifting much further would overflow.</summary>
    private const int MostDoublings = 9;

    /// <summary>
    /// Counts the exit of an instance that runs. False if it is none of a running batch. Counting and leaving the
    /// assignment are one decision, so the same report again finds nothing to count.
    /// </summary>
    public static bool CountExit(CellDraft draft, Instance instance, ReportedInstance seen, DateTimeOffset now)
    {
        var key = new DeploymentKey(instance.Service, instance.Stage);
        if (
            seen.Exit is not { } exit
            || instance.Phase is not InstancePhase.Active
            || seen.Generation != instance.Generation
            || draft.Deployments.Find(key) is not { Run: { Outcome: BatchOutcome.Running } run } deployment
            || run.Version != instance.Version
        )
        {
            return false;
        }

        draft.Put(
            deployment with
            {
                Run = Counted(run, exit, now) with
                {
                    LastExit = new BatchExit(instance.Id, exit.Code, exit.At, seen.Observed.Reason),
                },
            }
        );
        Stop(draft, instance with { Observed = seen.Observed }, now);
        draft.Record(now, CellMachine.Conductor, "instance.exited", instance.Id.Value, seen.Observed.Reason);
        return true;
    }

    public static void Reconcile(CellDraft draft, DeploymentKey key, Deployment deployment, DateTimeOffset now)
    {
        var target = deployment.Targets.LastOrDefault(each => each.Count > 0);
        foreach (var instance in draft.ActiveOf(key).Where(instance => instance.Version != target?.Version))
        {
            Stop(draft, instance, now);
        }

        foreach (var instance in draft.ActiveOf(key).Where(each => draft.Hosts[each.Host].IsDrainOverdue(now)))
        {
            // It is no failure of its own: another is placed in its stead, and none is counted.
            var why =
                $"{instance.Host} drains and the deadline that {draft.Hosts[instance.Host].Drain?.AskedBy} set is over";
            draft.Record(now, CellMachine.Conductor, "instance.stopping", instance.Id.Value, why);
            Stop(draft, instance, now);
        }

        if (target is null)
        {
            CallBack(draft, key, deployment, now);
        }
        else if (draft.Versions[new VersionKey(key.Service, target.Version)].Template.Kind is ServiceKind.Batch batch)
        {
            Run(draft, key, batch, RunOf(draft, deployment, target.Version, batch, now), now);
        }
    }

    /// <summary>What a rollout of the version sees; null for another kind.</summary>
    public static BatchProgress? ProgressOf(Deployment? deployment, ServiceVersion version)
    {
        if (version.Template.Kind is not ServiceKind.Batch batch)
        {
            return null;
        }

        var run = deployment?.Run;
        return run is not null && run.Version == version.Number
            ? new BatchProgress(batch.Completions, run.Outcome)
            : new BatchProgress(batch.Completions, new BatchOutcome.Running());
    }

    /// <param name="failures">In a row, from 1.</param>
    internal static TimeSpan RetryDelay(int failures)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(failures, 1);
        var doubled = FirstRetryDelay * (1 << Math.Min(failures - 1, MostDoublings));
        return doubled < MostRetryDelay ? doubled : MostRetryDelay;
    }

    private static BatchRun Counted(BatchRun run, InstanceExit exit, DateTimeOffset now) =>
        exit.Code == 0
            ? run with
            {
                Completed = run.Completed + 1,
                FailedInARow = 0,
            }
            : run with
            {
                Failed = run.Failed + 1,
                FailedInARow = run.FailedInARow + 1,
                NotBefore = now + RetryDelay(run.FailedInARow + 1),
            };

    private static BatchRun RunOf(
        CellDraft draft,
        Deployment deployment,
        SemanticVersion version,
        ServiceKind.Batch batch,
        DateTimeOffset now
    )
    {
        if (deployment.Run is { } current && current.Version == version)
        {
            return current;
        }

        var begun = new BatchRun
        {
            Version = version,
            StartedAt = now,
            Wanted = batch.Completions,
            Completed = 0,
            Failed = 0,
            FailedInARow = 0,
            NotBefore = now,
            LastExit = null,
            Outcome = new BatchOutcome.Running(),
        };
        draft.Put(deployment with { Run = begun });
        draft.Record(
            now,
            CellMachine.Conductor,
            "batch.started",
            $"{deployment.Service}.{deployment.Stage}",
            $"{version}, {batch.Line()}"
        );
        return begun;
    }

    private static void Run(
        CellDraft draft,
        DeploymentKey key,
        ServiceKind.Batch batch,
        BatchRun run,
        DateTimeOffset now
    )
    {
        if (run.Outcome is not BatchOutcome.Running)
        {
            return;
        }

        var outcome = OutcomeOf(batch, run, now);
        if (outcome is not BatchOutcome.Running)
        {
            End(draft, key, outcome, now);
            return;
        }

        var missing = Math.Min(batch.Parallelism, run.Wanted - run.Completed) - draft.ActiveOf(key).Count;
        if (missing > 0 && now >= run.NotBefore && InstancePlacing.Place(draft, key, run.Version, missing, now))
        {
            InstanceReconciler.ClearUnplaced(draft, key);
        }

        draft.DirtyDeployments.Add(key); // Looked at again as time passes: for the next try, and for the deadline.
    }

    private static BatchOutcome OutcomeOf(ServiceKind.Batch batch, BatchRun run, DateTimeOffset now)
    {
        if (run.Completed >= run.Wanted)
        {
            return new BatchOutcome.Completed();
        }

        if (run.Failed > batch.Retries)
        {
            return new BatchOutcome.Failed(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{run.Failed} instances failed, of which {batch.Retries} may be retried; the last: {run.LastExit?.Reason}"
                )
            );
        }

        return batch.Deadline is { } deadline && now - run.StartedAt >= deadline
            ? new BatchOutcome.Failed(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"only {run.Completed} of {run.Wanted} completed within {deadline.TotalSeconds:0.###} s"
                )
            )
            : run.Outcome;
    }

    private static void CallBack(CellDraft draft, DeploymentKey key, Deployment deployment, DateTimeOffset now)
    {
        if (deployment.Run is { Outcome: BatchOutcome.Running })
        {
            End(draft, key, new BatchOutcome.Failed("it was called back"), now);
        }
    }

    private static void End(CellDraft draft, DeploymentKey key, BatchOutcome outcome, DateTimeOffset now)
    {
        var deployment = draft.Deployments[key];
        if (deployment.Run is not { } run)
        {
            return;
        }

        foreach (var instance in draft.ActiveOf(key))
        {
            Stop(draft, instance, now);
        }

        draft.Put(deployment with { Run = run with { Outcome = outcome }, Unplaced = "" });
        draft.Record(
            now,
            CellMachine.Conductor,
            outcome is BatchOutcome.Completed ? "batch.completed" : "batch.failed",
            $"{key.Service}.{key.Stage}",
            outcome is BatchOutcome.Failed(var reason)
                ? $"{run.Version}: {reason}"
                : string.Create(CultureInfo.InvariantCulture, $"{run.Version}: {run.Completed} of {run.Wanted}")
        );
    }

    /// <summary>Nobody sends it requests that it would have to answer first.</summary>
    private static void Stop(CellDraft draft, Instance instance, DateTimeOffset now)
    {
        draft.Put(instance with { Phase = new InstancePhase.Stopping(now) });
        draft.DirtyHosts.Add(instance.Host);
    }
}
