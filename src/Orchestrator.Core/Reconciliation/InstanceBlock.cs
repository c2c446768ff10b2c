namespace Orchestrator.Core.Reconciliation;

/// <summary>
/// Neighbours within a deployment, ascending by number, 1 to <see cref="Capacity"/>. Changed in place by the edit that made
/// it, and copied by every other: readers share it.
/// </summary>
internal sealed class InstanceBlock
{
    /// <summary>Large enough that its own size does not show, small enough to be copied for one change.</summary>
    public const int Capacity = 256;

    private const int FirstCapacity = 4;

    private readonly object _edit;
    private InstanceRow[] _rows;

    private InstanceBlock(object edit, InstanceRow[] rows, int count) => (_edit, _rows, Count) = (edit, rows, count);

    public int Count { get; private set; }

    public ReadOnlySpan<InstanceRow> Rows => _rows.AsSpan(0, Count);

    public long First => _rows[0].Number;

    public static InstanceBlock New(object edit, in InstanceRow row)
    {
        var block = new InstanceBlock(edit, new InstanceRow[FirstCapacity], count: 0);
        block.Insert(0, row);
        return block;
    }

    public InstanceBlock ForEdit(object edit) =>
        ReferenceEquals(edit, _edit) ? this : new InstanceBlock(edit, _rows.AsSpan().ToArray(), Count);

    /// <summary>Where the number is; the complement of where it belongs if it is not there.</summary>
    public int Search(long number)
    {
        var (low, high) = (0, Count - 1);
        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            var there = _rows[middle].Number;
            if (there == number)
            {
                return middle;
            }

            (low, high) = there < number ? (middle + 1, high) : (low, middle - 1);
        }

        return ~low;
    }

    public void Set(int index, in InstanceRow row) => _rows[index] = row;

    public void Insert(int index, in InstanceRow row)
    {
        if (Count == _rows.Length)
        {
            Array.Resize(ref _rows, Math.Min(Capacity, Count * 2));
        }

        Array.Copy(_rows, index, _rows, index + 1, Count - index);
        _rows[index] = row;
        Count++;
    }

    public void RemoveAt(int index)
    {
        Count--;
        Array.Copy(_rows, index + 1, _rows, index, Count - index);
        _rows[Count] = default;
    }

    /// <summary>Takes over the rows of the next one, which must fit.</summary>
    public void Append(InstanceBlock next)
    {
        if (_rows.Length < Count + next.Count)
        {
            Array.Resize(ref _rows, Capacity);
        }

        next.Rows.CopyTo(_rows.AsSpan(Count));
        Count += next.Count;
    }

    /// <summary>Its upper half, which leaves it.</summary>
    public InstanceBlock Split(object edit)
    {
        var half = Count / 2;
        var upper = new InstanceRow[Capacity];
        _rows.AsSpan(half, Count - half).CopyTo(upper);
        var split = new InstanceBlock(edit, upper, Count - half);
        Array.Clear(_rows, half, Count - half);
        Count = half;
        return split;
    }
}
