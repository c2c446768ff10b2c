namespace Orchestrator.Core;

/// <summary>What an instance needs or a host has. Neither part is negative in anything that is stored.</summary>
public readonly record struct Resources(int CpuMillicores, int MemoryMebibytes)
{
    public static Resources operator +(Resources left, Resources right) =>
        new(left.CpuMillicores + right.CpuMillicores, left.MemoryMebibytes + right.MemoryMebibytes);

    public static Resources operator -(Resources left, Resources right) =>
        new(left.CpuMillicores - right.CpuMillicores, left.MemoryMebibytes - right.MemoryMebibytes);

    public bool Covers(Resources demand) =>
        CpuMillicores >= demand.CpuMillicores && MemoryMebibytes >= demand.MemoryMebibytes;
}
