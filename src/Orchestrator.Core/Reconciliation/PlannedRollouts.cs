using Orchestrator.Core.Catalog;
using Orchestrator.Core.Rollouts;

namespace Orchestrator.Core.Reconciliation;

/// <summary>Takes versions along their lines in a fleet that exists only here, as if judge and people agreed at once.</summary>
internal sealed class PlannedRollouts(CellDraft draft, FleetSettling settling, DateTimeOffset now)
{
    private readonly List<string> _notes = [];
    private readonly HashSet<ServiceName> _stuck = [];

    public IReadOnlyList<string> Notes => _notes;

    /// <param name="versions">At most one of a service.</param>
    public void RollOut(IReadOnlyList<ServiceVersion> versions)
    {
        var cars = new List<(ServiceVersion Version, Line Line)>();
        foreach (var version in versions)
        {
            if (draft.Lines.Find(version.Service) is { } line)
            {
                cars.Add((version, line));
                NoteBoarding(version, line);
            }
            else
            {
                _notes.Add($"{version.Service} has no line: {version.Number} would be published, and run nowhere.");
            }
        }

        for (var at = 0; cars.Any(car => at < car.Line.Route.Length); at++)
        {
            var started = cars.Where(car => at < car.Line.Route.Length && !_stuck.Contains(car.Version.Service))
                .Select(car => Start(car.Version, car.Line.Route[at]))
                .OfType<RolloutId>()
                .ToList();
            RunToTheEnd(started);
        }
    }

    /// <summary>Whom a rollout has on its way is not what stands still: a plan does not touch it.</summary>
    private void NoteBoarding(ServiceVersion version, Line line)
    {
        if (version.Channel != line.Boarding.Channel)
        {
            _notes.Add(
                $"No train would take {version.Service} {version.Number} along: its channel is {version.Channel}, its line boards {line.Boarding.Channel}."
            );
        }
        else if (
            draft.Deployments.Find(new DeploymentKey(version.Service, line.Route[^1].Name))?.Current is { } current
            && current.CompareTo(version.Number) >= 0
        )
        {
            _notes.Add(
                $"No train would take {version.Service} {version.Number} along: {line.Route[^1].Name} has {current} already."
            );
        }
    }

    private RolloutId? Start(ServiceVersion version, Stage stage)
    {
        var key = new DeploymentKey(version.Service, stage.Name);
        var current = draft.Deployments.Find(key)?.Current;
        if (current == version.Number)
        {
            return null;
        }

        if (draft.IsRolling(key))
        {
            _notes.Add($"{key.Service}.{key.Stage} has a rollout under way; there {version.Number} is left out.");
            return null;
        }

        var numbers = draft.Trains.Keys.Where(train => train.Line == version.Service).Select(train => train.Number);
        var rollout = new Rollout
        {
            Id = RolloutId.Of(TrainId.Of(version.Service, numbers.DefaultIfEmpty(0).Max() + 1), stage.Name),
            Service = version.Service,
            Stage = stage with { Approval = null },
            From = current,
            To = version.Number,
            PublishedBy = version.PublishedBy,
            ConsistHash = "",
            Phase = new RolloutPhase.Planned(),
            Approval = null,
            Buckets = [],
            Verdict = null,
            UnreadySince = null,
            PlannedAt = now,
            EndedAt = null,
        };
        draft.Put(RolloutProgress.Start(DaemonReconciler.Planned(draft, rollout), now).Rollout);
        return rollout.Id;
    }

    private void RunToTheEnd(List<RolloutId> started)
    {
        do
        {
            settling.Run();
        } while (started.Where(PassStep).ToList() is { Count: > 0 } && !settling.IsCutOff);

        foreach (var rollout in started.Select(id => draft.Rollouts[id]))
        {
            var version = draft.Versions[new VersionKey(rollout.Service, rollout.To)];
            if (version.Template.Kind is ServiceKind.Batch)
            {
                _notes.Add($"{rollout.Service} is a batch: at {rollout.Stage.Name} none of it has completed here yet.");
            }
            else if (rollout.Phase is not RolloutPhase.Succeeded)
            {
                _stuck.Add(rollout.Service);
                _notes.Add(
                    $"{rollout.Service} {rollout.To} would not get past {rollout.Stage.Name}; later stages are left out."
                );
            }
        }
    }

    /// <summary>The verdict that a canary with traffic waits for.</summary>
    private bool PassStep(RolloutId id)
    {
        var rollout = draft.Rollouts[id];
        if (rollout.Phase is not RolloutPhase.Baking(var step, _))
        {
            return false;
        }

        RolloutPhase next =
            step + 1 < rollout.Stage.Strategy.Steps.Length
                ? new RolloutPhase.Deploying(step + 1, now)
                : new RolloutPhase.Promoting(Ready: 0, now);
        draft.Put(rollout with { Phase = next });
        return true;
    }
}
