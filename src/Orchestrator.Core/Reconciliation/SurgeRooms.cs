using System.Collections.Immutable;
using System.Globalization;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Fleet;
using Orchestrator.Core.Placement;
using Orchestrator.Core.Rollouts;
using Orchestrator.Core.Trains;

namespace Orchestrator.Core.Reconciliation;

/// <summary>
/// Looks for the room of one train. At each stage it needs room for as many instances as its rollout may have beside those
/// that exist, each as large as the larger of the two versions; and beside every smaller one that exists the difference, so
/// that it can be exchanged where it is.
/// </summary>
internal sealed class SurgeRooms(CellDraft draft, Train train)
{
    private readonly List<(DeploymentKey Key, PlacementSpec Spec, int Missing)> _missing = [];
    private readonly List<string> _shortages = [];

    /// <summary>What a train must not leave without; empty when nothing is missing.</summary>
    public string Shortage => string.Join("; ", _shortages);

    /// <summary>For how many instances of each stage no host has room.</summary>
    public IReadOnlyList<(DeploymentKey Key, PlacementSpec Spec, int Missing)> Missing => _missing;

    /// <summary>What is kept from now on. The draft is as it was: whoever stores the train takes the room.</summary>
    public ImmutableArray<StageReservation> Renew()
    {
        var before = draft.Trains.Find(TrainKey.Of(train.Id))?.Reservations ?? [];
        Take(before, sign: -1);
        var renewed = train.Reservations.ToBuilder();
        foreach (var index in ByPriority())
        {
            renewed[index] = Renew(renewed[index]);
        }

        Take(renewed, sign: -1);
        Take(before, sign: 1);
        return renewed.DrainToImmutable();
    }

    /// <summary>Who may have others stopped finds room first, or others would have what was made free for it.</summary>
    private IEnumerable<int> ByPriority() =>
        Enumerable
            .Range(0, train.Reservations.Length)
            .OrderByDescending(index => Preempting.PriorityOf(draft, train.ServiceOf(train.Reservations[index])));

    private StageReservation Renew(StageReservation reservation)
    {
        var key = SurgeReservation.KeyOf(train, reservation);
        if (StageOf(key) is not { } stage || FromAt(key) is not { } from)
        {
            return reservation with { Rooms = [] };
        }

        var rooms = new SortedDictionary<HostId, ReservedRoom>();
        var exchangeable = Grow(key, SpecOf(key, stage, from, confinement: null), rooms);
        var any = SpecOf(key, stage, from, confinement: null);
        var missing = stage.Count + stage.Strategy.MaxSurge - exchangeable.Count;
        var allowed = Quotas.Room(draft.QuotaSums, TeamOf(key), any.Request.Demand);
        if (allowed < missing)
        {
            Miss(key, stage, any, missing, allowed, isQuotaFull: true);
        }

        foreach (var part in SurgeParts.Of(draft, key, stage, from, RolloutAt(key), exchangeable))
        {
            var spec = SpecOf(key, stage, from, part.Confinement);
            var (wanted, found) = (Math.Min(part.Instances, allowed), 0);
            while (found < wanted && Find(spec) is { } room)
            {
                Add(rooms, key, room);
                found++;
            }

            var needed = Math.Min(part.Needed, allowed);
            if (found < needed)
            {
                Miss(key, stage, spec, needed, found, isQuotaFull: false);
            }
        }

        return reservation with
        {
            Rooms = [.. rooms.Values],
        };
    }

    private ReservedRoom? Find(PlacementSpec spec)
    {
        Span<int> refusals = stackalloc int[PlacementFleet.RefusalCodes];
        var choice = draft.Fleet.Choose(spec, refusals);
        return choice.IsFound
            ? new ReservedRoom(choice.Host, draft.Fleet.HoldingOf(spec, choice.Host), Instances: 1)
            : null;
    }

    /// <summary>Keeps what instances that exist lack to the larger size.</summary>
    /// <returns>Of each instance that exists and can be exchanged where it is, the host: for those the stage needs nothing.</returns>
    private List<HostId> Grow(DeploymentKey key, PlacementSpec spec, SortedDictionary<HostId, ReservedRoom> rooms)
    {
        var exchangeable = new List<HostId>();
        foreach (var block in draft.Instances.BlocksOf(key))
        {
            foreach (ref readonly var row in block.Rows)
            {
                if (!StageFleets.Exists(draft, row))
                {
                    continue;
                }

                var more = Lack(spec.Request.Demand, row.Make.Demand);
                if (more == default)
                {
                    exchangeable.Add(row.Host);
                }
                else if (draft.Hosts[row.Host].State == HostState.Ready && draft.Fleet.FreeOn(row.Host).Covers(more))
                {
                    exchangeable.Add(row.Host);
                    Add(rooms, key, new ReservedRoom(row.Host, more, Instances: 0));
                }
            }
        }

        return exchangeable;
    }

    private void Add(SortedDictionary<HostId, ReservedRoom> rooms, DeploymentKey key, ReservedRoom more)
    {
        draft.Reserve(new PlacementGroup(key.Service, key.Stage), more, sign: 1);
        rooms[more.Host] = rooms.TryGetValue(more.Host, out var there)
            ? there with
            {
                Room = there.Room + more.Room,
                Instances = there.Instances + more.Instances,
            }
            : more;
    }

    private void Miss(DeploymentKey key, Stage stage, PlacementSpec spec, int needed, int found, bool isQuotaFull)
    {
        if (stage.Strategy is { MaxUnavailable: > 0, Steps.IsEmpty: true })
        {
            return; // It gets on without: it may stop one first, which a canary may not.
        }

        string reason;
        if (isQuotaFull && TeamOf(key) is { } team)
        {
            reason = Quotas.Refusal(draft.QuotaSums, team, spec.Request.Demand, needed);
        }
        else
        {
            reason = InstanceReconciler.ReasonOf((PlacementDecision.Unplaceable)draft.Fleet.Place(spec));
            _missing.Add((key, spec, needed - found));
        }

        _shortages.Add(
            string.Create(
                CultureInfo.InvariantCulture,
                $"no room for {needed - found} more {(needed - found == 1 ? "instance" : "instances")}{OfWhom(key)} at {stage.Name}{Where(spec)}: {reason}"
            )
        );
    }

    private string OfWhom(DeploymentKey key) => train.IsCoupled ? $" of {key.Service}" : "";

    private static string Where(PlacementSpec spec) =>
        spec.Request.Confinement is { } now ? $", where {now.Attribute} {now.Wish}" : "";

    /// <summary>Of both versions the larger, so that the way back is open too.</summary>
    private PlacementSpec SpecOf(DeploymentKey key, Stage stage, SemanticVersion from, HostConstraint? confinement)
    {
        var template = draft.Versions[new VersionKey(key.Service, train.CarriedOf(key.Service)!)].Template;
        var spec = PlacementSight.Spec(draft, key, stage.Pool, template, confinement);
        var (size, old) = (spec.Request.Demand, draft.Versions[new VersionKey(key.Service, from)].Template.Request);
        var larger = size with
        {
            CpuMillicores = Math.Max(size.CpuMillicores, old.CpuMillicores),
            MemoryMebibytes = Math.Max(size.MemoryMebibytes, old.MemoryMebibytes),
            DiskMebibytes = Math.Max(size.DiskMebibytes, old.DiskMebibytes),
        };
        return larger == size ? spec : new PlacementSpec(spec.Request with { Demand = larger }, spec.Group);
    }

    private static Resources Lack(Resources size, Resources own) =>
        new(
            Math.Max(0, size.CpuMillicores - own.CpuMillicores),
            Math.Max(0, size.MemoryMebibytes - own.MemoryMebibytes)
        )
        {
            DiskMebibytes = Math.Max(0, size.DiskMebibytes - own.DiskMebibytes),
        };

    private void Take(IEnumerable<StageReservation> reservations, int sign)
    {
        foreach (var reservation in reservations)
        {
            foreach (var room in reservation.Rooms)
            {
                draft.Reserve(new PlacementGroup(train.ServiceOf(reservation), reservation.Stage), room, sign);
            }
        }
    }

    /// <summary>A rollout's own copy, once there is one; null if the line does not go there any more.</summary>
    private Stage? StageOf(DeploymentKey key) =>
        RolloutAt(key)?.Stage ?? draft.RouteOf(train).FirstOrDefault(stage => stage.Name == key.Stage);

    private SemanticVersion? FromAt(DeploymentKey key) =>
        RolloutAt(key) is { } rollout ? rollout.From : draft.Deployments.Find(key)?.Current;

    private Rollout? RolloutAt(DeploymentKey key) => draft.RolloutOf(train, key.Stage, key.Service);

    private Team? TeamOf(DeploymentKey key) => Quotas.TeamOf(draft, key.Service);
}
