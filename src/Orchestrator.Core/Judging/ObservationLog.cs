using System.Collections;
using System.Collections.Immutable;

namespace Orchestrator.Core.Judging;

/// <summary>
/// Observations in the order in which they came. A log never changes, and adding to it gives another; the newest shares the memory
/// of those before, so that a canary of a thousand samples is not copied for each. Only the first that is added to a log may
/// share it; another gets a copy.
/// </summary>
public sealed class ObservationLog : IReadOnlyList<MetricObservation>
{
    /// <summary>Observations that are stored together, once and for all.</summary>
    public const int PageSize = 64;

    public static readonly ObservationLog Empty = new(new Buffer(capacity: 0), count: 0, pages: 0);

    private const int FirstCapacity = 16;

    private readonly Buffer _buffer;

    private ObservationLog(Buffer buffer, int count, int pages) => (_buffer, Count, Pages) = (buffer, count, pages);

    public int Count { get; }

    /// <summary>How many pages, from the first on, were handed to the store: they never change any more.</summary>
    public int Pages { get; }

    public MetricObservation this[int index] =>
        (uint)index < (uint)Count ? _buffer.Items[index] : throw new ArgumentOutOfRangeException(nameof(index));

    /// <param name="pages">As <see cref="Pages"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are fewer observations than so many pages have.</exception>
    public static ObservationLog Of(IEnumerable<MetricObservation> observations, int pages)
    {
        MetricObservation[] items = [.. observations];
        ArgumentOutOfRangeException.ThrowIfNegative(pages);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(pages, items.Length / PageSize);
        return new ObservationLog(new Buffer(items), items.Length, pages);
    }

    public ObservationLog Add(MetricObservation observation)
    {
        var buffer = _buffer.TryFill(Count) ? _buffer : _buffer.Copy(Count, Math.Max(FirstCapacity, Count * 2));
        buffer.Items[Count] = observation;
        return new ObservationLog(buffer, Count + 1, Pages);
    }

    /// <summary>The next page that the store lacks, once it is full; null before.</summary>
    public ImmutableArray<MetricObservation>? NextPage() =>
        Count - (Pages * PageSize) >= PageSize ? [.. _buffer.Items.AsSpan(Pages * PageSize, PageSize)] : null;

    /// <summary>The same, with one more page handed to the store.</summary>
    public ObservationLog WithPageStored() => new(_buffer, Count, Pages + 1);

    /// <summary>What came after the pages that were handed to the store.</summary>
    public ReadOnlySpan<MetricObservation> Tail => _buffer.Items.AsSpan(Pages * PageSize, Count - (Pages * PageSize));

    public IEnumerator<MetricObservation> GetEnumerator()
    {
        for (var index = 0; index < Count; index++)
        {
            yield return _buffer.Items[index];
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private sealed class Buffer
    {
        private int _filled;

        public Buffer(int capacity) => Items = new MetricObservation[capacity];

        public Buffer(MetricObservation[] items) => (Items, _filled) = (items, items.Length);

        public MetricObservation[] Items { get; }

        /// <summary>Whether the place behind so many is free, and the caller's from now on.</summary>
        public bool TryFill(int count) =>
            count < Items.Length && Interlocked.CompareExchange(ref _filled, count + 1, count) == count;

        /// <summary>With the first so many, and the next place the caller's.</summary>
        public Buffer Copy(int count, int capacity)
        {
            var copy = new Buffer(capacity) { _filled = count + 1 };
            Items.AsSpan(0, count).CopyTo(copy.Items);
            return copy;
        }
    }
}
