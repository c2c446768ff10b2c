using System.Collections.Immutable;

namespace Orchestrator.Core.Catalog;

/// <summary>A team that owns services, and how much the instances of all of them may take.</summary>
/// <param name="Quota">One limit for each resource that is limited; none is no limit.</param>
public sealed record Team(TeamName Name, ImmutableArray<QuotaLimit> Quota);

/// <param name="Most">Not negative, in the unit of <see cref="QuotaResources.AmountOf"/>.</param>
public sealed record QuotaLimit(QuotaResource Resource, long Most);

/// <summary>What a quota can limit. One more of them needs its amount and its words in <see cref="QuotaResources"/>.</summary>
public enum QuotaResource
{
    Instances,
    Cpu,
    Memory,
    Disk,
}

/// <summary>How each resource of a quota is counted and called.</summary>
public static class QuotaResources
{
    public static readonly int Count = Enum.GetValues<QuotaResource>().Length;

    /// <summary>What one instance takes: itself, millicores, or mebibytes.</summary>
    public static long AmountOf(QuotaResource resource, Resources demand) =>
        resource switch
        {
            QuotaResource.Instances => 1,
            QuotaResource.Cpu => demand.CpuMillicores,
            QuotaResource.Memory => demand.MemoryMebibytes,
            QuotaResource.Disk => demand.DiskMebibytes,
            _ => throw new ArgumentOutOfRangeException(nameof(resource)),
        };

    /// <summary>As after a number: <c>20 instances</c>, <c>500 millicores of CPU</c>.</summary>
    public static string UnitOf(QuotaResource resource) =>
        resource switch
        {
            QuotaResource.Instances => "instances",
            QuotaResource.Cpu => "millicores of CPU",
            QuotaResource.Memory => "MiB of memory",
            QuotaResource.Disk => "MiB of disk",
            _ => throw new ArgumentOutOfRangeException(nameof(resource)),
        };

    /// <summary>As in a manifest.</summary>
    public static string FieldOf(QuotaResource resource) =>
        resource switch
        {
            QuotaResource.Instances => "instances",
            QuotaResource.Cpu => "cpu",
            QuotaResource.Memory => "memory",
            QuotaResource.Disk => "disk",
            _ => throw new ArgumentOutOfRangeException(nameof(resource)),
        };
}
