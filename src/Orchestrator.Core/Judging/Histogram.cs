using System.Numerics;

namespace Orchestrator.Core.Judging;

/// <summary>Sums over buckets, as many at once as the processor takes: whatever is judged by latency goes through them again and again.</summary>
internal static class Histogram
{
    public static long Sum(ReadOnlySpan<long> counts)
    {
        var (sums, index) = (Vector<long>.Zero, 0);
        for (; index <= counts.Length - Vector<long>.Count; index += Vector<long>.Count)
        {
            sums += new Vector<long>(counts[index..]);
        }

        var sum = Vector.Sum(sums);
        for (; index < counts.Length; index++)
        {
            sum += counts[index];
        }

        return sum;
    }

    /// <summary>Answers above a bound.</summary>
    public static long Above(ReadOnlySpan<long> counts, int bound) => Sum(counts[(bound + 1)..]);

    /// <param name="more">As many as of the other.</param>
    public static void Add(Span<long> counts, ReadOnlySpan<long> more)
    {
        var index = 0;
        for (; index <= counts.Length - Vector<long>.Count; index += Vector<long>.Count)
        {
            var sums = new Vector<long>(counts[index..]) + new Vector<long>(more[index..]);
            sums.CopyTo(counts[index..]);
        }

        for (; index < counts.Length; index++)
        {
            counts[index] += more[index];
        }
    }

    /// <summary>Each number's bits together: negative if one is, and else at least as large as the largest and less than twice that.</summary>
    public static long Bits(ReadOnlySpan<long> counts)
    {
        var (all, index) = (Vector<long>.Zero, 0);
        for (; index <= counts.Length - Vector<long>.Count; index += Vector<long>.Count)
        {
            all |= new Vector<long>(counts[index..]);
        }

        var bits = 0L;
        for (var lane = 0; lane < Vector<long>.Count; lane++)
        {
            bits |= all[lane];
        }

        for (; index < counts.Length; index++)
        {
            bits |= counts[index];
        }

        return bits;
    }
}
