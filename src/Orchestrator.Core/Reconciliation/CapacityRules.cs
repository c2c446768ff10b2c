using System.Collections.Immutable;
using System.Globalization;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Fleet;

namespace Orchestrator.Core.Reconciliation;

/// <summary>
/// What instances may have of a host: what it reports, less the reserve of its pools, times their ratio, and never negative.
/// Of several pools the most careful rule holds: the smallest ratio, the largest reserve, and of what is counted by name
/// the least that a pool or the host itself says. A pool that says nothing of a thing has no part in it.
/// </summary>
public sealed class CapacityRules(IEnumerable<Pool> pools)
{
    /// <summary>A ratio of 1.</summary>
    private const int One = 100;

    private readonly ImmutableArray<Pool> _pools = [.. pools.Where(pool => pool.HasRules)];

    /// <summary>The host as placement sees it.</summary>
    public Host Apply(Host host)
    {
        ImmutableArray<Pool> own = [.. _pools.Where(pool => pool.Selects(host.Labels))];
        return own.IsEmpty ? host : host with { Capacity = Capacity(host.Capacity, own) };
    }

    /// <summary>What a pool says, by path in its manifest.</summary>
    public static IEnumerable<(string Path, string Value)> Lines(Pool pool) =>
        [
            .. Ratio("cpu", pool.Overcommit.CpuHundredths),
            .. Ratio("memory", pool.Overcommit.MemoryHundredths),
            .. Ratio("disk", pool.Overcommit.DiskHundredths),
            .. Amount("cpu", pool.Reserve.CpuMillicores, unit: "m"),
            .. Amount("memory", pool.Reserve.MemoryMebibytes, unit: "Mi"),
            .. Amount("disk", pool.Reserve.DiskMebibytes, unit: "Mi"),
            .. pool.Counts.Select(count =>
                ($"resources.{count.Name}", count.Count.ToString(CultureInfo.InvariantCulture))
            ),
        ];

    private static Resources Capacity(Resources reported, ImmutableArray<Pool> pools) =>
        new(
            Part(
                reported.CpuMillicores,
                pools.Max(pool => pool.Reserve.CpuMillicores),
                pools.Min(pool => pool.Overcommit.CpuHundredths)
            ),
            Part(
                reported.MemoryMebibytes,
                pools.Max(pool => pool.Reserve.MemoryMebibytes),
                pools.Min(pool => pool.Overcommit.MemoryHundredths)
            )
        )
        {
            DiskMebibytes = Part(
                reported.DiskMebibytes,
                pools.Max(pool => pool.Reserve.DiskMebibytes),
                pools.Min(pool => pool.Overcommit.DiskHundredths)
            ),
            Counts =
            [
                .. reported
                    .Counts.Concat(pools.SelectMany(pool => pool.Counts))
                    .GroupBy(count => count.Name)
                    .Select(same => new NamedCount(same.Key, same.Min(count => count.Count))),
            ],
        };

    private static int Part(int reported, int reserve, int? hundredths) =>
        (int)Math.Min(int.MaxValue, Math.Max(0L, (long)reported - reserve) * (hundredths ?? One) / One);

    private static IEnumerable<(string, string)> Ratio(string name, int? hundredths) =>
        hundredths is { } ratio
            ? [($"overcommit.{name}", (ratio / (decimal)One).ToString("0.##", CultureInfo.InvariantCulture))]
            : [];

    private static IEnumerable<(string, string)> Amount(string name, int amount, string unit) =>
        amount == 0 ? [] : [($"reserve.{name}", string.Create(CultureInfo.InvariantCulture, $"{amount}{unit}"))];
}
