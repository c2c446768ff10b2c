using System.Collections.Immutable;

namespace Orchestrator.Core.Judging;

/// <summary>
/// A histogram of few buckets that are not empty, in as few bytes: the number of buckets, then for each that is not empty its place
/// and its count, seven bits a byte (LEB128).
/// </summary>
internal readonly struct PackedHistogram
{
    private const int MaxBytesOfCount = 9;
    private const int Bits = 7;
    private const long Mask = (1 << Bits) - 1;
    private const byte More = 1 << Bits;

    private readonly byte[] _packed;

    private PackedHistogram(byte[] packed) => _packed = packed;

    /// <param name="counts">At most 255 of them, none negative.</param>
    public static PackedHistogram Of(ImmutableArray<long> counts)
    {
        Span<byte> packed = stackalloc byte[1 + (counts.Length * (1 + MaxBytesOfCount))];
        packed[0] = checked((byte)counts.Length);
        var used = 1;
        for (var bucket = 0; bucket < counts.Length; bucket++)
        {
            if (counts[bucket] == 0)
            {
                continue;
            }

            packed[used++] = (byte)bucket;
            var rest = counts[bucket];
            for (; rest > Mask; rest >>= Bits)
            {
                packed[used++] = (byte)((rest & Mask) | More);
            }

            packed[used++] = (byte)rest;
        }

        return new PackedHistogram(packed[..used].ToArray());
    }

    public ImmutableArray<long> Unpacked()
    {
        var counts = new long[_packed[0]];
        for (var at = 1; at < _packed.Length; )
        {
            var (bucket, shift) = (_packed[at++], 0);
            for (; (_packed[at] & More) != 0; at++, shift += Bits)
            {
                counts[bucket] |= (_packed[at] & Mask) << shift;
            }

            counts[bucket] |= (long)_packed[at++] << shift;
        }

        return [.. counts];
    }
}
