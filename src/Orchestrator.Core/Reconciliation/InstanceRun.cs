using System.Diagnostics;

namespace Orchestrator.Core.Reconciliation;

/// <summary>The instances of one deployment, ascending by number. Shared with readers in the same way as its blocks.</summary>
internal sealed class InstanceRun
{
    private readonly object _edit;
    private readonly List<InstanceBlock> _blocks;

    private InstanceRun(object edit, DeploymentKey key, int ordinal, List<InstanceBlock> blocks, int count) =>
        (_edit, Key, Ordinal, _blocks, Count) = (edit, key, ordinal, blocks, count);

    public DeploymentKey Key { get; }

    /// <summary>What the draft calls the deployment, for as long as the draft lives.</summary>
    public int Ordinal { get; }

    public int Count { get; private set; }

    public IReadOnlyList<InstanceBlock> Blocks => _blocks;

    public static InstanceRun New(object edit, DeploymentKey key, int ordinal) => new(edit, key, ordinal, [], count: 0);

    public bool IsOf(object edit) => ReferenceEquals(edit, _edit);

    public InstanceRun ForEdit(object edit, int ordinal) =>
        ReferenceEquals(edit, _edit) && ordinal == Ordinal
            ? this
            : new InstanceRun(edit, Key, ordinal, [.. _blocks], Count);

    public bool TryGet(long number, out InstanceRow row)
    {
        var at = BlockOf(number);
        var index = at < 0 ? -1 : _blocks[at].Search(number);
        row = index < 0 ? default : _blocks[at].Rows[index];
        return index >= 0;
    }

    /// <summary>Adds it, or replaces the one with its number.</summary>
    public void Put(in InstanceRow row)
    {
        var at = BlockOf(row.Number);
        if (at < 0)
        {
            PutFirst(row);
            return;
        }

        var block = _blocks[at] = _blocks[at].ForEdit(_edit);
        var index = block.Search(row.Number);
        if (index >= 0)
        {
            block.Set(index, row);
            return;
        }

        Count++;
        if (block.Count < InstanceBlock.Capacity)
        {
            block.Insert(~index, row);
        }
        else if (~index == block.Count)
        {
            _blocks.Insert(at + 1, InstanceBlock.New(_edit, row)); // Numbers grow: blocks are filled one after the other.
        }
        else
        {
            var upper = block.Split(_edit);
            _blocks.Insert(at + 1, upper);
            var half = row.Number < upper.First ? block : upper;
            half.Insert(~half.Search(row.Number), row);
        }
    }

    /// <exception cref="UnreachableException">It is not there.</exception>
    public void Remove(long number)
    {
        var at = BlockOf(number);
        var index = at < 0 ? -1 : _blocks[at].Search(number);
        if (index < 0)
        {
            throw new UnreachableException($"{Key} has no instance {number}.");
        }

        var block = _blocks[at] = _blocks[at].ForEdit(_edit);
        block.RemoveAt(index);
        Count--;
        if (block.Count == 0)
        {
            _blocks.RemoveAt(at);
        }
        else if (at + 1 < _blocks.Count && block.Count + _blocks[at + 1].Count <= InstanceBlock.Capacity / 2)
        {
            block.Append(_blocks[at + 1]);
            _blocks.RemoveAt(at + 1);
        }
    }

    private void PutFirst(in InstanceRow row)
    {
        Count++;
        if (_blocks.Count == 0 || _blocks[0].Count == InstanceBlock.Capacity)
        {
            _blocks.Insert(0, InstanceBlock.New(_edit, row));
            return;
        }

        var block = _blocks[0] = _blocks[0].ForEdit(_edit);
        block.Insert(0, row);
    }

    /// <summary>The last block that begins at or below the number; -1 if all begin above it.</summary>
    private int BlockOf(long number)
    {
        var (low, high) = (0, _blocks.Count - 1);
        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            (low, high) = _blocks[middle].First <= number ? (middle + 1, high) : (low, middle - 1);
        }

        return high;
    }
}
