using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Orchestrator.Core.Placement;

/// <summary>
/// Scores every host: points of a host that fits, or the negative code of the first reason against it. The vector code and
/// the scalar code answer alike to the point; 16 hosts at a time where the processor can, by two halves where it has 256 bits.
/// </summary>
internal static class ScoreKernel
{
    private const int MaxScore = PlacementFleet.MaxScore;

    public static bool IsVectorised => Vector512.IsHardwareAccelerated || Vector256.IsHardwareAccelerated;

    /// <param name="points">By slot; as long as there are hosts.</param>
    public static ScanResult Scan(in ScoreTerms terms, Span<int> points)
    {
        if (!IsVectorised || terms.Hosts.HasGiants)
        {
            return ScanFrom(terms, points, start: 0, new ScanResult(-1, -1, 0, 0, 0, 0));
        }

        var found =
            terms.Weights.BinPackWeight == 0
                ? ScanVectors<SpreadingPool>(terms, points)
                : ScanVectors<PackingPool>(terms, points);
        return terms is { Extras: null, Neighbours: null } ? found : Narrow(terms, points, found);
    }

    /// <summary>The scalar code, for the hosts that fill no vector and for processors without one.</summary>
    public static ScanResult ScanFrom(in ScoreTerms terms, Span<int> points, int start, ScanResult found)
    {
        for (var slot = start; slot < points.Length; slot++)
        {
            var value = PointsOf(terms, slot);
            points[slot] = value;
            found = found with
            {
                Slot = value > found.Points ? slot : found.Slot,
                Points = Math.Max(value, found.Points),
                Feasible = found.Feasible + (value >= 0 ? 1 : 0),
                LackCpu = found.LackCpu + (value == -HostFilter.Code(RefusalReason.LacksCpu) ? 1 : 0),
                LackMemory = found.LackMemory + (value == -HostFilter.Code(RefusalReason.LacksMemory) ? 1 : 0),
                TooMany = found.TooMany + (value == -HostFilter.Code(RefusalReason.TooManyOnHost) ? 1 : 0),
            };
        }

        return found.Slot >= 0 && found.Points < 0 ? found with { Slot = -1, Points = -1 } : found;
    }

    /// <summary>Looks at the hosts with room for CPU and memory again, for all that vectors do not know.</summary>
    private static ScanResult Narrow(in ScoreTerms terms, Span<int> points, ScanResult found)
    {
        found = found with { Slot = -1, Points = -1, Feasible = 0 };
        for (var slot = 0; slot < points.Length; slot++)
        {
            if (points[slot] < 0)
            {
                continue;
            }

            var value = PointsOf(terms, slot);
            points[slot] = value;
            if (value >= 0)
            {
                found = found with
                {
                    Slot = value > found.Points ? slot : found.Slot,
                    Points = Math.Max(value, found.Points),
                    Feasible = found.Feasible + 1,
                };
            }
        }

        return found;
    }

    /// <summary>One host.</summary>
    public static int PointsOf(in ScoreTerms terms, int slot)
    {
        if (terms.Closed[slot] != HostFilter.Open)
        {
            return -terms.Closed[slot];
        }

        var cpu = (long)terms.Hosts.FreeCpu[slot] - terms.Demand.CpuMillicores;
        if (cpu < 0)
        {
            return -HostFilter.Code(RefusalReason.LacksCpu);
        }

        var memory = (long)terms.Hosts.FreeMemory[slot] - terms.Demand.MemoryMebibytes;
        if (memory < 0)
        {
            return -HostFilter.Code(RefusalReason.LacksMemory);
        }

        if (terms.OfGroup[slot] >= terms.MostPerHost)
        {
            return -HostFilter.Code(RefusalReason.TooManyOnHost);
        }

        if (terms.Extras?.Refuse(slot) is { } code and not HostFilter.Open)
        {
            return -code;
        }

        var ofNeighbours = terms.Neighbours?.Judge(slot) ?? 0;
        if (ofNeighbours < 0)
        {
            return ofNeighbours;
        }

        var weights = terms.Weights;
        var headroom = HeadroomOf(terms.Hosts, slot, cpu, memory);
        if (terms.Extras is not null)
        {
            headroom = Math.Min(headroom, terms.Extras.HeadroomAfter(slot));
        }

        return (weights.HeadroomWeight * headroom)
            + (weights.BinPackWeight == 0 ? 0 : weights.BinPackWeight * PackingPoints(terms, slot, cpu, memory))
            + (weights.SpreadWeight * (MaxScore / (1 + terms.OfGroup[slot])))
            + (terms.Affinity.IsEmpty ? 0 : PlacementWeights.AffinityWeight * terms.Affinity[slot])
            + (terms.Images.IsEmpty ? 0 : terms.Images[slot])
            + ofNeighbours;
    }

    private static int PackingPoints(in ScoreTerms terms, int slot, long cpu, long memory)
    {
        var taken = terms.Extras?.DeviceThousandths ?? 0;
        var left = PackingScore.Left(terms.Hosts, slot, cpu, memory, taken);
        var stranded = PackingScore.Stranded(terms.Hosts, slot, HeadroomOf(terms.Hosts, slot, cpu, memory), taken);
        return MaxScore - left + (PlacementWeights.StrandedWeight * (MaxScore - stranded));
    }

    [SuppressMessage("Design", "MA0051", Justification = "In parts, its sixteen vectors would not stay in registers.")]
    private static ScanResult ScanVectors<TPool>(in ScoreTerms terms, Span<int> points)
        where TPool : struct, IPoolKind
    {
        var width = Vector512<int>.Count;
        var end = points.Length - (points.Length % width);
        var hosts = terms.Hosts;
        ref var closed = ref MemoryMarshal.GetReference(terms.Closed);
        ref var ofGroup = ref MemoryMarshal.GetReference(terms.OfGroup);
        ref var affinity = ref MemoryMarshal.GetReference(terms.Affinity);
        ref var images = ref MemoryMarshal.GetReference(terms.Images);
        ref var written = ref MemoryMarshal.GetReference(points);
        var demandCpu = Vector512.Create(terms.Demand.CpuMillicores);
        var demandMemory = Vector512.Create(terms.Demand.MemoryMebibytes);
        var most = Vector512.Create(terms.MostPerHost);
        var (best, bestSlot) = (Vector512.Create(-1), Vector512.Create(-1));
        var slots = Vector512<int>.Indices;
        var (feasible, lackCpu, lackMemory, tooMany) = (0, 0, 0, 0);
        for (var slot = 0; slot < end; slot += width)
        {
            var offset = (nuint)slot;
            var shut = Vector512.LoadUnsafe(ref closed, offset);
            var cpu = Vector512.LoadUnsafe(ref MemoryMarshal.GetReference(hosts.FreeCpu), offset) - demandCpu;
            var memory = Vector512.LoadUnsafe(ref MemoryMarshal.GetReference(hosts.FreeMemory), offset) - demandMemory;
            var count = Vector512.LoadUnsafe(ref ofGroup, offset);
            var isOpen = Vector512.Equals(shut, Vector512<int>.Zero);
            var noCpu = isOpen & Vector512.LessThan(cpu, Vector512<int>.Zero);
            var noMemory = Vector512.AndNot(isOpen & Vector512.LessThan(memory, Vector512<int>.Zero), noCpu);
            var full = Vector512.AndNot(isOpen & Vector512.GreaterThanOrEqual(count, most), noCpu | noMemory);
            var fits = Vector512.AndNot(isOpen, noCpu | noMemory | full);
            var headroom = HeadroomOf(hosts, offset, cpu, memory);
            var value = Weigh(terms.Weights, headroom, count);
            if (TPool.Packs)
            {
                value += PackingScore.Points(terms, offset, cpu, memory, headroom);
            }

            if (!terms.Affinity.IsEmpty)
            {
                value += Vector512.LoadUnsafe(ref affinity, offset) * PlacementWeights.AffinityWeight;
            }

            if (!terms.Images.IsEmpty)
            {
                value += Vector512.LoadUnsafe(ref images, offset);
            }

            var refused = -(
                shut
                | (noCpu & Vector512.Create(HostFilter.Code(RefusalReason.LacksCpu)))
                | (noMemory & Vector512.Create(HostFilter.Code(RefusalReason.LacksMemory)))
                | (full & Vector512.Create(HostFilter.Code(RefusalReason.TooManyOnHost)))
            );
            value = Vector512.ConditionalSelect(fits, value, refused);
            value.StoreUnsafe(ref written, offset);
            var isBetter = Vector512.GreaterThan(value, best);
            best = Vector512.ConditionalSelect(isBetter, value, best);
            bestSlot = Vector512.ConditionalSelect(isBetter, slots, bestSlot);
            slots += Vector512.Create(width);
            feasible += Count(fits);
            lackCpu += Count(noCpu);
            lackMemory += Count(noMemory);
            tooMany += Count(full);
        }

        var found = Lowest(best, bestSlot) with
        {
            Feasible = feasible,
            LackCpu = lackCpu,
            LackMemory = lackMemory,
            TooMany = tooMany,
        };
        return ScanFrom(terms, points, end, found);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Count(Vector512<int> mask) => BitOperations.PopCount(mask.ExtractMostSignificantBits());

    /// <summary>The scarcer resource decides: a host with idle CPU but no memory left is a full host.</summary>
    public static int HeadroomOf(HostColumns hosts, int slot, long cpu, long memory) =>
        (int)Math.Min(MaxScore * cpu / hosts.CapacityCpu[slot], MaxScore * memory / hosts.CapacityMemory[slot]);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<int> HeadroomOf(HostColumns hosts, nuint offset, Vector512<int> cpu, Vector512<int> memory)
    {
        var ofCpu = PointsOf(
            cpu,
            Vector512.LoadUnsafe(ref MemoryMarshal.GetReference(hosts.CapacityCpu), offset),
            Vector512.LoadUnsafe(ref MemoryMarshal.GetReference(hosts.ScaleCpu), offset)
        );
        var ofMemory = PointsOf(
            memory,
            Vector512.LoadUnsafe(ref MemoryMarshal.GetReference(hosts.CapacityMemory), offset),
            Vector512.LoadUnsafe(ref MemoryMarshal.GetReference(hosts.ScaleMemory), offset)
        );
        return Vector512.Min(ofCpu, ofMemory);
    }

    /// <summary>
    /// 1000 · part / whole without a division: the estimate in single precision is at most one off, which the remainder
    /// shows. The products may overflow; their difference is exact all the same.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<int> PointsOf(Vector512<int> part, Vector512<int> whole, Vector512<float> scale)
    {
        var estimate = Vector512.ConvertToInt32Native(Vector512.ConvertToSingle(part) * scale);
        var remainder = (part * MaxScore) - (estimate * whole);
        // A mask is -1 in every lane that it holds for.
        return estimate
            + Vector512.LessThan(remainder, Vector512<int>.Zero)
            - Vector512.GreaterThanOrEqual(remainder, whole);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<int> Weigh(PlacementWeights weights, Vector512<int> headroom, Vector512<int> count)
    {
        var value = headroom * weights.HeadroomWeight;
        if (weights.SpreadWeight != 0)
        {
            // Exact: a quotient that is not whole is further from the next whole number than single precision errs.
            var ones = Vector512.ConvertToSingle(count + Vector512<int>.One);
            value += Vector512.ConvertToInt32Native(Vector512.Create((float)MaxScore) / ones) * weights.SpreadWeight;
        }

        return value;
    }

    /// <summary>Each lane holds its own lowest slot of its most points.</summary>
    private static ScanResult Lowest(Vector512<int> best, Vector512<int> bestSlot)
    {
        var (points, slot) = (-1, -1);
        for (var lane = 0; lane < Vector512<int>.Count; lane++)
        {
            var (lanePoints, laneSlot) = (best[lane], bestSlot[lane]);
            if (lanePoints > points || (lanePoints == points && laneSlot >= 0 && laneSlot < slot))
            {
                (points, slot) = (lanePoints, laneSlot);
            }
        }

        return new ScanResult(slot, points, 0, 0, 0, 0);
    }

    /// <summary>Known when the code is compiled, so that who does not pack keeps all vectors in registers.</summary>
    private interface IPoolKind
    {
        static abstract bool Packs { get; }
    }

    private readonly struct SpreadingPool : IPoolKind
    {
        public static bool Packs => false;
    }

    private readonly struct PackingPool : IPoolKind
    {
        public static bool Packs => true;
    }
}
