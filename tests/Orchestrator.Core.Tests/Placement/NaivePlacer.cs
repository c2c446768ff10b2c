using System.Collections.Immutable;
using Orchestrator.Core.Fleet;
using Orchestrator.Core.Placement;

namespace Orchestrator.Core.Tests.Placement;

/// <summary>Placement as one would write it down: every host, one after the other, from scratch. Slow and obviously right.</summary>
internal static class NaivePlacer
{
    private const int MaxScore = PlacementFleet.MaxScore;

    /// <summary>The first reason against a host, in the order of <see cref="RefusalReason"/>; null when it fits.</summary>
    public static RefusalReason? Refuse(PlacementRequest request, HostSnapshot host) =>
        Refuse(request, host, [host], Surroundings.None);

    public static RefusalReason? Refuse(
        PlacementRequest request,
        HostSnapshot host,
        IReadOnlyList<HostSnapshot> hosts,
        Surroundings around
    ) =>
        host switch
        {
            _ when RefuseWhateverRoom(request, host.Host) is { } reason => reason,
            _ when host.Free.CpuMillicores < request.Demand.CpuMillicores => RefusalReason.LacksCpu,
            _ when host.Free.MemoryMebibytes < request.Demand.MemoryMebibytes => RefusalReason.LacksMemory,
            _ when host.OfGroup >= request.Rules.MostPerHost => RefusalReason.TooManyOnHost,
            _ when RefuseExtras(request, host) is { } reason => reason,
            _ when NaiveNeighbours.Refuse(request.Rules, host, hosts, around) is { } reason => reason,
            _ => request
                .Rules.Spreads.Select(rule => Refuse(rule, request, host, hosts))
                .FirstOrDefault(no => no is not null),
        };

    /// <summary>Weighted points of a host without spread rules and neighbours. Only for a host that Refuse passed.</summary>
    public static int Points(PlacementRequest request, HostSnapshot host, IReadOnlyList<HostSnapshot> hosts)
    {
        var weights = request.Weights;
        var after = host.Free - request.Demand;
        int[] headrooms =
        [
            Part(after.CpuMillicores, host.Host.Capacity.CpuMillicores),
            Part(after.MemoryMebibytes, host.Host.Capacity.MemoryMebibytes),
            .. ExtraHeadrooms(request, host, after),
        ];
        var headroom = headrooms.Min();
        return (weights.HeadroomWeight * headroom)
            + (weights.SpreadWeight * (MaxScore / (1 + host.OfGroup)))
            + (weights.BinPackWeight * (MaxScore - Left(request, host, hosts)))
            + (
                weights.BinPackWeight
                * 2
                * (MaxScore - Math.Max(0, IdleDevices(request, host) - headrooms.Take(2).Min()))
            )
            + (request.Rules.Affinities.IsEmpty ? 0 : PlacementWeights.AffinityWeight * Liking(request, host.Host))
            + (request.Image is { } image && host.Host.Images.Contains(image) ? PlacementWeights.ImagePoints : 0);
    }

    /// <summary>As <see cref="Points"/>, with what spread rules and neighbours add.</summary>
    public static int AllPoints(
        PlacementRequest request,
        HostSnapshot host,
        IReadOnlyList<HostSnapshot> hosts,
        Surroundings around
    ) =>
        Points(request, host, hosts)
        + SpreadPoints(request, host, hosts)
        + NaiveNeighbours.Points(request.Rules, host, hosts, around);

    /// <summary>The best host's id, its score and how many fit; <c>none</c> when no host does.</summary>
    public static string Place(PlacementRequest request, IReadOnlyList<HostSnapshot> hosts, Surroundings around)
    {
        var fitting = hosts.Where(host => Refuse(request, host, hosts, around) is null).ToList();
        return fitting
            .Select(host => (host.Host.Id, Points: AllPoints(request, host, hosts, around)))
            .OrderByDescending(host => host.Points)
            .ThenBy(host => host.Id)
            .Select(host =>
                $"{host.Id} {Math.Min(MaxScore, host.Points / request.Weights.TotalOf(request))} of {fitting.Count}"
            )
            .FirstOrDefault("none");
    }

    /// <summary>How many hosts fell to each reason.</summary>
    public static IEnumerable<KeyValuePair<RefusalReason, int>> Refusals(
        PlacementRequest request,
        IReadOnlyList<HostSnapshot> hosts,
        Surroundings around
    ) =>
        hosts
            .Select(host => Refuse(request, host, hosts, around))
            .OfType<RefusalReason>()
            .CountBy(reason => reason)
            .OrderBy(pair => pair.Key);

    /// <summary>What an instance would hold: whole devices of the lowest indexes, shares of the device with least free.</summary>
    public static Resources Holding(PlacementRequest request, HostSnapshot host) =>
        request.Demand with
        {
            Counts =
            [
                .. request.Demand.Counts,
                .. request.Devices.SelectMany(asked =>
                    FreeDevices(host, asked.Class)
                        .Where(device => device.Free >= asked.Thousandths)
                        .OrderBy(device => device.Free)
                        .ThenBy(device => device.Name.Number)
                        .Take(asked.Count)
                        .Select(device => new NamedCount(device.Name, asked.Thousandths))
                ),
            ],
        };

    private static RefusalReason? RefuseExtras(PlacementRequest request, HostSnapshot host)
    {
        var missing = request
            .Demand.CountedOn(host.Host.Capacity)
            .Counts.Where(count => !host.Free.Covers(new Resources { Counts = [count] }));
        var kinds = missing.Select(count => count.Name.Kind).ToHashSet();
        return 0 switch
        {
            _ when request.Demand.DiskMebibytes > 0 && host.Free.DiskMebibytes < request.Demand.DiskMebibytes =>
                RefusalReason.LacksDisk,
            _ when kinds.Contains(ResourceKind.Port) => RefusalReason.PortTaken,
            _ when kinds.Contains(ResourceKind.DynamicPorts) => RefusalReason.LacksPorts,
            _ when request.Devices.Any(asked =>
                    FreeDevices(host, asked.Class).Count(device => device.Free >= asked.Thousandths) < asked.Count
                ) => RefusalReason.LacksDevices,
            _ when kinds.Contains(ResourceKind.Countable) => RefusalReason.LacksResource,
            _ => null,
        };
    }

    private static IEnumerable<int> ExtraHeadrooms(PlacementRequest request, HostSnapshot host, Resources after) =>
        [
            .. request.Demand.DiskMebibytes == 0
                ? (int[])[]
                : [Part(after.DiskMebibytes, host.Host.Capacity.DiskMebibytes)],
            .. request
                .Demand.Counts.Where(count => count.Name.Kind == ResourceKind.Countable)
                .Select(count => Part(after.CountOf(count.Name), host.Host.Capacity.CountOf(count.Name))),
            .. request.Devices.Select(asked =>
                Part(
                    FreeDevices(host, asked.Class).Sum(device => device.Free) - (asked.Count * asked.Thousandths),
                    host.Host.Capacity.Devices.Where(device => device.Name.Class == asked.Class).Sum(each => each.Count)
                )
            ),
        ];

    private static int IdleDevices(PlacementRequest request, HostSnapshot host) =>
        Part(DevicesAfter(request, host), DevicesOf(host));

    /// <summary>CPU, memory and devices, each a third of what the host that has most of it has.</summary>
    private static int Left(PlacementRequest request, HostSnapshot host, IReadOnlyList<HostSnapshot> hosts) =>
        Part(
            host.Free.CpuMillicores - request.Demand.CpuMillicores,
            3 * hosts.Max(each => each.Host.Capacity.CpuMillicores)
        )
        + Part(
            host.Free.MemoryMebibytes - request.Demand.MemoryMebibytes,
            3 * hosts.Max(each => each.Host.Capacity.MemoryMebibytes)
        )
        + Part(DevicesAfter(request, host), 3 * hosts.Max(DevicesOf));

    private static int DevicesAfter(PlacementRequest request, HostSnapshot host) =>
        Math.Max(
            0,
            host.Free.Devices.Sum(device => device.Count)
                - request.Devices.Sum(asked => asked.Count * asked.Thousandths)
        );

    private static int DevicesOf(HostSnapshot host) => host.Host.Capacity.Devices.Sum(device => device.Count);

    private static IEnumerable<(ResourceName Name, int Free)> FreeDevices(HostSnapshot host, string deviceClass) =>
        host
            .Free.Devices.Where(device => device.Name.Class == deviceClass)
            .Select(device => (device.Name, device.Count));

    private static RefusalReason? RefuseWhateverRoom(PlacementRequest request, Host host) =>
        host switch
        {
            { LostSince: not null } => RefusalReason.Lost,
            { ReturnedAt: not null } => RefusalReason.Reconnected,
            _ when request.PoolSelector.Any(wanted => LabelOf(host, wanted.Key) != wanted.Value) =>
                RefusalReason.NotInPool,
            _ when request.Rules.Constraints.Any(each => !each.Admits(LabelOf(host, each.Attribute))) =>
                RefusalReason.BreaksConstraint,
            _ when request.Confinement is { } now && !now.Admits(LabelOf(host, now.Attribute)) =>
                RefusalReason.OutsideWave,
            { Availability: HostAvailability.Cordoned } => RefusalReason.Cordoned,
            { Availability: HostAvailability.Draining } => RefusalReason.Draining,
            _ => null,
        };

    private static RefusalReason? Refuse(
        SpreadRule rule,
        PlacementRequest request,
        HostSnapshot host,
        IReadOnlyList<HostSnapshot> hosts
    ) =>
        LabelOf(host.Host, rule.Label) switch
        {
            null => rule.IsHard ? RefusalReason.BreaksSpread : null,
            var domain when InDomain(rule, domain, hosts) >= rule.MostPerDomain => RefusalReason.TooManyInDomain,
            var domain when rule.IsHard && Excess(rule, domain, request, hosts) > rule.MaxSkew =>
                RefusalReason.BreaksSpread,
            _ => null,
        };

    private static int SpreadPoints(PlacementRequest request, HostSnapshot host, IReadOnlyList<HostSnapshot> hosts) =>
        request.Rules.Spreads.Sum(rule =>
            LabelOf(host.Host, rule.Label) is { } domain
                ? PlacementWeights.DomainWeight * (MaxScore / Math.Max(1, Excess(rule, domain, request, hosts)))
                : 0
        );

    /// <summary>How far one more would bring a domain above the least, or above its target.</summary>
    private static int Excess(
        SpreadRule rule,
        string domain,
        PlacementRequest request,
        IReadOnlyList<HostSnapshot> hosts
    )
    {
        var total = hosts.Sum(host => host.OfGroup) + 1;
        var share = rule.TargetPercents.IsEmpty
            ? hosts
                .Where(host => RefuseWhateverRoom(request, host.Host) is null)
                .Select(host => LabelOf(host.Host, rule.Label))
                .OfType<string>()
                .Select(one => InDomain(rule, one, hosts))
                .DefaultIfEmpty(int.MaxValue)
                .Min()
            : rule.TargetPercents.GetValueOrDefault(domain) * total / 100;
        return InDomain(rule, domain, hosts) + 1 - share;
    }

    private static int InDomain(SpreadRule rule, string domain, IReadOnlyList<HostSnapshot> hosts) =>
        hosts.Where(host => LabelOf(host.Host, rule.Label) == domain).Sum(host => host.OfGroup);

    private static int Liking(PlacementRequest request, Host host)
    {
        var earned = request
            .Rules.Affinities.Where(each => each.Wanted.Admits(LabelOf(host, each.Wanted.Attribute)) == each.Weight > 0)
            .Sum(each => Math.Abs(each.Weight));
        return MaxScore * earned / request.Rules.Affinities.Sum(each => Math.Abs(each.Weight));
    }

    private static string? LabelOf(Host host, string label) => host.Labels.GetValueOrDefault(label);

    private static int Part(int part, int whole) => part <= 0 || whole == 0 ? 0 : (int)((long)MaxScore * part / whole);
}
