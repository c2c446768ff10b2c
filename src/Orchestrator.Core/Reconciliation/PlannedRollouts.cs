using System.Collections.Immutable;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Rollouts;
using Orchestrator.Core.Trains;

namespace Orchestrator.Core.Reconciliation;

/// <summary>Takes versions along their lines in a fleet that exists only here, as if judge, people and webhooks agreed at once.</summary>
internal sealed class PlannedRollouts(CellDraft draft, FleetSettling settling, DateTimeOffset now)
{
    private readonly List<string> _notes = [];

    public IReadOnlyList<string> Notes => _notes;

    /// <summary>Whether a train would stay where it is for want of room.</summary>
    public bool DoTrainsWait { get; private set; }

    /// <param name="versions">At most one of a service.</param>
    public void RollOut(IReadOnlyList<ServiceVersion> versions)
    {
        var trains = versions.OrderBy(version => version.Service).Select(Board).OfType<TrainKey>().ToList();
        do
        {
            settling.Run();
        } while (PassSteps() && !settling.IsCutOff);

        foreach (var train in trains)
        {
            NoteOutcome(draft.Trains[train]);
        }
    }

    /// <summary>Seals the version on a train of its own that leaves now, on a line where nobody needs to wait.</summary>
    private TrainKey? Board(ServiceVersion version)
    {
        if (LineFor(version) is not { } line)
        {
            _notes.Add($"{version.Service} has no line: {version.Number} would be published, and run nowhere.");
            return null;
        }

        NoteBoarding(version, line);
        ImmutableArray<Stage> route =
        [
            .. line
                .Route.Where(stage => MayStart(version, stage))
                .Select(stage => stage with { Approval = null, Webhooks = [], Soak = TimeSpan.Zero }),
        ];
        if (route.IsEmpty)
        {
            return null;
        }

        var id = TrainId.Of(line.Name, draft.LastTrainOf(line.Name) + 1);
        var train = new Train
        {
            Id = id,
            DepartsAt = now,
            Phase = new TrainPhase.Sealed(),
            Consist = Boarding.Seal(id, [version], now),
            EndedAt = null,
            Route = route,
        };
        SurgeReservation.Begin(draft, train);
        return TrainKey.Of(id);
    }

    /// <summary>The one that would take it along, else any; null if there is none.</summary>
    private Line? LineFor(ServiceVersion version) =>
        draft.LinesOf(version.Service).OrderBy(line => line.Boarding.Channel != version.Channel).FirstOrDefault();

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

    private bool MayStart(ServiceVersion version, Stage stage)
    {
        var key = new DeploymentKey(version.Service, stage.Name);
        if (draft.IsRolling(key))
        {
            _notes.Add($"{key.Service}.{key.Stage} has a rollout under way; there {version.Number} is left out.");
            return false;
        }

        return draft.Deployments.Find(key)?.Current != version.Number;
    }

    private void NoteOutcome(Train train)
    {
        var car = train.Consist!.Cars[0];
        var rollout = draft.Rollouts.Rows.LastOrDefault(each =>
            each.Id.Train == train.Id && !RolloutMachine.IsFinished(each)
        );
        if (train.Shortage.Length > 0)
        {
            DoTrainsWait = true;
            _notes.Add($"The train of {car.Service} {car.Version} would wait: {train.Shortage}");
        }
        else if (rollout is not null)
        {
            var stage = rollout.Stage.Name;
            var why = rollout.Phase is RolloutPhase.Held(_, var reason) ? $": {reason}" : "";
            _notes.Add(
                draft.Versions[new VersionKey(car.Service, car.Version)].Template.Kind is ServiceKind.Batch
                    ? $"{car.Service} is a batch: at {stage} none of it has completed here yet."
                    : $"{car.Service} {car.Version} would not get past {stage}{why}; later stages are left out."
            );
        }
        else if (WaitsFor(train) is { Length: > 0 } why)
        {
            _notes.Add($"The train of {car.Service} {car.Version} would wait: {why}.");
        }
    }

    /// <summary>For a window to open, or for a train that stands still here; empty for nothing.</summary>
    private string WaitsFor(Train train)
    {
        var cell = draft.ToCell();
        return TrainSight.ClosedFor(cell, train, now) is { Length: > 0 } closed
            ? closed
            : TrainSight.WaitsFor(cell, train);
    }

    private bool PassSteps() => Array.FindAll(draft.OpenRollouts.ToArray(), PassStep).Length > 0;

    /// <summary>The verdict that a canary with traffic waits for.</summary>
    private bool PassStep(RolloutId id)
    {
        var rollout = draft.Rollouts[id];
        RolloutPhase? next = rollout.Phase switch
        {
            RolloutPhase.Baking(var step, _) when step + 1 < rollout.Stage.Strategy.Steps.Length =>
                new RolloutPhase.Deploying(step + 1, now),
            RolloutPhase.Baking or RolloutPhase.Previewing { UpSince: not null } => new RolloutPhase.Promoting(
                Ready: 0,
                now
            ),
            RolloutPhase.Promoting { SoakingSince: not null } soaking => new RolloutPhase.Promoting(soaking.Ready, now)
            {
                Wave = soaking.Wave + 1,
            },
            RolloutPhase.Switched { KeptUntil: var until } switched when until > now => switched with
            {
                KeptUntil = now,
            },
            _ => null,
        };
        if (next is null)
        {
            return false;
        }

        draft.Put(rollout with { Phase = next });
        return true;
    }
}
