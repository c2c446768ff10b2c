namespace Orchestrator.Core.Placement;

/// <summary>Counts of a few hosts out of many, ascending by slot: eight bytes each, where a dictionary takes some forty.</summary>
internal sealed class SlotCounts
{
    private int[] _slots = [];
    private int[] _counts = [];

    public int Count { get; private set; }

    public ReadOnlySpan<int> Slots => _slots.AsSpan(0, Count);

    public ReadOnlySpan<int> Counts => _counts.AsSpan(0, Count);

    /// <summary>0 for a slot that is not there.</summary>
    public int Of(int slot)
    {
        var index = Array.BinarySearch(_slots, 0, Count, slot);
        return index < 0 ? 0 : _counts[index];
    }

    /// <summary>A slot whose count becomes 0 goes.</summary>
    public void Add(int slot, int more)
    {
        var index = Array.BinarySearch(_slots, 0, Count, slot);
        if (index < 0)
        {
            InsertAt(~index, slot, more);
        }
        else if ((_counts[index] += more) == 0)
        {
            Count--;
            Array.Copy(_slots, index + 1, _slots, index, Count - index);
            Array.Copy(_counts, index + 1, _counts, index, Count - index);
        }
    }

    /// <summary>Moves slots from the given one on, by one up or down.</summary>
    public void Shift(int from, int by)
    {
        for (var index = Count - 1; index >= 0 && _slots[index] >= from; index--)
        {
            _slots[index] += by;
        }
    }

    private void InsertAt(int index, int slot, int count)
    {
        if (count == 0)
        {
            return;
        }

        if (Count == _slots.Length)
        {
            var capacity = Count + (Count / 4) + 4;
            Array.Resize(ref _slots, capacity);
            Array.Resize(ref _counts, capacity);
        }

        Array.Copy(_slots, index, _slots, index + 1, Count - index);
        Array.Copy(_counts, index, _counts, index + 1, Count - index);
        (_slots[index], _counts[index]) = (slot, count);
        Count++;
    }
}
