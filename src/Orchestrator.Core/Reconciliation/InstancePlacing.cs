using Orchestrator.Core.Fleet;
using Orchestrator.Core.Placement;

namespace Orchestrator.Core.Reconciliation;

/// <summary>Places instances of a deployment where placement wants them, within quota, and journals where and why.</summary>
internal static class InstancePlacing
{
    private static readonly InstancePhase Active = new InstancePhase.Active();

    /// <summary>False if there was no place for an instance.</summary>
    public static bool Place(
        CellDraft draft,
        DeploymentKey key,
        SemanticVersion version,
        int missing,
        DateTimeOffset now
    )
    {
        SurgeReservation.Open(draft, key);
        var isPlaced = PlaceMissing(draft, key, version, missing, now);
        SurgeReservation.Close(draft, key);
        return isPlaced;
    }

    private static bool PlaceMissing(
        CellDraft draft,
        DeploymentKey key,
        SemanticVersion version,
        int missing,
        DateTimeOffset now
    )
    {
        var template = draft.Versions[new VersionKey(key.Service, version)].Template;
        var deployment = draft.Deployments[key];
        var team = Quotas.TeamOf(draft, key.Service);
        var allowed = Quotas.Room(draft.QuotaSums, team, template.Request);
        if (allowed == 0 && team is not null)
        {
            InstanceReconciler.NoteUnplaced(
                draft,
                key,
                Quotas.Refusal(draft.QuotaSums, team, template.Request, instances: 1)
            );
            return false;
        }

        var places = new DomainPlaces(
            draft,
            key,
            version,
            within => PlacementSight.Spec(draft, key, deployment.Pool, template, within)
        );
        var spec = places.Anywhere;
        var record = new PlacementRecord(draft, key, version, deployment.NextInstanceNumber, now);
        Span<int> refusals = stackalloc int[PlacementFleet.RefusalCodes];
        var (isRefused, beyond) = (false, Math.Max(0, missing - allowed));
        for (; missing > beyond && draft.RoomToPlace > 0 && !isRefused; missing--)
        {
            var choice = Choose(draft, key, places, refusals, now);
            isRefused = !choice.IsFound;
            if (choice.IsFound)
            {
                Put(draft, key, version, record.Next, spec, choice.Host, now);
                record.Add(choice);
            }
        }

        record.Write();
        draft.Put(deployment with { NextInstanceNumber = record.Next });
        draft.DirtyDeployments.Remove(key);
        if (isRefused)
        {
            var reason = InstanceReconciler.ReasonOf((PlacementDecision.Unplaceable)draft.Fleet.Place(spec));
            var preempted = new Preempting(draft, key, spec, now).MakeRoom(missing + 1 - beyond); // The refused one was counted off.
            InstanceReconciler.NoteUnplaced(draft, key, reason + preempted);
        }
        else if (missing > 0)
        {
            draft.DirtyDeployments.Add(key);
        }

        return !isRefused;
    }

    private static PlacementChoice Choose(
        CellDraft draft,
        DeploymentKey key,
        DomainPlaces places,
        Span<int> refusals,
        DateTimeOffset now
    )
    {
        var choice = places.Choose(draft.Fleet, refusals);
        return choice.IsFound || !SurgeReservation.Yield(draft, key, places.Anywhere, now)
            ? choice
            : draft.Fleet.Choose(places.Anywhere, refusals);
    }

    /// <summary>Places one where it is known to have room.</summary>
    /// <param name="why">There, for the journal.</param>
    public static void Add(
        CellDraft draft,
        DeploymentKey key,
        SemanticVersion version,
        PlacementSpec spec,
        HostId host,
        string why,
        DateTimeOffset now
    )
    {
        var deployment = draft.Deployments[key];
        var id = Put(draft, key, version, deployment.NextInstanceNumber, spec, host, now);
        draft.Put(deployment with { NextInstanceNumber = deployment.NextInstanceNumber + 1 });
        draft.Record(now, CellMachine.Conductor, "instance.placed", id.Value, $"{version} on {host}, {why}");
    }

    /// <summary>The instance alone: whoever calls journals it and counts the number.</summary>
    public static InstanceId Put(
        CellDraft draft,
        DeploymentKey key,
        SemanticVersion version,
        long number,
        PlacementSpec spec,
        HostId host,
        DateTimeOffset now
    )
    {
        var instance = Instance(key, version, number, draft.Fleet.HoldingOf(spec, host), host, now);
        draft.Put(instance);
        draft.DirtyHosts.Add(host);
        draft.RoomToPlace--;
        return instance.Id;
    }

    private static Instance Instance(
        DeploymentKey key,
        SemanticVersion version,
        long number,
        Resources holding,
        HostId host,
        DateTimeOffset now
    ) =>
        new()
        {
            Id = InstanceId.Of(key.Service, key.Stage, number),
            Service = key.Service,
            Stage = key.Stage,
            Version = version,
            Host = host,
            Generation = 1,
            Demand = holding,
            Phase = Active,
            Observed = Observation.None,
            PlacedAt = now,
        };
}
