using System.Collections.Immutable;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Trains;

namespace Orchestrator.Core.Reconciliation;

/// <content>Which trains have an image that a host may fetch before they come to it.</content>
public sealed partial class CellDraft
{
    /// <summary>More trains than that do not come to one host at once, and each takes room on its disk.</summary>
    private const int MaxPrefetched = 8;

    /// <summary>By when they leave.</summary>
    private readonly Dictionary<
        HostId,
        SortedSet<(DateTimeOffset DepartsAt, TrainKey Train, VersionKey Car)>
    > _trainsTo = [];

    /// <summary>Hosts that other trains are on their way to than in the last decision.</summary>
    internal HashSet<HostId> HostsToPrefetch { get; } = [];

    /// <summary>What the host may fetch; not what it was assigned, which it fetches anyway. The first to leave is first.</summary>
    internal ImmutableArray<ImageReference> PrefetchOf(HostId host)
    {
        if (!_trainsTo.TryGetValue(host, out var trains))
        {
            return [];
        }

        var assigned = InstancesOn(host)
            .Select(each => ImageOf(new VersionKey(each.Service, each.Version)))
            .ToHashSet();
        return
        [
            .. trains
                .Select(each => ImageOf(each.Car))
                .Distinct()
                .Where(image => !assigned.Contains(image))
                .Take(MaxPrefetched),
        ];
    }

    private ImageReference ImageOf(VersionKey version) => Versions[version].Template.Image;

    private void Prefetch(Train? before, Train after)
    {
        var key = TrainKey.Of(after.Id);
        foreach (var (host, car) in before is null ? [] : Prefetching.HostsOf(before))
        {
            if (_trainsTo.TryGetValue(host, out var trains) && trains.Remove((before!.DepartsAt, key, car)))
            {
                HostsToPrefetch.Add(host);
                if (trains.Count == 0)
                {
                    _trainsTo.Remove(host);
                }
            }
        }

        foreach (var (host, car) in Prefetching.HostsOf(after))
        {
            if (!_trainsTo.TryGetValue(host, out var trains))
            {
                _trainsTo[host] = trains = [];
            }

            trains.Add((after.DepartsAt, key, car));
            HostsToPrefetch.Add(host);
        }
    }
}
