using System.Globalization;

namespace Orchestrator.Core.Placement;

/// <summary>What a host lacks for a demand. Neither part is negative; both are 0 when it has room.</summary>
internal readonly record struct Shortage(long CpuMillicores, long MemoryMebibytes)
{
    public static Shortage Of(Resources demand, Resources free) =>
        new(
            Math.Max(0L, (long)demand.CpuMillicores - free.CpuMillicores),
            Math.Max(0L, (long)demand.MemoryMebibytes - free.MemoryMebibytes)
        );

    /// <summary>
    /// The larger of the two shares of the demand that are missing, multiplied by both parts of the demand: whole numbers
    /// that order hosts exactly, for one and the same demand only.
    /// </summary>
    public long RelativeTo(Resources demand) =>
        Math.Max(
            CpuMillicores * Math.Max(1L, demand.MemoryMebibytes),
            MemoryMebibytes * Math.Max(1L, demand.CpuMillicores)
        );

    public override string ToString() =>
        (CpuMillicores, MemoryMebibytes) switch
        {
            (_, 0) => Cpu(),
            (0, _) => Memory(),
            _ => $"{Cpu()} and {Memory()}",
        };

    private string Cpu() => string.Create(CultureInfo.InvariantCulture, $"{CpuMillicores} millicores of CPU");

    private string Memory() => string.Create(CultureInfo.InvariantCulture, $"{MemoryMebibytes} MiB of memory");
}
