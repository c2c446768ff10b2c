using Orchestrator.Core.Fleet;
using Orchestrator.Core.Placement;

namespace Orchestrator.Core.Reconciliation;

/// <summary>
/// Makes the moves of one wave: the new instance first, and once it serves the old one ends. As many of a service at once
/// as its stage's surge allows, and none while a rollout or a drain moves its instances.
/// </summary>
internal sealed class RebalanceMoves(CellDraft draft, DateTimeOffset now)
{
    /// <summary>Of all services together: hosts that pull images for a rebalance have other work, too.</summary>
    public const int MostAtOnce = 50;

    /// <summary>So that a decision stays short; the next one looks at the same.</summary>
    private const int MaxStagesLookedAt = 64;

    /// <summary>What does not serve by then never will, and keeps the others waiting.</summary>
    private static readonly TimeSpan ServesWithin = TimeSpan.FromMinutes(10);

    private readonly HashSet<DeploymentKey> _rolling = RebalanceSight.RollingOf(draft);
    private readonly Dictionary<DeploymentKey, int> _rooms = [];

    public void Advance(int wave)
    {
        foreach (var key in draft.Moving.Values.Order().ToList())
        {
            GoOn(draft.RebalanceSteps[key]);
        }

        foreach (var key in draft.OpenSteps.ToList())
        {
            var step = draft.RebalanceSteps[key];
            if (draft.Moving.Count >= MostAtOnce || _rooms.Count >= MaxStagesLookedAt || step.Move.Wave > wave)
            {
                return;
            }

            if (step.State is MoveState.Waiting)
            {
                Begin(step);
            }
        }
    }

    /// <summary>A new instance that stands already is one too many from here on, and ends as such.</summary>
    public static void Skip(CellDraft draft, RebalanceStep step, string reason, DateTimeOffset now)
    {
        var rebalance = draft.Rebalances[step.Rebalance];
        draft.Put(step with { State = new MoveState.Skipped(reason) });
        draft.Put(rebalance with { Skipped = rebalance.Skipped + 1 });
        draft.Record(now, CellMachine.Conductor, "rebalance.skipped", step.Move.Instance.Value, reason);
        draft.DirtyDeployments.Add(KeyOf(step));
    }

    private void Begin(RebalanceStep step)
    {
        var (key, move) = (KeyOf(step), step.Move);
        if (draft.Instances.Find(move.Instance) is not { Phase: InstancePhase.Active } old)
        {
            Skip(draft, step, "it is not there any more", now);
            return;
        }

        var deployment = draft.Deployments[key];
        if (deployment.Targets.All(target => target.Version != old.Version))
        {
            Skip(draft, step, "its version is no longer wanted here", now);
        }
        else if (!_rolling.Contains(key))
        {
            Begin(step, old, deployment, StageBounds.Of(draft, key, deployment));
        }
    }

    private void Begin(RebalanceStep step, Instance old, Deployment deployment, StageBounds bounds)
    {
        if (bounds.Most <= CountOf(deployment))
        {
            Skip(draft, step, "its stage allows no surge", now);
        }
        else if (RoomOf(KeyOf(step), deployment, bounds) > 0)
        {
            Place(step, old, deployment);
        }
    }

    private void Place(RebalanceStep step, Instance old, Deployment deployment)
    {
        var (key, to) = (KeyOf(step), step.Move.To);
        var template = draft.Versions[new VersionKey(key.Service, old.Version)].Template;
        var spec = PlacementSight.Spec(draft, key, deployment.Pool, template);
        var team = Quotas.TeamOf(draft, key.Service);
        if (team is not null && Quotas.Room(draft.QuotaSums, team, template.Request) == 0)
        {
            Skip(draft, step, Quotas.Refusal(draft.QuotaSums, team, template.Request, instances: 1), now);
        }
        else if (draft.Hosts.Find(to) is null)
        {
            Skip(draft, step, $"{to} is not there any more", now);
        }
        else if (draft.Fleet.Answer(spec, to) is HostAnswer.Refused(_, var reasons))
        {
            Skip(draft, step, $"it no longer fits on {to}: {reasons[0]}", now);
        }
        else
        {
            var by = InstanceId.Of(key.Service, key.Stage, deployment.NextInstanceNumber);
            InstancePlacing.Add(draft, key, old.Version, spec, to, $"for {old.Id} on {old.Host}", now);
            draft.Put(step with { State = new MoveState.Starting(by) });
            _rooms[key]--;
        }
    }

    private void GoOn(RebalanceStep step)
    {
        var (key, by) = (KeyOf(step), step.Replacement);
        if (by is null || draft.Instances.Find(by) is not { Phase: InstancePhase.Active } replacement)
        {
            Skip(draft, step, "what was to take its place is gone", now);
        }
        else if (draft.Instances.Find(step.Move.Instance) is not { Phase: InstancePhase.Active } old)
        {
            Skip(draft, step, "it is not there any more", now);
        }
        else if (_rolling.Contains(key))
        {
            Skip(draft, step, "a rollout of its service has begun", now);
        }
        else if (now - replacement.PlacedAt > ServesWithin)
        {
            Skip(draft, step, $"{by} on {step.Move.To} does not serve", now);
        }
        else if (replacement.IsReady)
        {
            Exchange(step, old, by);
        }
    }

    private void Exchange(RebalanceStep step, Instance old, InstanceId by)
    {
        if (step.State is not MoveState.Serving(_, var revision))
        {
            // A change that this decision has met already makes the next table.
            var table = draft.AreRoutesDirty ? draft.NextRouteRevision : draft.RouteRevision;
            draft.Put(step with { State = new MoveState.Serving(by, table) });
            return;
        }

        var key = KeyOf(step);
        var bounds = StageBounds.Of(draft, key, draft.Deployments[key]);
        var ready = draft.InstancesOf(key).Count(instance => instance.IsReady) - (old.IsReady ? 1 : 0);
        if ((old.IsReady && ready < bounds.Least) || !GatewayWatch.DoAllServe(draft, revision, now))
        {
            return;
        }

        InstanceReconciler.Drain(draft, old, $"rebalanced to {step.Move.To}, where {by} serves", now);
        var rebalance = draft.Rebalances[step.Rebalance];
        draft.Put(step with { State = new MoveState.Moved(by) });
        draft.Put(rebalance with { Moved = rebalance.Moved + 1 });
    }

    /// <summary>How many more may be begun: none while anything else of the service is being placed or moves.</summary>
    private int RoomOf(DeploymentKey key, Deployment deployment, StageBounds bounds)
    {
        if (!_rooms.TryGetValue(key, out var room))
        {
            var moving = draft.Moving.Values.Count(each => KeyOf(draft.RebalanceSteps[each]) == key);
            var isComplete = draft.ActiveOf(key).Count - moving == CountOf(deployment);
            room = isComplete && !StageBounds.IsMoving(draft, key) ? bounds.Room(draft, key, now) : 0;
            _rooms[key] = room;
        }

        return room;
    }

    private static int CountOf(Deployment deployment) => deployment.Targets.Sum(target => target.Count);

    private static DeploymentKey KeyOf(RebalanceStep step) => new(step.Move.Instance.Service, step.Move.Instance.Stage);
}
