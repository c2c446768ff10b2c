using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Orchestrator.Core.Placement;

/// <summary>
/// What bin-packing dislikes of a host once an instance is placed there: what stays free, against the largest host, so that
/// small hosts fill before large ones are begun; and devices that stay idle for want of CPU or memory to use them with.
/// </summary>
internal static class PackingScore
{
    /// <summary>CPU, memory and devices each count a third.</summary>
    private const int Kinds = 3;

    private const int MaxScore = PlacementFleet.MaxScore;

    /// <summary>Points of what stays free, 0 to 999.</summary>
    /// <param name="cpu">Free once it is placed, as is <paramref name="memory"/>.</param>
    /// <param name="thousandths">Of devices that it takes.</param>
    public static int Left(HostColumns hosts, int slot, long cpu, long memory, int thousandths)
    {
        var largest = hosts.Largest;
        return Part(cpu, largest.Cpu)
            + Part(memory, largest.Memory)
            + Part(Math.Max(0, (long)hosts.FreeDevices[slot] - thousandths), largest.Devices);
    }

    /// <summary>Points of the host's devices that its CPU or memory would run out before.</summary>
    /// <param name="headroom">Points of the scarcer of its CPU and memory.</param>
    public static int Stranded(HostColumns hosts, int slot, int headroom, int thousandths) =>
        Math.Max(0, hosts.IdleDevicesAfter(slot, thousandths) - headroom);

    /// <summary>What is added for hosts on which nothing is placed that takes devices; as the scalar code, to the point.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> Points(
        in ScoreTerms terms,
        nuint offset,
        Vector512<int> cpu,
        Vector512<int> memory,
        Vector512<int> headroom
    )
    {
        var (hosts, weight) = (terms.Hosts, terms.Weights.BinPackWeight);
        var largest = hosts.Largest;
        var liked = Vector512.Create(MaxScore * (1 + PlacementWeights.StrandedWeight));
        liked -= Part(cpu, largest.Cpu) + Part(memory, largest.Memory);
        if (hosts.HasDevices)
        {
            ref var free = ref MemoryMarshal.GetReference(hosts.FreeDevices);
            ref var idle = ref MemoryMarshal.GetReference(hosts.IdleDevices);
            var devices = Vector512.Max(Vector512.LoadUnsafe(ref free, offset), Vector512<int>.Zero);
            var stranded = Vector512.Max(Vector512.LoadUnsafe(ref idle, offset) - headroom, Vector512<int>.Zero);
            liked -= Part(devices, largest.Devices) + (stranded * PlacementWeights.StrandedWeight);
        }

        return liked * weight;
    }

    private static int Part(long free, int largest) => (int)(MaxScore * free / ((long)Kinds * largest));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<int> Part(Vector512<int> free, int largest) =>
        ScoreKernel.PointsOf(
            free,
            Vector512.Create(Kinds * largest),
            Vector512.Create((float)MaxScore / (Kinds * largest))
        );
}
