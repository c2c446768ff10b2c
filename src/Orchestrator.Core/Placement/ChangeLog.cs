namespace Orchestrator.Core.Placement;

/// <summary>Which hosts changed lately, in order. Whoever is too far behind looks at all hosts anew.</summary>
internal sealed class ChangeLog
{
    /// <summary>A power of 2. Beyond it a fleet of any size is scanned faster than it is caught up with.</summary>
    public const int Capacity = 4096;

    private readonly int[] _slots = new int[Capacity];

    /// <summary>One past the newest.</summary>
    public long End { get; private set; }

    public int this[long at] => _slots[at & (Capacity - 1)];

    public void Add(int slot) => _slots[End++ & (Capacity - 1)] = slot;
}
