using System.Collections.Immutable;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Placement;
using Orchestrator.Core.Trains;

namespace Orchestrator.Core.Reconciliation;

/// <summary>
/// Tells hosts of the image of a sealed train while it waits and travels, so that its instances need not wait for it. Who
/// gets them is decided when they are placed; until then it is a guess, and a wrong one costs a fetch.
/// </summary>
internal static class Prefetching
{
    /// <summary>Of one stage. Each is a message, and a fleet that fetches the same at once is a load for its registry.</summary>
    private const int MaxHosts = 256;

    /// <summary>Of a stage where nothing runs yet: each is a search over all hosts.</summary>
    private const int MaxTried = 64;

    /// <summary>Chooses the hosts of a train that has just been sealed.</summary>
    public static void Begin(CellDraft draft, Train train, DateTimeOffset now)
    {
        // What leaves within this decision is told of its instances, not before.
        var begins = train.DepartsAt <= now && train.Shortage.Length == 0 ? 1 : 0;
        var tried = new List<(PlacementGroup Group, ReservedRoom Room)>();
        ImmutableArray<StagePrefetch> stages =
        [
            .. draft
                .RouteOf(train)
                .Where((stage, at) => at >= begins || stage.Approval is not null)
                .SelectMany(stage => train.Cars.Select(car => For(draft, train, stage, car, tried)))
                .Where(stage => stage.Hosts.Length > 0),
        ];
        foreach (var (group, room) in tried)
        {
            draft.Reserve(group, room, sign: -1);
        }

        if (stages.Length > 0)
        {
            draft.Put(train with { Prefetch = stages });
        }
    }

    /// <summary>Hosts that are to have the image of a car by now; some more than once.</summary>
    public static IEnumerable<(HostId Host, VersionKey Version)> HostsOf(Train train) =>
        train.Phase is TrainPhase.Sealed or TrainPhase.Departed
            ? train.Prefetch.SelectMany(prefetch =>
            {
                var car = train.CarOf(prefetch);
                return prefetch.Hosts.Select(host => (host, new VersionKey(car.Service, car.Version)));
            })
            : [];

    /// <summary>Only who shall fetch something else than before is sent its assignment for that.</summary>
    public static void Advance(CellDraft draft)
    {
        foreach (var host in draft.HostsToPrefetch)
        {
            if (!draft.PrefetchOf(host).SequenceEqual(draft.Assignments.Find(host)?.Prefetch ?? []))
            {
                draft.DirtyHosts.Add(host);
            }
        }

        draft.HostsToPrefetch.Clear();
    }

    private static StagePrefetch For(
        CellDraft draft,
        Train train,
        Stage stage,
        Car car,
        List<(PlacementGroup Group, ReservedRoom Room)> tried
    ) =>
        new(stage.Name, HostsFor(draft, train, stage, car, tried))
        {
            Coupled = train.RolloutOf(stage.Name, car.Service).Coupled,
        };

    private static ImmutableArray<HostId> HostsFor(
        CellDraft draft,
        Train train,
        Stage stage,
        Car car,
        List<(PlacementGroup Group, ReservedRoom Room)> tried
    )
    {
        var template = draft.Versions[new VersionKey(car.Service, car.Version)].Template;
        var key = new DeploymentKey(car.Service, stage.Name);
        var hosts = template.Kind switch
        {
            ServiceKind.Daemon => DaemonHosts.Of(draft, key, stage.Pool, template).ById,
            ServiceKind.Batch => [],
            _ when draft.Deployments.Find(key)?.Current is null => Choose(draft, key, stage, template, tried),
            _ => NextTo(draft, key, train),
        };
        return [.. hosts.Distinct().Where(host => !Holds(draft, host, template.Image.Key)).Take(MaxHosts).Order()];
    }

    /// <summary>Where its room is kept, and where it may take the place of what runs.</summary>
    private static IEnumerable<HostId> NextTo(CellDraft draft, DeploymentKey key, Train train) =>
        train
            .Reservations.Where(each => SurgeReservation.KeyOf(train, each) == key)
            .SelectMany(each => each.Rooms.Select(room => room.Host))
            .Concat(draft.ActiveOf(key).Select(instance => instance.Host));

    /// <summary>Where they would be placed if it were now. They take room until all stages have been looked at.</summary>
    private static List<HostId> Choose(
        CellDraft draft,
        DeploymentKey key,
        Stage stage,
        InstanceTemplate template,
        List<(PlacementGroup Group, ReservedRoom Room)> tried
    )
    {
        var spec = PlacementSight.Spec(draft, key, stage.Pool, template);
        var group = new PlacementGroup(key.Service, key.Stage);
        var hosts = new List<HostId>();
        Span<int> refusals = stackalloc int[PlacementFleet.RefusalCodes];
        while (
            hosts.Count < Math.Min(stage.Count, MaxTried)
            && draft.Fleet.Choose(spec, refusals) is { IsFound: true } choice
        )
        {
            var room = new ReservedRoom(choice.Host, draft.Fleet.HoldingOf(spec, choice.Host), Instances: 1);
            draft.Reserve(group, room, sign: 1);
            tried.Add((group, room));
            hosts.Add(choice.Host);
        }

        return hosts;
    }

    private static bool Holds(CellDraft draft, HostId host, long image) =>
        draft.Hosts[host].Images.BinarySearch(image) >= 0;
}
